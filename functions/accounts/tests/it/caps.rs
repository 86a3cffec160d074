//! What a tenant may have only so many of.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::BrandId;
use slipway_domain::limits::{ACCOUNTS_PER_TENANT, OPEN_INVITES_PER_TENANT, REDIRECT_URIS_PER_TENANT};
use tiktok_sim::User;
use workbench::{Answer, AttributeValue, Caller, Item};

use crate::exchange::{THEIRS, brought, exchange};
use crate::support::{World, parameter};

const URIS: &str = "/v1/oauth/redirect-uris";

async fn register(world: &World, caller: &Caller, number: usize) -> Answer {
    world.call(caller, "POST", URIS, Some(json!({"uri": format!("https://app.example/{number}")}))).await
}

async fn invite(world: &World, caller: &Caller) -> Answer {
    let body = json!({"platform": "tiktok", "brand_id": BrandId::default_of(&caller.tenant), "expires_in_days": 1});
    world.call(caller, "POST", "/v1/invites", Some(body)).await
}

#[track_caller]
fn full(answer: &Answer, limit: usize, next: &str) {
    let error = &answer.expect(409)["error"];
    assert_eq!(error["code"], "resource.conflict");
    assert_eq!((&error["meta"]["limit"], &error["meta"]["cause"]), (&json!(limit), &json!("quota")));
    assert!(error["meta"]["next_step"].as_str().unwrap().starts_with(next), "{error:#}");
}

#[tokio::test]
async fn of_many_addresses_at_once_only_those_are_registered_that_fit() {
    let world = World::start().await;
    let (caller, other) = (world.caller().await, world.caller().await);
    for number in 2..REDIRECT_URIS_PER_TENANT {
        register(&world, &caller, number).await.expect(201);
    }
    let answers = join_all((1000..1006).map(|number| register(&world, &caller, number))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let busy = answers.iter().filter(|answer| answer.code() == "idempotency.in_progress").count();
    assert!(made == 2 || made + busy == 6, "{made} were made");
    while register(&world, &caller, 2000 + made).await.status == 201 {}
    full(&register(&world, &caller, 3000).await, REDIRECT_URIS_PER_TENANT, "DELETE /v1/oauth/redirect-uris/");
    let listed = world.get(&caller, &format!("{URIS}?limit=100")).await.expect(200);
    assert_eq!((&listed["count"], &listed["next_cursor"]), (&json!(REDIRECT_URIS_PER_TENANT), &json!(null)));
    register(&world, &other, 1).await.expect(201);
    // One that is there is no new one, and where one goes there is room for one.
    assert_eq!(register(&world, &caller, 2).await.code(), "validation.redirect_uri_duplicate");
    let path = format!("{URIS}/{}", listed["data"][0]["id"].as_str().unwrap());
    assert_eq!(world.call(&caller, "DELETE", &path, None).await.status, 204);
    register(&world, &caller, 3000).await.expect(201);
    full(&register(&world, &caller, 3001).await, REDIRECT_URIS_PER_TENANT, "DELETE /v1/oauth/redirect-uris/");
}

#[tokio::test]
async fn so_many_invites_may_be_open_and_those_that_are_over_do_not_count() {
    let world = World::start().await;
    let caller = world.caller().await;
    let first = invite(&world, &caller).await.expect(201);
    // As the table would have it, without as many calls.
    let pk = format!("TENANT#{}", caller.tenant);
    let put = async |sk: String, expires_at: Timestamp| {
        let key = [("pk", pk.clone()), ("sk", sk)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let mut item = Item::from(key);
        item.insert("expires_at".to_owned(), AttributeValue::N(expires_at.as_second().to_string()));
        world.bench.put_item("AccountsTable", item).await;
    };
    let remembered = SignedDuration::from_hours(24 * 30);
    let open = Timestamp::now() + remembered + SignedDuration::from_hours(1);
    for number in 1..OPEN_INVITES_PER_TENANT {
        put(format!("INVITE#inv_{number:05}"), open).await;
    }
    let most = AttributeValue::N(OPEN_INVITES_PER_TENANT.to_string());
    world.bench.set("AccountsTable", [pk.clone(), "TALLY#INVITES".to_owned()], "count", most).await;

    full(&invite(&world, &caller).await, OPEN_INVITES_PER_TENANT, "DELETE /v1/invites/");
    let path = format!("/v1/invites/{}", first["id"].as_str().unwrap());
    assert_eq!(world.call(&caller, "DELETE", &path, None).await.status, 204);
    invite(&world, &caller).await.expect(201);
    full(&invite(&world, &caller).await, OPEN_INVITES_PER_TENANT, "DELETE /v1/invites/");
    // Over, and still known.
    put("INVITE#inv_00001".to_owned(), Timestamp::now() + remembered - SignedDuration::from_hours(1)).await;
    invite(&world, &caller).await.expect(201);
    full(&invite(&world, &caller).await, OPEN_INVITES_PER_TENANT, "DELETE /v1/invites/");
}

#[tokio::test]
async fn so_many_accounts_may_be_connected_and_those_there_are_again() {
    let world = World::start().await;
    let caller = world.caller().await;
    let (code, state) = brought(&world, &caller).await;
    exchange(&world, &caller, &code, &state, THEIRS).await.expect(201);
    // As the table would have it, without as many creators.
    let key = [format!("TENANT#{}", caller.tenant), "REQUESTS".to_owned()];
    let most = AttributeValue::N(ACCOUNTS_PER_TENANT.to_string());
    let before = world.bench.set("TenantsTable", key, "accounts", most).await;
    assert_eq!(before, Some(AttributeValue::N("1".to_owned())));

    let connect = async |user: &str| {
        let body = json!({"platform": "tiktok", "metadata": {"redirect_uri": THEIRS}});
        let back = world.visit(world.begin(&caller, body).await, &[("sim_user", user)]).await;
        let [code, state] = ["code", "state"].map(|name| parameter(&back, name).unwrap());
        exchange(&world, &caller, &code, &state, THEIRS).await
    };
    let newcomer = world.bench.tiktok.add_user(User::default());
    let refused = connect(&newcomer).await;
    full(&refused, usize::try_from(ACCOUNTS_PER_TENANT).unwrap(), "DELETE /v1/accounts/");
    let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done"});
    let back = world.visit(world.begin(&caller, body).await, &[("sim_user", &newcomer)]).await;
    let done = world.open(&back).await.location();
    assert_eq!(parameter(&done, "error").as_deref(), Some("too_many_accounts"), "{done}");
    // One that is there is no new one.
    let known = world.get(&caller, "/v1/accounts").await.expect(200)["data"][0]["platform_user_id"].clone();
    connect(known.as_str().unwrap()).await.expect(201);
}
