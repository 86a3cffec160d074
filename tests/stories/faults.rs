//! TikTok and the network go wrong in the middle of things; the video is published once all the same.

use std::collections::BTreeMap;
use std::time::Duration;

use tiktok_sim::{Action, Config, Endpoint, Fault, ProgressHeader};

use crate::support::{Setup, World, sha256, video_of};

/// Publishes a video of this size while TikTok goes wrong like this; it must arrive once, identical.
async fn published_in_spite_of(size: usize, faults: impl IntoIterator<Item = Fault>) -> World {
    let world = World::new().await;
    for fault in faults {
        world.tiktok.fault(fault);
    }
    publish_on(&world, size).await;
    world
}

async fn publish_on(world: &World, size: usize) {
    let video = video_of(size);
    let hash = sha256(&video);
    let media = world.upload(video).await;
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;
    world.published_once(&hash);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_503_on_a_chunk_is_answered_by_sending_the_same_chunk_again() {
    let fault = Fault::on(Endpoint::Upload, Action::StatusBefore { status: 503, code: None }).chunk(1).times(2);
    let world = published_in_spite_of(100_000_000, [fault]).await;
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1);
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::Upload).len(), 3 + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_was_stored_though_a_503_came_is_not_stored_twice() {
    let fault = Fault::on(Endpoint::Upload, Action::StatusAfter { status: 503, code: None }).chunk(1).times(1);
    let world = published_in_spite_of(100_000_000, [fault]).await;
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_inside_a_chunk_costs_at_most_that_chunk() {
    let fault = Fault::on(Endpoint::Upload, Action::CutInBody { after_bytes: 10_000_000 }).chunk(1).times(1);
    let world = published_in_spite_of(100_000_000, [fault]).await;
    let ledger = world.tiktok.ledger();
    let received = ledger.published()[0].bytes_received.get();
    let chunk = ledger.published()[0].plan.as_ref().unwrap().chunk_size;
    assert!(received <= 100_000_000 + chunk, "{received} bytes were sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_answer_is_lost_and_nobody_starts_again() {
    let fault = Fault::on(Endpoint::Upload, Action::CutAfter).chunk(2).times(1);
    let world = published_in_spite_of(100_000_000, [fault]).await;
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.requests_to(Endpoint::VideoInit).len(), 1, "one init");
    assert_eq!(ledger.requests_to(Endpoint::Upload).len(), 3, "the last chunk was not sent again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_told_as_the_last_index_is_understood_as_well() {
    let tiktok = Config { progress: ProgressHeader::LastIndex, ..Config::default() };
    let world = World::with(Setup { tiktok, ..Setup::default() }).await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::CutAfter).chunk(0).times(1));
    publish_on(&world, 100_000_000).await;
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_init_answer_costs_a_slot_and_not_a_second_post() {
    let fault = Fault::on(Endpoint::VideoInit, Action::CutAfter).times(1);
    let world = published_in_spite_of(300_000, [fault]).await;
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.requests_to(Endpoint::VideoInit).len(), 2);
    assert_eq!(ledger.publishes.iter().filter(|publish| publish.bytes_stored > 0).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_429_on_init_puts_the_post_off_and_says_until_when() {
    let world = World::new().await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::RateLimited).times(1));
    let video = video_of(300_000);
    let media = world.upload(video.clone()).await;
    let id = world.publish(&media).await;
    let waiting = crate::support::until(Duration::from_secs(30), async || {
        let post = world.get(&format!("/v1/posts/{id}")).await.expect(200);
        (post["targets"][0]["metadata"]["state"] == "deferred").then_some(post)
    });
    let waiting = waiting.await.expect("it waits");
    assert_eq!(waiting["status"], "publishing");
    assert!(waiting["targets"][0]["metadata"]["next_attempt_at"].is_string(), "{waiting:#}");
    world.until_post(&id, "published").await;
    world.published_once(&sha256(&video));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_dies_in_the_middle_of_a_transfer_is_renewed() {
    let parameters = BTreeMap::from([("StatusFirstCheckSeconds".to_owned(), "1".to_owned())]);
    let world = World::with(Setup { no_webhook: true, parameters, ..Setup::default() }).await;
    // It dies when the last answer is lost, so that the very next call, for the status, finds it dead.
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::ExpireAccessToken).chunk(1));
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::CutAfter).chunk(2).times(1));
    publish_on(&world, 100_000_000).await;
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::Refresh).len(), 1, "refreshed once");
    let account = world.get(&format!("/v1/accounts/{}", world.account)).await.expect(200);
    assert_eq!(account["status"], "active");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_upload_url_leads_to_a_new_upload_only_when_tiktok_says_so() {
    let world = World::new().await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::ExpireUpload).chunk(1).times(1));
    publish_on(&world, 100_000_000).await;
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.requests_to(Endpoint::VideoInit).len(), 2, "a new init after TikTok's FAILED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_comes_twice_and_out_of_order_changes_nothing() {
    let duplicate = Fault::on(Endpoint::Webhook, Action::DuplicateWebhook);
    let reorder = Fault::on(Endpoint::Webhook, Action::ReorderWebhook).times(1);
    let world = World::new().await;
    world.tiktok.fault(duplicate);
    world.tiktok.fault(reorder);
    publish_on(&world, 300_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_delivered_twice_publish_once() {
    let world = World::new().await;
    let queue = world.stack.queue("TransfersQueue").unwrap().to_owned();
    for _ in 0..3 {
        world.stack.aws().sqs().duplicate_next(&queue);
    }
    publish_on(&world, 100_000_000).await;
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1);
}
