//! When TikTok is asked next, and when no more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_contract::queue::StatusCheckMessage;
use slipway_domain::{TargetState, VideoSettings};
use slipway_store::posts::{Change, TargetRecord};
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::private_video;

use crate::support::{CHECKS, SIZE, World, draft, due_in, in_inbox, processing, public_video, published, reference};

const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn each_look_is_twice_as_far_away_as_the_one_before_with_the_sweep_behind() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PROCESSING_UPLOAD"})).await;
    for (size, look, next, pause) in [
        (SIZE, 0, 1, 60),
        (SIZE, 1, 2, 120),
        (SIZE, 3, 4, 480),
        (SIZE, 4, 5, 900),
        (SIZE, 1000, 1001, 900),
        (SIZE, u32::MAX, u32::MAX, 900),
        (600 * MIB, 0, 1, 120),
        (2048 * MIB, 0, 1, 240),
        (2048 * MIB, 1, 2, 480),
    ] {
        let media = world.bench.absent_video(size);
        let target = world.bench.target(&world.account, &media, processing("p")).await;
        let now = Timestamp::now();
        assert_eq!(world.look_at(&target, look, now).await, Handled::Done);
        let sent = world.bench.sent(CHECKS);
        assert_eq!(sent.len(), 1, "look {look}");
        let message: StatusCheckMessage = serde_json::from_value(sent[0].body.clone()).unwrap();
        assert_eq!(message, StatusCheckMessage { target: reference(&target), look: next });
        assert_eq!(sent[0].group.as_deref(), Some(target.tenant.as_str()));
        let latest = (pause + pause / 10 + 1).min(900);
        assert!((pause..=latest).contains(&sent[0].delay.as_secs()), "look {look} of {size} bytes: {sent:?}");
        let net = SignedDuration::from_secs(i64::try_from(2 * pause + 60).unwrap());
        assert_eq!(due_in(&world.now(&target).await, now), Some(net), "look {look} of {size} bytes");
        world.bench.deployment.aws().sqs().purge(world.queue_name(CHECKS)).unwrap();
    }
}

#[tokio::test]
async fn the_pauses_begin_with_what_the_deployment_sets() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PROCESSING_UPLOAD"})).await;
    world.status.first_check = Duration::from_secs(5);
    world.look(&world.processing().await).await;
    let delay = world.bench.sent(CHECKS)[0].delay.as_secs();
    assert!((10..=12).contains(&delay), "{delay}");
}

#[tokio::test]
async fn a_look_does_not_forget_how_often_the_sweep_came() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PROCESSING_UPLOAD"})).await;
    let target = world.processing().await;
    let mut wake = Change::to(target.state.clone(), Timestamp::now());
    wake.requeues = 3;
    world.bench.write(&target, wake).await;
    assert_eq!(world.look(&target).await, Handled::Done);
    assert_eq!(world.now(&target).await.requeues, 3, "it is to come ever less often");
}

/// How long after it has sent a look the sweep comes again, unless the look puts it off.
const SWEEP: SignedDuration = SignedDuration::from_mins(16);

/// The sweep finds the target due and sends a look. Answers the target as it is after that.
async fn swept(world: &World, target: &TargetRecord, now: Timestamp) -> TargetRecord {
    let look = world.now(target).await.requeues;
    let mut wake = Change::to(target.state.clone(), now).due(now + SWEEP);
    wake.requeues = look + 1;
    world.bench.write(target, wake).await;
    assert_eq!(world.look_at(target, look, now).await, Handled::Done);
    world.now(target).await
}

/// Lets the sweep send looks from `start` on, until nothing is due any more. Answers how long after `start` each was.
async fn slow_looks(
    world: &World,
    state: TargetState,
    settings: VideoSettings,
    start: Timestamp,
) -> Vec<SignedDuration> {
    let target = world.target_with(state, settings).await;
    let (mut now, mut looks) = (start, Vec::new());
    loop {
        let after = swept(world, &target, now).await;
        assert_eq!(after.state, target.state);
        looks.push(now.duration_since(start));
        let Some(due) = after.due_at else { return looks };
        now = due.moment().unwrap();
        assert!(looks.len() < 100, "no end: {looks:?}");
    }
}

#[tokio::test]
async fn the_slow_looks_for_a_public_id_end_within_two_days() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PUBLISH_COMPLETE"})).await;
    let start = Timestamp::now();
    let looks = slow_looks(&world, published("p", start, &[]), public_video(), start).await;
    assert!((8..=20).contains(&looks.len()), "{looks:?}");
    assert!(*looks.last().unwrap() > SignedDuration::from_hours(40), "{looks:?}");
    assert!(*looks.last().unwrap() < SignedDuration::from_hours(48), "{looks:?}");
    assert!(world.bench.sent(CHECKS).is_empty(), "the sweep sends them");
}

