//! What the event log says about an account's life.

use serde_json::{Value, json};
use slipway_domain::EventType::{AccountConnected, AccountDisconnected, AccountReconnectRequired};

use crate::support::World;

#[tokio::test]
async fn connecting_reconnecting_and_disconnecting_are_recorded_once_each() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.connect(&caller).await;
    let path = format!("/v1/accounts/{}", account.id);
    world.call(&caller, "DELETE", &path, None).await;
    world.call(&caller, "DELETE", &path, None).await;
    let events = world.events(&caller).await;
    assert_eq!(world.told(&caller).await, [AccountConnected, AccountConnected, AccountDisconnected]);
    let connected = events[0].data.read::<Value>().unwrap();
    assert_eq!(connected["account_id"], json!(account.id));
    assert_eq!(connected["platform_user_id"], json!(account.open_id));
    assert_eq!(connected["username"], json!(account.best_name()));
    assert_eq!(connected["connected_at"], json!(slipway_contract::Time::from(account.connected_at)));
    for name in ["brand_id", "platform", "display_name", "profile_picture_url"] {
        assert!(connected.get(name).is_some(), "{name}");
    }
    let disconnected = events[2].data.read::<Value>().unwrap();
    assert_eq!((&disconnected["reason"], &disconnected["reconnect_required"]), (&json!("disconnected"), &json!(false)));
}

#[tokio::test]
async fn a_loss_is_recorded_once_however_many_meet_it() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.bench.tiktok.revoke_by_user(account.open_id.as_str(), 1);
    let path = format!("/v1/accounts/{}/creator-info", account.id);
    let met = futures_util::future::join_all((0..5).map(|_| world.get(&caller, &path))).await;
    assert!(met.iter().all(|answer| answer.code() == "account.reconnection_required"));
    let mut told = world.told(&caller).await;
    // The two are of one moment, and in the order of their ids.
    told[1..].sort_by_key(|kind| kind.as_str());
    assert_eq!(told, [AccountConnected, AccountDisconnected, AccountReconnectRequired]);
    let lost = world.events(&caller).await.pop().unwrap();
    let lost: Value = lost.data.read().unwrap();
    assert_eq!((&lost["reason"], &lost["reconnect_required"]), (&json!("refresh_refused"), &json!(true)));
}

#[tokio::test]
async fn a_refused_connection_is_no_event() {
    let world = World::start().await;
    let caller = world.caller().await;
    let page = world.begin(&caller, json!({"platform": "tiktok"})).await;
    let back = world.visit(page, &[("sim_decision", "deny")]).await;
    world.open(&back).await;
    assert_eq!(world.told(&caller).await, []);
}
