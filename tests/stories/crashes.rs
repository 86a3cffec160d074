//! Never twice, never lost: every worker is killed at every step, and the post ends exactly once on TikTok.

use std::time::Duration;

use aws_stand_in::Moment;
use futures_util::future::join_all;
use serde_json::Value;
use tiktok_sim::{Action, Endpoint, Fault};

use crate::support::{Nets, Setup, Victim, World, die_at_every_call, sha256, until, video_of};

const FUNCTIONS: [&str; 5] =
    ["PostsFunction", "TransferFunction", "PublishStatusFunction", "TikTokWebhookFunction", "SweepFunction"];

/// How many worlds die at the same time.
const AT_ONCE: usize = 2;

/// A world in which a creator may post more often than TikTok allows.
async fn world() -> World {
    World::with(Setup::of_many_posts()).await
}

/// What happened is told in the transaction that makes it so: no event is lost with a worker, and none comes without its
/// transition.
async fn told_once(world: &World, post: &Value) {
    let told = world.told(post["id"].as_str().unwrap()).await;
    assert_eq!(told, ["published", "upload_completed"], "{post:#}");
}

async fn killed_at_every_call(moment: Moment) {
    let worlds = join_all((0..AT_ONCE).map(|_| world())).await;
    let victim = async |world: &World, call| {
        let video = video_of(200_000 + usize::try_from(call).unwrap());
        let media = world.upload(video.clone()).await;
        Victim { body: world.body(&media, &format!("Killed at call {call}")), sha256: sha256(&video) }
    };
    let deaths = die_at_every_call(worlds, &FUNCTIONS, moment, victim, told_once).await;
    assert!(deaths >= 20, "only {deaths} deaths");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_before_any_call_to_aws_neither_loses_nor_repeats_the_post() {
    killed_at_every_call(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_after_any_call_to_aws_neither_loses_nor_repeats_the_post() {
    killed_at_every_call(Moment::After).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_while_init_is_on_its_way_does_not_post_twice() {
    let world = world().await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::Delay { millis: 3000 }).times(1));
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    let id = world.publish(&media).await;
    initialising(&world, &id).await;
    world.kill(&FUNCTIONS).await;
    world.until_post_by(Nets::All, &id, "published").await;
    world.published_once(&sha256(&video));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_inside_a_chunk_sends_at_most_one_chunk_again() {
    let world = world().await;
    let video = video_of(100_000_000);
    let hash = sha256(&video);
    let media = world.upload(video).await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second: 25_000_000 }).times(3));
    let id = world.publish(&media).await;
    world
        .until_tiktok("one chunk is there and the next one on its way", |ledger| {
            ledger.publishes.first().is_some_and(|publish| publish.chunks.len() == 1)
        })
        .await;
    world.kill(&FUNCTIONS).await;
    world.until_post_by(Nets::All, &id, "published").await;
    world.published_once(&hash);
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.requests_to(Endpoint::VideoInit).len(), 1, "the upload was resumed, not begun again");
    let plan = ledger.published()[0].plan.unwrap();
    let received = ledger.published()[0].bytes_received.get();
    // One worker died, so one chunk was begun twice, whatever of it the dead one's socket still delivered. The claim is
    // the ordinary one: with a claim time of two seconds, a living worker that the machine stops for as long loses its
    // upload to another one, and that costs up to a chunk, too.
    let requests = ledger.requests_to(Endpoint::Upload).len();
    assert!(requests <= 3 + 1, "{requests} chunks were begun, {received} bytes sent\n{}", world.story_of(&id));
    assert!(received <= 100_000_000 + plan.chunk_size, "{received} bytes were sent\n{}", world.story_of(&id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_after_the_last_chunk_does_not_post_twice() {
    let world = world().await;
    let video = video_of(100_000_000);
    let hash = sha256(&video);
    let media = world.upload(video).await;
    // TikTok has every byte, and keeps its answer back until the worker is dead.
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::CutAfter).chunk(2).times(1));
    world.tiktok.fault(Fault::on(Endpoint::StatusFetch, Action::Delay { millis: 5000 }).times(1));
    world.tiktok.fault(Fault::on(Endpoint::Webhook, Action::WithholdWebhook));
    let id = world.publish(&media).await;
    world
        .until_tiktok("every byte is there", |ledger| {
            ledger.publishes.first().is_some_and(|publish| publish.chunks.len() == 3)
        })
        .await;
    world.kill(&FUNCTIONS).await;
    world.until_post_by(Nets::All, &id, "published").await;
    world.published_once(&hash);
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1, "init was not called again");
}

async fn initialising(world: &World, id: &str) {
    let reached = until(Duration::from_secs(30), async || {
        let post = world.get(&format!("/v1/posts/{id}")).await.expect(200);
        (post["targets"][0]["metadata"]["state"] == "initialising").then_some(())
    });
    reached.await.expect("init is being called");
}
