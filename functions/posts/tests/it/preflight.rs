//! What validating a post tells of its accounts and its media, and what a change may leave for later.

use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::ReconnectReason;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::fixture;

use crate::world::{World, with};

async fn verdict(world: &World, body: &Value) -> Value {
    world.owner.caller.call(&world.router, "POST", "/v1/posts/validate", Some(body)).await.expect(200)
}

#[tokio::test]
async fn a_preflight_shows_the_account_its_room_and_the_media() {
    let world = World::start().await;
    let (owner, id) = (&world.owner, world.owner.account.id.as_str());
    World::made(&world.post(&owner.caller, &owner.body("One before")).await);
    world.bench.forget_creators().await;
    let asked = world.asked();
    let verdict = verdict(&world, &owner.body("Another")).await;
    let account = &verdict["accounts"][id];
    assert_eq!((&verdict["valid"], &account["status"]), (&json!(true), &json!("active")), "{verdict:#}");
    assert!(account["token"]["refresh_expires_at"].is_string(), "{account:#}");
    assert_eq!(account["creator"]["privacy_level_options"].as_array().unwrap().len(), 3);
    let windows = json!([
        {"window": "minute", "limit": 6, "used": 1},
        {"window": "hour", "limit": 25, "used": 1},
        {"window": "day", "limit": 15, "used": 1},
    ]);
    assert_eq!((&account["room"]["now"], &account["room"]["windows"]), (&json!(true), &windows));
    let media = &verdict["media"][0];
    assert_eq!((&media["status"], &media["media_type"]), (&json!("ready"), &json!("video")), "{media:#}");
    assert_eq!((&media["id"], &media["field"]), (&json!(owner.media.id), &json!("media_ids[0]")));
    assert!(media["duration_ms"].as_u64().is_some_and(|duration| duration > 0));
    assert_eq!(world.asked() - asked, 1);
}

#[tokio::test]
async fn a_preflight_asks_once_about_a_creator_whatever_is_wrong() {
    let world = World::start().await;
    let (owner, id) = (&world.owner, world.owner.account.id.as_str());
    let slow = world.bench.uploaded(&world.bench.tenant, fixture("too_slow.mp4")).await;
    let unlevelled = with(owner.body("No level"), &[("/platform_data/tiktok", json!({}))]);
    let unlevelled = with(unlevelled, &[("/media_ids", json!([slow.id]))]);
    let asked = world.asked();
    let told = verdict(&world, &unlevelled).await;
    assert_eq!((&told["valid"], &told["media"][0]["status"]), (&json!(false), &json!("failed")));
    assert_eq!(told["accounts"][id]["creator"]["can_post"], true, "who has to choose a level is told which there are");
    assert_eq!(world.asked() - asked, 1);

    world.bench.forget_creators().await;
    world.bench.tiktok.fault(Fault::on(Endpoint::CreatorInfo, Action::StatusBefore { status: 500, code: None }));
    let told = verdict(&world, &owner.body("Good")).await;
    assert_eq!((&told["valid"], &told["accounts"][id]["creator"]), (&json!(true), &Value::Null), "{told:#}");
    assert_eq!(world.asked() - asked, 2);
}

#[tokio::test]
async fn a_post_is_changed_though_its_account_must_be_connected_again() {
    let world = World::start().await;
    let (owner, draft) = (&world.owner, with(world.owner.body("A draft"), &[("/publish_now", json!(false))]));
    let id = World::made(&world.post(&owner.caller, &draft).await);
    world.bench.forget_creators().await;
    let asked = world.asked();
    let accounts = &world.bench.owner.accounts;
    let reason = ReconnectReason::AccessRefused;
    assert!(accounts.require_reconnect(&owner.account, reason, Timestamp::now()).await.unwrap().is_done());
    let path = format!("/v1/posts/{id}");
    let changed = owner.caller.call(&world.router, "PATCH", &path, Some(&json!({"text": "Changed"}))).await.expect(200);
    assert_eq!((&changed["text"], &changed["status"]), (&json!("Changed"), &json!("draft")));
    let warnings = changed["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning.as_str().unwrap().contains("can't be published")), "{warnings:?}");
    assert_eq!(world.asked(), asked);
    let refused = owner.caller.call(&world.router, "POST", &format!("{path}/publish"), None).await;
    refused.refused(403, "account.reconnection_required", "targets[0].account_id");
}

#[tokio::test]
async fn an_address_that_does_not_show_what_it_is_is_told_what_it_is_taken_for() {
    let world = World::start().await;
    let of = |address: &str, settings: Value| {
        let draft = with(world.owner.body("From afar"), &[("/publish_now", json!(false))]);
        with(draft, &[("/media_ids", json!([address])), ("/platform_data/tiktok", settings)])
    };
    let level = json!({"privacy_level": "SELF_ONLY"});
    for (body, is_told) in [
        (of("https://example.com/file", level.clone()), true),
        (of("https://example.com/file.mp4", level.clone()), false),
        (of("https://example.com/file", json!({"privacy_level": "SELF_ONLY", "media_type": "photo"})), false),
    ] {
        let warnings = verdict(&world, &body).await["warnings"].clone();
        let says =
            warnings.as_array().unwrap().iter().any(|warning| warning["message"].to_string().contains("taken for"));
        assert_eq!(says, is_told, "{body}: {warnings}");
    }
}
