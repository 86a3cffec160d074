//! Figures and videos of an account.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::Value;
use tiktok_sim::{Action, Endpoint, Fault, User};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiktok_is_asked_once_a_minute_however_often_a_caller_syncs() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/platforms/tiktok/accounts/{}/sync", account.id);
    let before = world.asked(Endpoint::UserInfo);
    let syncs = (0..30).map(|_| world.call(&caller, "POST", &path, None));
    let answers = join_all(syncs).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK && answer.body == answers[0].body));
    assert_eq!((world.asked(Endpoint::UserInfo) - before, world.asked(Endpoint::VideoList)), (1, 1));
}

#[tokio::test]
async fn a_sync_that_tiktok_does_not_answer_may_be_repeated_in_some_seconds() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    let path = format!("/v1/platforms/tiktok/accounts/{}/sync", account.id);
    let unavailable = Action::StatusBefore { status: 503, code: None };
    world.bench.tiktok.fault(Fault::on(Endpoint::VideoList, unavailable).times(1));
    let failed = world.call(&caller, "POST", &path, None).await;
    assert_eq!(failed.status, StatusCode::BAD_GATEWAY, "{}", failed.text());
    let done = world.call(&caller, "POST", &path, None).await;
    assert_eq!((done.status, world.asked(Endpoint::VideoList)), (StatusCode::OK, 2), "{}", done.text());
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
