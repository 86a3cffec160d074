//! Each net under a post holds by itself: the others are switched off.

use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::Moment;
use tiktok_sim::{Action, Config, Endpoint, Fault};

use crate::support::{Nets, Setup, World, die_at, has_died, sha256, until, video_of};

const HOUR: Duration = Duration::from_hours(1);

/// A post whose worker is killed in the middle of its only chunk: the world, the post, and its video's hash.
async fn killed_inside_a_chunk() -> (World, String, String) {
    let world = World::new().await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second: 100_000 }).times(1));
    let video = video_of(400_000);
    let media = world.upload(video.clone()).await;
    let id = world.publish(&media).await;
    world
        .until_tiktok("a part of the video is there", |ledger| {
            ledger.publishes.first().is_some_and(|publish| publish.bytes_received.get() > 0)
        })
        .await;
    world.kill(&["TransferFunction"]).await;
    (world, id, sha256(&video))
}

/// A post of which TikTok has every byte and says nothing yet.
async fn handed_to_tiktok(no_webhook: bool) -> (World, String, String) {
    let tiktok = Config { processing_delay: HOUR, ..Config::default() };
    let world = World::with(Setup { tiktok, no_webhook, ..Setup::default() }).await;
    let video = video_of(400_000);
    let media = world.upload(video.clone()).await;
    let id = world.publish(&media).await;
    let followed = until(Duration::from_secs(30), async || {
        let depth = world.stack.aws().sqs().depth(world.stack.queue("StatusChecksQueue").unwrap()).unwrap();
        (depth.delayed == 1 && world.stack.is_idle()).then_some(())
    });
    assert!(followed.await.is_some(), "nobody means to ask for the outcome:\n{}", world.story_of(&id));
    (world, id, sha256(&video))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_sweep_a_killed_workers_message_comes_back() {
    let (world, id, hash) = killed_inside_a_chunk().await;
    world.until_post_by(Nets::Redelivery, &id, "published").await;
    world.published_once(&hash);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_redelivery_the_sweep_finds_what_a_killed_worker_left() {
    let (world, id, hash) = killed_inside_a_chunk().await;
    world.lose_messages();
    world.until_post_by(Nets::Sweep, &id, "published").await;
    world.published_once(&hash);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_status_checks_the_webhook_is_enough_though_workers_die() {
    let (world, id, hash) = handed_to_tiktok(false).await;
    world.lose_messages();
    let world = Arc::new(world);
    // The first call hands the webhook over, the second one is the worker's.
    die_at(&world, &["PublishStatusFunction"], 2, Moment::Before);
    world.tiktok.advance(HOUR);
    let died =
        until(Duration::from_secs(30), async || (world.stack.aws().calls_since_crash_was_planned() >= 2).then_some(()));
    died.await.expect("the webhook comes");
    assert!(has_died(&world, 2));
    world.until_post_by(Nets::Redelivery, &id, "published").await;
    world.published_once(&hash);
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::StatusFetch).len(), 0, "nobody asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_webhook_asking_is_enough_though_who_asks_is_killed() {
    let (world, id, hash) = handed_to_tiktok(true).await;
    world.tiktok.advance(HOUR);
    let world = Arc::new(world);
    die_at(&world, &["PublishStatusFunction"], 1, Moment::After);
    world.stack.aws().sqs().advance(Duration::from_mins(1));
    let died =
        until(Duration::from_secs(30), async || (world.stack.aws().calls_since_crash_was_planned() >= 1).then_some(()));
    died.await.expect("somebody asks");
    assert!(has_died(&world, 1));
    world.until_post_by(Nets::Redelivery, &id, "published").await;
    world.published_once(&hash);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_webhook_and_status_check_the_sweep_brings_the_outcome_in() {
    let (world, id, hash) = handed_to_tiktok(true).await;
    world.lose_messages();
    world.tiktok.advance(HOUR);
    world.until_post_by(Nets::Sweep, &id, "published").await;
    world.published_once(&hash);
}
