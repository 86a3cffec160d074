//! The main job: a video goes in, a post comes out, once, with the same bytes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tiktok_sim::{Action, Endpoint, Fault};

use crate::support::{Setup, World, sha256, video_of};

const MIB: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_published_once_with_the_same_bytes_and_the_creators_choices() {
    let world = World::new().await;
    let video = video_of(300_000);
    let media = world.upload(video.clone()).await;
    let mut body = world.body(&media, "Hello #slipway 😀");
    body["platform_data"]["tiktok"] = json!({
        "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": false, "disable_duet": true,
        "brand_organic_toggle": true, "is_aigc": true, "video_cover_timestamp_ms": 500,
    });
    let post = world.post("/v1/posts", body).await.expect(201);
    assert_eq!(post["status"], "publishing");
    let post = world.until_post(post["id"].as_str().unwrap(), "published").await;
    world.published_once(&sha256(&video));

    let ledger = world.tiktok.ledger();
    let published = ledger.published()[0];
    assert_eq!(published.post_info["title"], "Hello #slipway 😀");
    assert_eq!(published.post_info["privacy_level"], "PUBLIC_TO_EVERYONE");
    assert_eq!(published.post_info["disable_comment"], false);
    assert_eq!(published.post_info["disable_duet"], true);
    assert_eq!(published.post_info["disable_stitch"], true, "what was left out is forbidden");
    assert_eq!(published.post_info["brand_organic_toggle"], true);
    assert_eq!(published.post_info["brand_content_toggle"], false);
    assert_eq!(published.post_info["is_aigc"], true);
    assert_eq!(published.post_info["video_cover_timestamp_ms"], 500);
    let target = &post["targets"][0];
    assert_eq!(target["status"], "published");
    assert_eq!(target["metadata"]["publish_id"], published.publish_id);
    assert_eq!(target["metadata"]["uploaded_bytes"], video.len());
    assert!(target["published_at"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_id_and_link_follow_when_tiktok_has_moderated() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let mut body = world.body(&media, "public");
    body["platform_data"]["tiktok"]["privacy_level"] = json!("PUBLIC_TO_EVERYONE");
    let post = world.post("/v1/posts", body).await.expect(201);
    let id = post["id"].as_str().unwrap();
    let found = crate::support::until(Duration::from_mins(1), async || {
        let post = world.get(&format!("/v1/posts/{id}")).await.expect(200);
        post["targets"][0]["platform_post_id"].is_string().then_some(post)
    });
    let post = found.await.expect("the public id comes");
    let ledger = world.tiktok.ledger();
    let public = ledger.published()[0].public_post_ids[0].to_string();
    assert_eq!(public.len(), 19);
    assert_eq!(post["targets"][0]["platform_post_id"], public, "to the last digit");
    assert_eq!(post["targets"][0]["permalink"], format!("https://www.tiktok.com/@sim.creator/video/{public}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_at_the_edges_of_the_chunk_rules_are_published_to_the_byte() {
    let world = World::new().await;
    for (size, chunks) in
        [(5 * MIB - 1, 1), (5 * MIB, 1), (5 * MIB + 1, 1), (64_000_000, 1), (64_000_001, 2), (64 * MIB, 2)]
    {
        let video = video_of(size);
        let hash = sha256(&video);
        let media = world.upload(video).await;
        let id = world.publish(&media).await;
        world.until_post(&id, "published").await;
        let ledger = world.tiktok.ledger();
        let with_these_bytes: Vec<_> =
            ledger.published().into_iter().filter(|publish| publish.sha256.as_deref() == Some(&hash)).collect();
        assert_eq!(with_these_bytes.len(), 1, "{size} bytes");
        assert_eq!(with_these_bytes[0].chunks.len(), chunks, "{size} bytes");
        // TikTok allows six inits a minute; a minute passes.
        world.tiktok.advance(Duration::from_secs(61));
    }
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 6, "one init each, none refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_of_several_chunks_arrives_identical() {
    let world = World::new().await;
    let video = video_of(150_000_000);
    let hash = sha256(&video);
    let media = world.upload(video).await;
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;
    world.published_once(&hash);
    assert_eq!(world.tiktok.ledger().published()[0].chunks.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_longer_than_one_invocation_goes_on_in_the_next() {
    let timeouts = BTreeMap::from([("TransferFunction".to_owned(), Duration::from_secs(8))]);
    let world = World::with(Setup { timeouts, ..Setup::default() }).await;
    let video = video_of(150_000_000);
    let hash = sha256(&video);
    let media = world.upload(video).await;
    // Three seconds a chunk: not all four fit into one invocation.
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second: 12_500_000 }));
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;
    world.published_once(&hash);
    let invocations = world.logs().matches("a message for a target").count();
    assert!(invocations >= 2, "it took {invocations} invocations");
    assert!(!world.logs().contains("Task timed out"), "no invocation ran into its time-out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_comes_before_the_last_answer_is_believed() {
    let world = World::new().await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::WebhookFirst));
    let video = video_of(400_000);
    let media = world.upload(video.clone()).await;
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;
    world.published_once(&sha256(&video));
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::StatusFetch).len(), 0, "nobody had to ask");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_webhook_asking_is_enough() {
    let parameters = BTreeMap::from([("StatusFirstCheckSeconds".to_owned(), "1".to_owned())]);
    let world = World::with(Setup { no_webhook: true, parameters, ..Setup::default() }).await;
    let video = video_of(400_000);
    let media = world.upload(video.clone()).await;
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;
    world.published_once(&sha256(&video));
    let asked = world.tiktok.ledger().requests_to(Endpoint::StatusFetch).len();
    assert!((1..=3).contains(&asked), "asked {asked} times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_for_the_inbox_is_delivered_there_with_nothing_but_the_video() {
    let world = World::new().await;
    let media = world.upload(video_of(250_000)).await;
    let mut body = world.body(&media, "to be finished in the app");
    body["platform_data"]["tiktok"] = json!({"post_mode": "inbox"});
    let post = world.post("/v1/posts", body).await.expect(201);
    let post = world.until_post(post["id"].as_str().unwrap(), "published").await;
    assert_eq!(post["targets"][0]["metadata"]["tiktok_status"], "SEND_TO_USER_INBOX");
    let published_at = &post["targets"][0]["published_at"];
    assert!(published_at.is_string() && *published_at == post["published_at"], "it is where it was to go: {post:#}");
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.requests_to(Endpoint::InboxVideoInit).len(), 1);
    assert!(ledger.publishes[0].request.get("post_info").is_none());
}
