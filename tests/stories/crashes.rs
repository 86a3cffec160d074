//! Never twice, never lost: every worker is killed at every step, and the post ends exactly once on TikTok.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use tiktok_sim::{Action, Endpoint, Fault};

use crate::support::{Setup, World, sha256, until, video_of};

const FUNCTIONS: [&str; 5] =
    ["PostsFunction", "TransferFunction", "PublishStatusFunction", "TikTokWebhookFunction", "SweepFunction"];

/// A world in which a killed worker counts as dead after two seconds.
async fn world() -> Arc<World> {
    let parameters = BTreeMap::from([("TransferLeaseSeconds".to_owned(), "2".to_owned())]);
    Arc::new(World::with(Setup { parameters, ..Setup::default() }).await)
}

/// Kills every process of every worker, as when a whole machine dies.
async fn kill_everything(world: &World) {
    for function in FUNCTIONS {
        world.stack.kill(function).await.expect("the stack lives");
    }
}

/// What an operator's clock would do in minutes: hidden messages come back, and the sweep runs.
async fn until_published(world: &World, id: &str) -> serde_json::Value {
    let mut looks = 0_u32;
    let published = until(Duration::from_mins(2), async || {
        looks += 1;
        if looks.is_multiple_of(40) {
            world.stack.aws().sqs().advance(Duration::from_secs(301));
            let _ = world.stack.run_schedule("SweepFunction").await;
        }
        let post = world.get(&format!("/v1/posts/{id}")).await;
        (post.status == 200 && post.body["status"] == "published").then_some(post.body)
    });
    published.await.unwrap_or_else(|| panic!("the post is lost:\n{}", world.logs()))
}

/// Sends the post as the SDK does: the same body again after a failure.
async fn post_as_a_client_does(world: &World, media: &str) -> String {
    let body = world.body(media, "Killed at every step");
    let made = until(Duration::from_secs(30), async || {
        let answer = world.post("/v1/posts", body.clone()).await;
        (answer.status == 201).then(|| answer.body["id"].as_str().unwrap().to_owned())
    });
    made.await.unwrap_or_else(|| panic!("the post is never accepted:\n{}", world.logs()))
}

/// One life of a post, with a crash at AWS call number `call`. Answers whether there was such a call.
async fn lives_through_a_crash_at(call: u64, moment: Moment) -> bool {
    let world = world().await;
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    let dying = Arc::downgrade(&world);
    let crash = move || -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        let dying = dying.clone();
        Box::pin(async move {
            if let Some(world) = dying.upgrade() {
                kill_everything(&world).await;
            }
        })
    };
    world.stack.aws().crash_at(call, moment, Arc::new(crash));
    let id = post_as_a_client_does(&world, &media).await;
    until_published(&world, &id).await;
    world.published_once(&sha256(&video));
    world.stack.aws().calls_since_crash_was_planned() >= call
}

/// How many worlds die at the same time.
const AT_ONCE: u64 = 4;

async fn killed_at_every_call(moment: Moment) {
    let mut first = 1;
    loop {
        let batch = (first..first + AT_ONCE).map(|call| lives_through_a_crash_at(call, moment));
        let lived = futures_util::future::join_all(batch).await;
        let reached = lived.into_iter().filter(|reached| *reached).count();
        first += AT_ONCE;
        // A whole life without the crash: every step has been the last one once. Reading the post counts as calls,
        // too, so that a life has no end by itself; forty calls are twice what a post needs.
        if reached == 0 || first > 40 {
            println!("killed {moment:?} each of {} AWS calls", first - 1);
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_right_before_any_call_to_aws_neither_loses_nor_repeats_the_post() {
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
    kill_everything(&world).await;
    until_published(&world, &id).await;
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
    kill_everything(&world).await;
    until_published(&world, &id).await;
    world.published_once(&hash);
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.requests_to(Endpoint::VideoInit).len(), 1, "the upload was resumed, not begun anew");
    let plan = ledger.published()[0].plan.unwrap();
    let received = ledger.published()[0].bytes_received.get();
    assert!(received <= 100_000_000 + plan.chunk_size, "{received} bytes were sent");
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
    kill_everything(&world).await;
    until_published(&world, &id).await;
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
