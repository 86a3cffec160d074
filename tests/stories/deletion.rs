//! A tenant is deleted with all that is theirs, wherever a worker dies; nothing of it is left, and nothing of others' goes.

mod brand;
mod end;
mod owner;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_stand_in::Moment;
use serde_json::json;
use tiktok_sim::{Action, Endpoint, Fault};

use self::owner::Owner;
use crate::support::{
    Delivered, EXPORT, Items, Receiver, Setup, World, die_at, exported, has_died, leaks, secrets_of, until,
};

const JOB: &str = "DeleteTenantsFunction";
/// How many hours a deletion may take: media's files may come for two, and then it is quiet for a quarter of one.
const HOURS: u32 = 6;

async fn world(receiver: &Receiver) -> World {
    let parameters = BTreeMap::from([("WebhookTrustedOrigins".to_owned(), receiver.origin())]);
    World::with(Setup { parameters, ..Setup::default() }).await
}

/// Runs the job hour after hour until the tenant is gone.
async fn until_gone(world: &World, owner: &Owner) {
    for _ in 0..HOURS {
        // A killed run answers nothing; the next one goes on.
        let _ = world.stack.run_schedule(JOB).await;
        if !Items::of(world).has_tenant(&owner.tenant).await {
            return;
        }
        world.let_pass(1).await;
    }
    panic!("{} is never gone: {:#?}\n{}", owner.tenant, Items::of(world).left_of(&owner.ids).await, world.story_of(""));
}

async fn nothing_is_left(world: &World, owner: &Owner) {
    let left = Items::of(world).left_of(&owner.ids).await;
    assert!(left.is_empty(), "{left:#?}");
    assert!(!owner.file_is_there().await, "the file is gone");
    assert!(!owner.takes_a_part().await, "the upload in parts is gone");
    assert!(
        world.tiktok.ledger().grants.iter().filter(|grant| grant.open_id == owner.creator).all(|grant| grant.revoked)
    );
}

/// What there was of another tenant is there.
async fn nothing_went(world: &World, before: &BTreeMap<String, String>, other: &Owner) {
    let left = Items::of(world).left_of(&other.ids).await;
    let gone: Vec<_> = before.keys().filter(|key| !left.contains_key(*key)).collect();
    assert!(gone.is_empty() && !before.is_empty(), "{gone:#?}");
    assert!(other.file_is_there().await && other.takes_a_part().await);
}

