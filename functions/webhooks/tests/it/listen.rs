//! Deliveries for somebody without a public address.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_domain::{EventType, LogKey, Plan, Reach};
use slipway_http::Keyring;
use slipway_http::auth::Caller;
use slipway_http::paging::List;
use slipway_store::events::{Happened, LogEntry};
use workbench::new_tenant;

use crate::support::World;

/// Something happens to the world's tenant.
async fn happens(world: &World, kind: EventType, accounts: &[&str], number: u32) {
    happened(world, kind, accounts, number, Timestamp::now()).await;
}

/// Something happened to the world's tenant at this time.
async fn happened(world: &World, kind: EventType, accounts: &[&str], number: u32, at: Timestamp) {
    let accounts = accounts.iter().map(|account| account.parse().unwrap()).collect();
    let happened = Happened { kind, resource: "post_1".to_owned(), accounts, at };
    let occasion = number.to_string();
    let entry = LogEntry::new(world.bench.tenant.clone(), &occasion, happened, &json!({"number": number})).unwrap();
    world.bench.role.webhooks.events().append(&entry).await.unwrap();
}

async fn listens(world: &World, caller: &workbench::Caller, query: &str, cursor: Option<&Value>) -> Value {
    let cursor = cursor.map(|cursor| format!("&cursor={}", cursor.as_str().unwrap())).unwrap_or_default();
    caller.call(&world.router, "GET", &format!("/v1/webhooks/listen?{query}{cursor}"), None).await.expect(200)
}

fn numbers(answer: &Value) -> Vec<u64> {
    let deliveries = answer["deliveries"].as_array().unwrap().iter();
    deliveries
        .map(|delivery| {
            let body: Value = serde_json::from_str(delivery["body"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&body["event"], &delivery["headers"]["webhook-id"]),
                (&delivery["event_type"], &delivery["id"])
            );
            body["data"]["number"].as_u64().unwrap()
        })
        .collect()
}

#[tokio::test]
async fn a_listener_gets_what_happens_from_now_on_and_each_once() {
    let world = World::start().await;
    happens(&world, EventType::PostPublished, &[], 0).await;
    let first = listens(&world, &world.caller, "", None).await;
    assert_eq!(numbers(&first), [0_u64; 0]);
    happens(&world, EventType::PostFailed, &[], 1).await;
    happens(&world, EventType::WebhookCreated, &[], 2).await;
    happens(&world, EventType::PostPublished, &[], 3).await;
    let second = listens(&world, &world.caller, "", Some(&first["next_cursor"])).await;
    assert_eq!(numbers(&second), [1, 3]);
    for name in ["listener_id", "secret"] {
        assert_eq!(first[name], second[name]);
    }
    assert_eq!(numbers(&listens(&world, &world.caller, "", Some(&second["next_cursor"])).await), [0_u64; 0]);
    // Whose answer was lost asks again, and gets the same under the same ids.
    let again = listens(&world, &world.caller, "", Some(&first["next_cursor"])).await;
    assert_eq!(again["deliveries"][0]["id"], second["deliveries"][0]["id"]);
    let other = listens(&world, &world.caller, "", None).await;
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_") && other["secret"] != first["secret"]);
}

#[tokio::test]
async fn only_what_is_asked_for_and_may_be_seen_is_told() {
    let world = World::start().await;
    let account = world.bench.connect().await;
    let first = listens(&world, &world.caller, "", None).await;
    happens(&world, EventType::PostPublished, &[account.id.as_str()], 1).await;
    happens(&world, EventType::PostFailed, &["acc_other"], 2).await;
    let of = async |query: &str| numbers(&listens(&world, &world.caller, query, Some(&first["next_cursor"])).await);
    assert_eq!(of("").await, [1, 2]);
    assert_eq!(of("events=post.failed").await, [2]);
    assert_eq!(of(&format!("account_ids={}", account.id)).await, [1]);
    assert_eq!(of("events=post.failed&events=post.published&limit=1").await, [1]);
    // A key that is restricted to brands hears what concerns accounts of theirs, and nobody else's cursor is read.
    let outsider = world.bench.caller_with(&world.bench.tenant, &[], &["brand_b"]).await;
    assert_eq!(numbers(&listens(&world, &outsider, "", Some(&first["next_cursor"])).await), [0_u64; 0]);
    let stranger = world.bench.caller(&new_tenant()).await;
    let path = format!("/v1/webhooks/listen?cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(stranger.call(&world.router, "GET", &path, None).await.status, 400);
    for query in ["events=webhook.created", "account_ids=x", "account_ids=acc_none", "brand_ids="] {
        let answer = world.call("GET", &format!("/v1/webhooks/listen?{query}"), None).await;
        assert_eq!(answer.status.is_success(), query == "brand_ids=", "{query}");
    }
}

/// A cursor that the world's tenant got so many hours ago and did not use.
fn kept_for(world: &World, hours: i64) -> Value {
    let list = List { name: "listen", default_limit: ITEMS_BY_DEFAULT, filters: &[], several: &[] };
    let (reach, keyring) = (Reach::whole(&world.bench.tenant), Keyring::of("secret"));
    let caller = Caller { reach, key: "key_1".parse().unwrap(), plan: None, keyring };
    let from = LogKey::at(Timestamp::now() - SignedDuration::from_hours(hours));
    let place = format!("wh_1 {}", from.as_str());
    json!(list.page::<()>(&caller, 50, Vec::new(), Some(&place), Vec::new()).unwrap().next_cursor)
}

#[tokio::test]
async fn a_cursor_that_was_kept_tells_no_more_than_the_plan_shows_of_the_log() {
    for (plan, expected) in [(Plan::Hobby, &[2][..]), (Plan::Unlimited, &[1, 2])] {
        let world = World::on(plan).await;
        for (number, hours) in [(1, 25), (2, 23)] {
            let at = Timestamp::now() - SignedDuration::from_hours(hours);
            happened(&world, EventType::PostPublished, &[], number, at).await;
        }
        let told = listens(&world, &world.caller, "", Some(&kept_for(&world, 48))).await;
        assert_eq!(numbers(&told), expected, "{plan}");
    }
}
