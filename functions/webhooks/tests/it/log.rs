//! The log.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{EventType, Plan};
use slipway_store::events::{Happened, LogEntry};

use crate::support::World;

/// Media became ready so many hours ago; its id says so.
async fn happened(world: &World, hours: i64) {
    let at = Timestamp::now() - SignedDuration::from_hours(hours);
    let happened = Happened { kind: EventType::MediaReady, resource: format!("med_{hours}"), accounts: Vec::new(), at };
    let entry = LogEntry::new(world.bench.tenant.clone(), &hours.to_string(), happened, &json!({})).unwrap();
    world.bench.role.webhooks.events().append(&entry).await.unwrap();
}

/// Whose entries a query brings.
async fn found(world: &World, query: &str) -> Vec<String> {
    let log = world.call("GET", &format!("/v1/events?{query}"), None).await.expect(200);
    let events = log["events"].as_array().unwrap().iter();
    events.map(|event| event["resource_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_plan_says_how_far_back_the_log_goes() {
    for (plan, days, expected) in
        [(Plan::Hobby, 1, &["med_1"][..]), (Plan::Unlimited, 90, &["med_1", "med_25", "med_2159"])]
    {
        let world = World::on(plan).await;
        for hours in [1, 25, 90 * 24 - 1, 90 * 24 + 1] {
            happened(&world, hours).await;
        }
        assert_eq!(found(&world, "").await, expected, "{plan}");
        let summary = world.call("GET", "/v1/events/summary", None).await.expect(200);
        assert_eq!((&summary["total"], &summary["retention_days"]), (&json!(expected.len()), &json!(days)), "{plan}");
        // Nor is more told again.
        let made = world.made(&world.caller, &[("events", json!(["media.ready"]))]).await;
        let path = format!("/v1/webhooks/{}/replay?since=2020-01-01T00:00:00Z", made["id"].as_str().unwrap());
        let replayed = world.call("POST", &path, None).await.expect(202);
        assert_eq!(replayed["replayed"], json!(expected.len()), "{plan}");
    }
}

#[tokio::test]
async fn what_is_behind_a_page_can_be_counted() {
    let world = World::start().await;
    for hours in 1..=5 {
        happened(&world, hours).await;
    }
    let page = world.call("GET", "/v1/events?limit=2", None).await.expect(200);
    let cursor = page["pagination"]["next_cursor"].as_str().unwrap();
    let summary = world.call("GET", &format!("/v1/events/summary?cursor={cursor}"), None).await.expect(200);
    assert_eq!(summary["total"], 3);
}

#[tokio::test]
async fn what_is_newer_than_it_is_wanted_is_not_read() {
    let world = World::start().await;
    for hours in 1..=30 {
        happened(&world, hours).await;
    }
    let to = Timestamp::now() - SignedDuration::from_hours(28);
    world.bench.deployment.aws().reset_counts();
    assert_eq!(found(&world, &format!("to={to}")).await, ["med_28", "med_29", "med_30"]);
    // The key, and the three.
    assert_eq!(world.bench.deployment.aws().items_read(), 4);
}

#[tokio::test]
async fn an_action_has_a_short_name_and_a_full_one_and_success_is_ok() {
    let world = World::start().await;
    happened(&world, 1).await;
    for query in ["action=ready", "action=media.ready", "status=ok", "status=success"] {
        assert_eq!(found(&world, query).await, ["med_1"], "{query}");
    }
    for query in ["action=failed", "action=post.ready", "status=failed"] {
        assert!(found(&world, query).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn a_replay_names_what_its_body_says_as_ignored() {
    let world = World::start().await;
    let made = world.made(&world.caller, &[]).await;
    let path = format!("/v1/webhooks/{}/replay", made["id"].as_str().unwrap());
    let body = json!({"since": "2020-01-01T00:00:00Z"});
    let replayed = world.call("POST", &path, Some(body)).await.expect(202);
    assert!(replayed["warnings"][0].as_str().is_some_and(|warning| warning.contains("since")), "{replayed}");
}

#[tokio::test]
async fn the_log_tells_where_an_endpoint_is_and_not_its_path() {
    let world = World::start().await;
    world.made(&world.caller, &[]).await;
    let log = world.call("GET", "/v1/events", None).await.expect(200);
    let origin = world.endpoint.url.trim_end_matches("/hook");
    assert_eq!(log["events"][0]["metadata"]["url"], json!(format!("{origin}/…")));
}

#[tokio::test]
async fn a_restricted_key_sees_what_concerns_accounts_that_are_gone() {
    let world = World::start().await;
    for (number, of) in [(1, &["brand_a"][..]), (2, &["brand_b"]), (3, &["brand_a", "brand_b"])] {
        let (kind, accounts) = (EventType::PostFailed, vec!["acc_gone".parse().unwrap()]);
        let happened = Happened { kind, resource: format!("post_{number}"), accounts, at: Timestamp::now() };
        let entry = LogEntry::new(world.bench.tenant.clone(), &of.join("-"), happened, &json!({})).unwrap();
        let entry = entry.of_brands(of.iter().map(|brand| brand.parse().unwrap()));
        world.bench.role.webhooks.events().append(&entry).await.unwrap();
    }
    let restricted = world.bench.caller_with(&world.bench.tenant, &[], &["brand_a"]).await;
    let log = restricted.get(&world.router, "/v1/events").await.expect(200);
    let seen: Vec<_> = log["events"].as_array().unwrap().iter().map(|event| event["resource_id"].clone()).collect();
    assert_eq!(seen, ["post_1"]);
}