#[tokio::test]
async fn the_slow_looks_at_a_draft_end_within_a_week() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "SEND_TO_USER_INBOX"})).await;
    let start = Timestamp::now();
    let looks = slow_looks(&world, in_inbox("p", start), draft(), start).await;
    assert!((20..=40).contains(&looks.len()), "{looks:?}");
    assert!(*looks.last().unwrap() > SignedDuration::from_hours(6 * 24), "{looks:?}");
    assert!(*looks.last().unwrap() < SignedDuration::from_hours(7 * 24), "{looks:?}");
    assert!(world.bench.sent(CHECKS).is_empty(), "the sweep sends them");
}

#[tokio::test]
async fn nobody_asks_when_the_time_for_slow_looks_is_over() {
    let world = World::start().await;
    let now = Timestamp::now();
    let before = |hours| now - SignedDuration::from_hours(hours);
    for (state, settings) in
        [(published("p", before(48), &[]), public_video()), (in_inbox("p", before(7 * 24)), draft())]
    {
        let target = world.target_with(state, settings).await;
        let after = swept(&world, &target, now).await;
        assert_eq!((&after.state, after.due_at), (&target.state, None), "the sweep does not come again");
    }
    assert!(world.asked() == 0 && world.bench.sent(CHECKS).is_empty());
}

#[tokio::test]
async fn a_post_that_only_its_creator_sees_is_not_waited_for() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PUBLISH_COMPLETE"})).await;
    let target = world.target_with(published("p", Timestamp::now(), &[]), private_video()).await;
    assert_eq!(world.look(&target).await, Handled::Done);
    assert_eq!(world.now(&target).await.due_at, None);
    assert!(world.bench.sent(CHECKS).is_empty());
}

#[tokio::test]
async fn a_slow_look_that_tiktok_refuses_is_left_for_the_next_one() {
    let world = World::start().await;
    for action in [Action::RateLimited, Action::StatusBefore { status: 500, code: None }, Action::CutBefore] {
        world.bench.tiktok.clear_faults();
        world.bench.tiktok.fault(Fault::on(Endpoint::StatusFetch, action.clone()));
        let now = Timestamp::now();
        let target = world.target_with(published("p", now, &[]), public_video()).await;
        assert_eq!(world.look_at(&target, 2, now).await, Handled::Done, "{action:?}");
        let after = world.now(&target).await;
        assert_eq!((&after.state, after.requeues), (&target.state, 3), "{action:?}");
        assert_eq!(due_in(&after, now), Some(SignedDuration::from_mins(16)), "{action:?}");
    }
    assert!(world.bench.sent(CHECKS).is_empty());
}

#[tokio::test]
async fn an_outcome_that_came_by_asking_begins_the_slow_looks_at_the_first() {
    for (status, settings, pause) in [("PUBLISH_COMPLETE", public_video(), 2), ("SEND_TO_USER_INBOX", draft(), 60)] {
        let mut world = World::start().await;
        world.tiktok_says(json!({"status": status})).await;
        let now = Timestamp::now();
        let target = world.target_with(processing("p"), settings).await;
        // However late the outcome was.
        assert_eq!(world.look_at(&target, 7, now).await, Handled::Done);
        let after = world.now(&target).await;
        assert_eq!((after.requeues, due_in(&after, now)), (0, Some(SignedDuration::from_mins(pause))), "{status}");
        let due = after.due_at.unwrap().moment().unwrap();
        let next = swept(&world, &after, due).await;
        assert_eq!((next.requeues, due_in(&next, due)), (1, Some(SignedDuration::from_mins(2 * pause))), "{status}");
    }
}

#[tokio::test]
async fn a_look_from_before_the_outcome_does_not_put_off_the_slow_ones() {
    let world = World::start().await;
    let now = Timestamp::now();
    let target = world.target_with(processing("p"), public_video()).await;
    world.told_at("post.publish.complete", "p", json!({}), now).await;
    let settled = world.now(&target).await;
    assert_eq!(due_in(&settled, now), Some(SignedDuration::from_mins(2)));
    // It was sent before the webhook came.
    assert_eq!(world.look_at(&settled, 5, now).await, Handled::Done);
    world.assert_untouched(&settled, "the sweep's time stands").await;
    assert_eq!(world.asked(), 0);
}
