//! Figures and videos of an account.

use http::StatusCode;
use serde_json::Value;
use tiktok_sim::{Endpoint, User};

use crate::support::World;

#[tokio::test]
async fn sync_brings_the_figures_up_to_date_and_summary_shows_them() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/platforms/tiktok/accounts/{}", account.id);
    let before = world.get(&caller, &format!("{path}/summary")).await.json();
    assert_eq!((&before["synced_at"], &before["videos"]), (&Value::Null, &serde_json::json!([])));

    let open_id = Some(account.open_id.as_str().to_owned());
    world.bench.tiktok.add_user(User {
        open_id,
        username: "renamed".to_owned(),
        follower_count: 4242,
        ..User::default()
    });
    let done = world.call(&caller, "POST", &format!("{path}/sync"), None).await;
    assert_eq!((done.status, &done.json()["success"]), (StatusCode::OK, &Value::Bool(true)), "{}", done.text());
    assert_eq!(world.asked(Endpoint::VideoList), 1);

    let after = world.get(&caller, &format!("{path}/summary")).await.json();
    assert_eq!((&after["follower_count"], after["username"].as_str()), (&4242.into(), Some("renamed")), "{after}");
    assert!(after["synced_at"].is_string());
    let shown = world.get(&caller, &format!("/v1/accounts/{}", account.id)).await.json();
    assert_eq!(shown["metadata"]["follower_count"], 4242);
}

#[tokio::test]
async fn sync_does_what_the_grant_allows() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect_as(&caller, &[("sim_untick", "video.list,user.info.stats")]).await;
    let path = format!("/v1/platforms/tiktok/accounts/{}/sync", account.id);
    let done = world.call(&caller, "POST", &path, None).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(done.json()["warnings"][0].as_str().unwrap().contains("video.list"), "{}", done.text());
    assert_eq!(world.asked(Endpoint::VideoList), 0);
}

#[tokio::test]
async fn disconnecting_forgets_the_videos_too() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/platforms/tiktok/accounts/{}/sync", account.id);
    assert_eq!(world.call(&caller, "POST", &path, None).await.status, StatusCode::OK);
    assert!(world.app.accounts.synced(&account).await.unwrap().is_some());
    let gone = world.call(&caller, "DELETE", &format!("/v1/accounts/{}", account.id), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(world.app.accounts.synced(&account).await.unwrap(), None);
}

#[tokio::test]
async fn others_see_neither_figures_nor_may_they_sync() {
    let world = World::start().await;
    let (caller, other) = (world.caller().await, world.caller().await);
    let account = world.connect(&caller).await;
    for (method, what) in [("GET", "summary"), ("POST", "sync")] {
        let path = format!("/v1/platforms/tiktok/accounts/{}/{what}", account.id);
        let refused = world.call(&other, method, &path, None).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, "account.not_found"));
    }
}
