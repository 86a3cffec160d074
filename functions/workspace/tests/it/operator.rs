//! What an operator does with any tenant.

use slipway_domain::Reach;
use std::sync::Arc;

use aws_stand_in::Meanwhile;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_store::tenants::TenantRecord;
use workbench::new_tenant;
use workspace::operator::{self, CommandError};

use crate::support::World;

async fn run(world: &World, command: Value) -> Result<Value, CommandError> {
    let command = serde_json::from_value(command).unwrap();
    let outcome = operator::run(&world.tenants, command, Timestamp::now()).await?;
    Ok(serde_json::to_value(outcome).unwrap())
}

#[tokio::test]
async fn an_operator_makes_lists_rotates_and_revokes_keys_of_any_tenant() {
    let world = World::start().await;
    let email = "Owner@example.com";
    let made = run(&world, json!({"slipway": "create_key", "email": email, "name": "first"})).await.unwrap();
    let first = world.holder(&made);
    assert_eq!(world.status(&first).await, 200);
    let second = run(&world, json!({"slipway": "create_key", "email": "owner@example.com"})).await.unwrap();
    assert_eq!((&second["tenant_id"], &second["name"]), (&made["tenant_id"], &json!("operator")));
    let listed = run(&world, json!({"slipway": "list_keys", "email": email})).await.unwrap();
    assert_eq!((listed["keys"].as_array().unwrap().len(), &listed["keys"][0]["id"]), (2, &made["id"]));
    assert!(!listed.to_string().contains(made["raw_key"].as_str().unwrap()));

    let rotated = run(&world, json!({"slipway": "rotate_key", "email": email, "key_id": made["id"]})).await.unwrap();
    assert_eq!([world.status(&first).await, world.status(&world.holder(&rotated)).await], [401, 200]);
    let revoke = json!({"slipway": "revoke_key", "email": email, "key_id": made["id"]});
    assert_eq!(run(&world, revoke.clone()).await.unwrap(), json!({"ok": true}));
    assert_eq!(world.status(&world.holder(&rotated)).await, 401);
    assert!(matches!(run(&world, revoke).await, Err(CommandError::NoSuchKey(_))));
    let nobody = json!({"slipway": "list_keys", "email": "nobody@example.com"});
    assert!(matches!(run(&world, nobody).await, Err(CommandError::NoSuchTenant)));
    assert!(matches!(
        run(&world, json!({"slipway": "suspend", "email": "x"})).await,
        Err(CommandError::NotAnAddress(_))
    ));
}

/// Nobody knows whose a key is that was found somewhere.
#[tokio::test]
async fn a_tenant_is_named_by_its_address_its_id_or_a_key_of_its_own() {
    let world = World::start().await;
    let (made, holder) = world.made(json!({"name": "leaked", "mode": "test"})).await;
    let (id, raw) = (world.bench.tenant.to_string(), made["raw_key"].clone());
    let email = format!("{id}@example.com");
    let by_key = run(&world, json!({"slipway": "list_keys", "raw_key": raw})).await.unwrap();
    assert_eq!((&by_key["tenant_id"], &by_key["email"]), (&json!(id), &json!(email)));
    assert_eq!(run(&world, json!({"slipway": "list_keys", "tenant_id": id})).await.unwrap(), by_key);
    let rotated = run(&world, json!({"slipway": "rotate_key", "raw_key": raw})).await.unwrap();
    assert_eq!((&rotated["id"], world.status(&holder).await), (&made["id"], 401));
    let gone = run(&world, json!({"slipway": "revoke_key", "raw_key": raw})).await;
    assert!(matches!(gone, Err(CommandError::NoSuchTenant)), "{gone:?}");
    let revoke = json!({"slipway": "revoke_key", "raw_key": rotated["raw_key"]});
    assert_eq!(run(&world, revoke).await.unwrap(), json!({"ok": true}));
    assert_eq!(world.status(&world.holder(&rotated)).await, 401);
    for command in [
        json!({"slipway": "suspend"}),
        json!({"slipway": "suspend", "email": email, "tenant_id": id}),
        json!({"slipway": "revoke_key", "email": email}),
    ] {
        let refused = run(&world, command.clone()).await;
        let is_told = matches!(refused, Err(CommandError::NotNamed | CommandError::NoKeyNamed));
        assert!(is_told, "{command}: {refused:?}");
    }
    assert_eq!(world.status(&world.caller).await, 200);
}

/// A stranger signs up with the address at the very moment.
#[tokio::test]
async fn a_key_is_not_made_of_a_tenant_that_a_stranger_makes_at_the_same_moment() {
    let world = World::start().await;
    let tenants = world.bench.owner.tenants.clone();
    let stranger: Meanwhile = Arc::new(move || {
        let tenants = tenants.clone();
        Box::pin(async move {
            let new = TenantRecord::new(new_tenant(), "victim@example.com".to_owned(), Timestamp::now());
            assert!(tenants.create(&TenantRecord { signed_up: true, ..new }).await.unwrap().is_done());
        })
    });
    world.bench.deployment.aws().before_next("DynamoDB.TransactWriteItems", 1, stranger);
    let made = run(&world, json!({"slipway": "create_key", "email": "victim@example.com"})).await;
    assert!(matches!(made, Err(CommandError::SignedUp(_))), "{made:?}");
}

#[tokio::test]
async fn a_plan_is_set_and_taken_back() {
    let world = World::start().await;
    let id = world.bench.tenant.to_string();
    for (wanted, plan) in [("hobby", json!("hobby")), ("default", Value::Null)] {
        let set = json!({"slipway": "set_plan", "tenant_id": id, "plan": wanted});
        assert_eq!(run(&world, set).await.unwrap()["plan"], plan, "{wanted}");
        let key = world.tenants.all_keys(&world.bench.tenant).await.unwrap().remove(0);
        assert_eq!(serde_json::to_value(key.plan).unwrap(), plan, "{wanted}");
    }
    let wrong = json!({"slipway": "set_plan", "tenant_id": id, "plan": "none"});
    assert!(serde_json::from_value::<operator::Command>(wrong).is_err());
}

