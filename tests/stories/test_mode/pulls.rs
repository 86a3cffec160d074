//! What the double of TikTok fetches itself: photos, and videos by pull.

use serde_json::{Value, json};

use super::in_test_mode;
use crate::photos;
use crate::support::{Nets, Setup, Site, World, video_of};

/// Photos and a video that are to be fetched, each in a post by a creator of its own; answers the posts' ids.
async fn posted(world: &mut World) -> [String; 2] {
    let photos = photos::posted(world, json!({"privacy_level": "PUBLIC_TO_EVERYONE"})).await;
    world.account = super::connect_creator(world, "pulled").await;
    let media = world.upload(video_of(300_000)).await;
    [photos, world.pull(&media, "Pulled").await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_and_pulled_videos_of_test_mode_are_fetched_and_published() {
    let mut world = in_test_mode(Setup::default()).await;
    let before = world.tiktok.ledger().requests.len();
    let [photos, pulled] = posted(&mut world).await;
    let carousel = world.until_post(&photos, "published").await;
    assert!(carousel["targets"][0]["platform_post_id"].is_string(), "everybody sees it: {carousel:#}");
    let video = world.until_post(&pulled, "published").await;
    assert_eq!(video["targets"][0]["platform_post_id"], Value::Null, "nobody sees it: {video:#}");
    for post in [&photos, &pulled] {
        assert!(!world.told(post).await.contains(&"upload_completed".to_owned()), "no byte went through a function");
    }
    assert_eq!(world.tiktok.ledger().requests.len(), before, "TikTok was asked");
}

/// The addresses are called, and what is not there fails as it does at TikTok.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_double_can_not_fetch_fails_with_tiktoks_reason() {
    let site = Site::start().await;
    // One that has nothing, and one where nobody listens.
    for elsewhere in [format!("{}/", site.origin()), "http://127.0.0.1:1/".to_owned()] {
        let parameters = [("TestPullBaseUrl".to_owned(), elsewhere)].into();
        let mut world = in_test_mode(Setup { parameters, ..Setup::default() }).await;
        let reasons = ["photo_pull_failed", "video_pull_failed"];
        for (post, reason) in posted(&mut world).await.iter().zip(reasons) {
            let failed = world.until_post_by(Nets::All, post, "failed").await;
            let error = &failed["targets"][0]["error"];
            assert_eq!((&error["tiktok_code"], &error["retryable"]), (&json!(reason), &json!(true)), "{failed:#}");
        }
    }
    let asked = site.requests();
    // Of each publish all addresses, and no publish fails for good at once.
    assert!(asked.len() >= 8 && asked.len() % 4 == 0, "{asked:?}");
    assert!(asked.iter().all(|request| request.contains("pull/")), "{asked:?}");
}

/// Whoever waits too long for a pull calls it off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_of_test_mode_that_is_stuck_can_be_called_off() {
    let world = in_test_mode(Setup::default()).await;
    let media = world.upload(video_of(300_000)).await;
    let post = world.pull(&media, "[test:stuck]").await;
    world.until_state(&post, "processing").await;
    world.post(&format!("/v1/posts/{post}/cancel"), json!({})).await.expect(200);
    world.until_post(&post, "cancelled").await;
}