/// What there is of the owner is exported, nothing of another one, and no secret.
async fn takes_along(world: &World, owner: &Owner, other: &Owner) {
    let told = exported(async |path| owner.ask("GET", &path, json!({})).await).await.join("\n");
    for id in &owner.ids {
        assert!(told.contains(id.as_str()), "{id} is not in the export:\n{told}");
    }
    for id in &other.ids {
        assert!(!told.contains(id.as_str()), "{id} of another tenant is in the export:\n{told}");
    }
    assert_eq!(leaks(&told, &secrets_of(&world.tiktok, world.stack.aws())), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_deletes_themselves_leaves_nothing_behind() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let (owner, other) = (
        Owner::new(&world, &receiver, "goes@example.com").await,
        Owner::new(&world, &receiver, "stays@example.com").await,
    );
    let of_the_other = Items::of(&world).left_of(&other.ids).await;
    let tests = owner.in_test_mode().await;
    assert!(tests.file_is_there().await && Items::of(&world).left_of(&tests.ids).await.len() >= 4);

    let narrow = owner.ask("POST", "/v1/keys", json!({"name": "n", "scopes": ["posts:write"]})).await.expect(201);
    let narrow = owner.with_key(&narrow["raw_key"]);
    narrow.ask("DELETE", "/v1/users/me", json!({})).await.expect(403);
    narrow.ask("GET", EXPORT, json!({})).await.expect(403);
    takes_along(&world, &owner, &other).await;
    let going = owner.ask("DELETE", "/v1/users/me", json!({})).await.expect(200);
    assert_eq!((&going["id"], going["deleting_since"].is_string()), (&json!(owner.tenant), true), "{going:#}");
    for key in [&owner, &narrow, &tests] {
        assert_eq!(key.ask("GET", "/v1/users/me", json!({})).await.status, 401, "no key opens anything");
    }
    let operators = |command: &str| json!({"slipway": command, "email": "goes@example.com"});
    let shown = world.stack.invoke("WorkspaceFunction", operators("list_keys")).await.expect("it is shown");
    assert!(shown["deleting_since"].is_string(), "{shown:#}");
    for command in ["create_key", "resume"] {
        let refused = world.stack.invoke("WorkspaceFunction", operators(command)).await;
        assert!(format!("{refused:?}").contains("is being deleted"), "{command}: {refused:?}");
    }

    until_gone(&world, &owner).await;
    nothing_is_left(&world, &owner).await;
    assert_eq!(Items::of(&world).left_of(&tests.ids).await, BTreeMap::new(), "what was made in test mode");
    assert!(!tests.file_is_there().await);
    nothing_went(&world, &of_the_other, &other).await;
    other.ask("GET", &format!("/v1/posts/{}", other.post), json!({})).await.expect(200);
    assert!(other.file_is_there().await && other.takes_a_part().await);
    let told: Vec<_> = receiver.came("/goes@example.com").iter().map(Delivered::event).collect();
    assert_eq!(told, [""; 0], "nobody is told of what goes");
    // The address is free.
    let again = world.stack.invoke("WorkspaceFunction", operators("create_key")).await.expect("a new tenant");
    assert_ne!(again["tenant_id"], json!(owner.tenant));
}

/// The job is killed at every call to AWS of its first run, which does nearly all of it, and of its last one, which does
/// the rest. Whatever the killed runs left, the next ones do.
async fn killed_at_every_call(moment: Moment) {
    let receiver = Receiver::start().await;
    let world = Arc::new(world(&receiver).await);
    let other = Owner::new(&world, &receiver, "stays@example.com").await;
    let of_the_other = Items::of(&world).left_of(&other.ids).await;
    let mut owners = Vec::new();
    for call in 1.. {
        let owner = Owner::new(&world, &receiver, &format!("goes-{call}@example.com")).await;
        owner.ask("DELETE", "/v1/users/me", json!({})).await.expect(200);
        die_at(&world, &[JOB], call, moment);
        // Those before are another run's until time passes.
        let _ = world.stack.run_schedule(JOB).await;
        owners.push(owner);
        if !has_died(&world, call) {
            break;
        }
    }
    let deaths = owners.len() - 1;
    assert!(deaths >= 30, "only {deaths} deaths");
    println!("killed {moment:?} each of {deaths} AWS calls");
    end::killed_at_every_call(&world, &owners, moment).await;
    for owner in &owners {
        until_gone(&world, owner).await;
        nothing_is_left(&world, owner).await;
    }
    nothing_went(&world, &of_the_other, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_survives_a_crash_before_any_call_to_aws() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_survives_a_crash_right_after_any_call_to_aws() {
    killed_at_every_call(Moment::After).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_deletes_a_tenant_though_tiktok_takes_no_revocation() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let owner = Owner::new(&world, &receiver, "goes@example.com").await;
    world.tiktok.fault(Fault::on(Endpoint::Revoke, Action::StatusBefore { status: 500, code: None }));
    let command = json!({"slipway": "delete_tenant", "email": "goes@example.com"});
    let going = world.stack.invoke("WorkspaceFunction", command).await.expect("it begins");
    assert!(going["deleting_since"].is_string(), "{going:#}");
    let _ = world.stack.run_schedule(JOB).await;
    assert!(Items::of(&world).knows_account(&owner.account).await, "it is tried again for an hour");
    until_gone(&world, &owner).await;
    assert!(Items::of(&world).left_of(&owner.ids).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_begins_once_a_deletion_does() {
    let receiver = Receiver::start().await;
    let world = world(&receiver).await;
    let owner = Owner::new(&world, &receiver, "goes@example.com").await;
    owner.ask("DELETE", "/v1/users/me", json!({})).await.expect(200);
    // The job does not run, and the hour of the post comes.
    world.let_pass(25).await;
    until(std::time::Duration::from_secs(30), async || {
        (Items::of(&world).state(&owner.post).await == "failed").then_some(())
    })
    .await
    .unwrap_or_else(|| panic!("it does not fail:\n{}", world.story_of(&owner.post)));
    assert!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).is_empty(), "nothing reached TikTok");
}