#[tokio::test]
async fn a_suspended_tenants_keys_open_nothing_until_it_is_resumed() {
    let world = World::start().await;
    let email = format!("{}@example.com", world.bench.tenant);
    let (made, first) = world.made(json!({"name": "n"})).await;
    let rotate = format!("/v1/keys/{}/rotate", made["id"].as_str().unwrap());
    let rotated = world.call("POST", &rotate, Some(json!({"overlap_seconds": 600}))).await.expect(200);
    let callers = [&world.caller, &first, &world.holder(&rotated)];
    let suspended = run(&world, json!({"slipway": "suspend", "email": email})).await.unwrap();
    assert_eq!(suspended["is_suspended"], true);
    for caller in callers {
        assert_eq!(world.status(caller).await, 401);
    }
    // A key that is made meanwhile, too.
    let late = run(&world, json!({"slipway": "create_key", "email": email})).await.unwrap();
    assert_eq!(world.status(&world.holder(&late)).await, 401);
    run(&world, json!({"slipway": "resume", "email": email})).await.unwrap();
    // That they were shut is remembered for a moment.
    for caller in callers.into_iter().chain([&world.holder(&late)]) {
        workbench::until("the key opens again", async || world.status(caller).await == 200).await;
    }
}

#[tokio::test]
async fn a_deleted_tenants_keys_open_nothing_and_nothing_brings_it_back() {
    let world = World::start().await;
    let email = format!("{}@example.com", world.bench.tenant);
    let account = world.bench.connect().await;
    let begun = run(&world, json!({"slipway": "delete_tenant", "email": email})).await.unwrap();
    let since = begun["deleting_since"].as_str().unwrap_or_default();
    assert!(since.len() == "2026-11-25T19:54:35.010Z".len() && since.ends_with('Z'), "{begun:#}");
    assert_eq!(world.status(&world.caller).await, 401);
    for command in ["create_key", "resume", "suspend"] {
        let refused = run(&world, json!({"slipway": command, "email": email})).await;
        assert!(matches!(refused, Err(CommandError::IsGoing(_))), "{command}: {refused:?}");
    }
    let again = run(&world, json!({"slipway": "delete_tenant", "email": email})).await.unwrap();
    assert_eq!(again["deleting_since"], begun["deleting_since"], "it is one deletion");
    assert_eq!(world.tenants.due_deletions(Timestamp::now()).await.unwrap().len(), 1);
    let accounts = &world.bench.owner.accounts;
    assert!(
        accounts.get(&Reach::whole(&world.bench.tenant), &account.id).await.unwrap().is_some(),
        "the rest is the job's"
    );
}

/// The deletion begins between the look at the tenant and the write.
#[tokio::test]
async fn a_tenant_that_begins_to_go_at_this_moment_is_not_resumed() {
    let world = World::start().await;
    let (tenants, tenant) = (world.bench.owner.tenants.clone(), world.bench.tenant.clone());
    let going: Meanwhile = Arc::new(move || {
        let (tenants, tenant) = (tenants.clone(), tenant.clone());
        Box::pin(async move {
            assert!(tenants.begin_deletion(&tenant, Timestamp::now()).await.unwrap().is_done());
        })
    });
    let email = format!("{}@example.com", world.bench.tenant);
    world.bench.deployment.aws().before_next("DynamoDB.UpdateItem", 1, going);
    let resumed = run(&world, json!({"slipway": "resume", "email": email})).await;
    assert!(matches!(resumed, Err(CommandError::IsGoing(_))), "{resumed:?}");
}

#[tokio::test]
async fn who_deletes_themselves_is_out_and_nothing_begins_for_them() {
    let world = World::start().await;
    let (account, stranger) = (world.bench.connect().await, world.bench.caller(&new_tenant()).await);
    let (_, test) = world.made(json!({"name": "t", "mode": "test"})).await;
    assert_eq!(
        test.call(&world.router, "DELETE", "/v1/users/me", None).await.status,
        403,
        "a test key deletes nothing"
    );
    let me = world.call("DELETE", "/v1/users/me", None).await.expect(200);
    assert_eq!((&me["id"], me["deleting_since"].is_string()), (&json!(world.bench.tenant), true));
    assert_eq!([world.status(&world.caller).await, world.status(&stranger).await], [401, 200]);
    assert_eq!(world.status(&test).await, 401);
    let accounts = &world.bench.owner.accounts;
    assert!(accounts.get(&Reach::whole(&world.bench.tenant), &account.id).await.unwrap().unwrap().is_going);
}

#[tokio::test]
async fn a_plan_is_written_to_the_tenant_and_its_keys() {
    let world = World::start().await;
    let email = format!("{}@example.com", world.bench.tenant);
    let set = run(&world, json!({"slipway": "set_plan", "email": email, "plan": "starter"})).await.unwrap();
    assert_eq!((&set["plan"], &set["is_suspended"]), (&json!("starter"), &json!(false)));
    let (made, _) = world.made(json!({"name": "n"})).await;
    let id = made["id"].as_str().unwrap().parse().unwrap();
    for key in [&world.caller.key, &id] {
        let key = world.tenants.key_of(&world.bench.tenant, key).await.unwrap().unwrap();
        let found = world.tenants.key(key.hash.as_ref().unwrap()).await.unwrap().unwrap();
        assert_eq!((key.plan, found.plan), (Some(slipway_domain::Plan::Starter), key.plan));
    }
}
