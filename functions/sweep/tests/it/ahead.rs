//! Targets that wait for their own time: handed over ahead of it, each to come at its second, and all tenants' alike.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use aws_stand_in::Moment;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{DeferReason, TargetState, TenantId};
use slipway_store::Epoch;
use slipway_store::posts::{Change, TargetRecord};
use sweep::Swept;
use workbench::new_tenant;

use crate::races::killed_at;
use crate::support::{Wakes, World, due, seconds};

const NONE: Swept = Swept { due: 0, requeued: 0, failed: 0 };
const ONE: Swept = Swept { due: 1, requeued: 1, failed: 0 };
/// The calls of a run over one target: all shards of the index are asked; then it is written and sent.
const WRITE: u64 = 9;
const SEND: u64 = 10;

fn scheduled(at: Timestamp) -> TargetState {
    TargetState::Scheduled { at }
}

fn deferred(until: Timestamp) -> TargetState {
    TargetState::Deferred { attempt: 0, until, why: DeferReason::Velocity }
}

/// When the messages come that were sent by a run at `now`, in the order in which they were sent.
fn come_at(world: &World, now: Timestamp) -> Vec<Timestamp> {
    world.sent().iter().map(|(_, sent)| now + SignedDuration::try_from(sent.delay).unwrap()).collect()
}

#[tokio::test]
async fn what_waits_for_its_time_is_handed_over_once_to_come_at_its_second() {
    let world = World::start().await;
    for state in [scheduled, deferred] {
        let at = due() + seconds(17);
        let target = world.waiting(state(at)).await;
        assert_eq!(world.run(at - seconds(301)).await, NONE, "too far ahead");
        let now = at - seconds(256);
        assert_eq!(world.run(now).await, ONE);
        let [(queue, sent)] = &world.sent()[..] else { panic!("one message: {:?}", world.sent()) };
        let who = json!({ "tenant": target.tenant, "post": target.post, "account": target.account });
        assert_eq!(
            (*queue, &sent.body, &sent.group),
            ("TransfersQueue", &json!({ "target": who }), &Some(target.tenant.to_string()))
        );
        // The run itself takes a moment, by which the message is delayed less.
        assert!((250..=256).contains(&sent.delay.as_secs()), "{:?}", sent.delay);
        let record = world.bench.now(&target).await;
        assert_eq!((&record.state, record.requeues), (&target.state, 0), "it can still be changed");
        assert_eq!(record.due_at, Some(Epoch::from(at + seconds(30))));
        for later in [now, at, at + seconds(29)] {
            assert_eq!(world.run(later).await, NONE, "its message is under way");
        }
        world.forget_messages();
        assert_eq!(world.run(at + seconds(30)).await, ONE, "its message was lost");
        assert_eq!(world.sent(), Wakes::Transfer.message(&target, 0));
        world.bench.write(&target, Change::to(TargetState::Cancelled, at)).await;
        world.forget_messages();
    }
}

#[tokio::test]
async fn what_is_late_begins_at_once() {
    let world = World::start().await;
    world.waiting(scheduled(due() - seconds(3_600))).await;
    assert_eq!(world.run(due()).await, ONE);
    assert_eq!(world.sent()[0].1.delay, Duration::ZERO);
}

#[tokio::test]
async fn a_post_that_has_another_time_since_it_was_read_is_left_alone() {
    let world = World::start().await;
    let at = due() + seconds(60);
    for change in
        [Change::to(scheduled(at + seconds(1)), due() - seconds(86_400)), Change::to(TargetState::Cancelled, due())]
    {
        let target = world.waiting(scheduled(at)).await;
        world.bench.write_before_next("DynamoDB.UpdateItem", 1, &target, change);
        assert_eq!((world.run(due()).await, world.sent()), (Swept { due: 1, requeued: 0, failed: 0 }, vec![]));
        let record = world.bench.now(&target).await;
        assert_eq!(record.version, target.version + 1, "what they wrote stands");
        world.bench.write(&target, Change::to(TargetState::Cancelled, at)).await;
    }
}

#[tokio::test]
async fn a_post_that_was_handed_over_is_handed_over_for_its_new_time_too() {
    let world = World::start().await;
    let target = world.waiting(scheduled(due() + seconds(60))).await;
    assert_eq!(world.run(due()).await, ONE);
    let at = due() + seconds(7_200);
    world.bench.write(&target, Change::to(scheduled(at), due())).await;
    world.forget_messages();
    assert_eq!(world.run(due() + seconds(90)).await, NONE, "it is not late for its old time");
    assert_eq!(world.run(at - seconds(60)).await, ONE);
    assert!(come_at(&world, at - seconds(60))[0] >= at - seconds(5));
}

#[tokio::test]
async fn of_sweeps_side_by_side_one_hands_over() {
    let world = World::start().await;
    world.waiting(scheduled(due() + seconds(60))).await;
    let (a, b, c) = tokio::join!(world.run(due()), world.run(due() + seconds(1)), world.run(due() + seconds(2)));
    assert_eq!((a.requeued + b.requeued + c.requeued, world.sent().len()), (1, 1));
}

#[tokio::test]
async fn a_run_killed_before_any_call_is_made_good_soon_after_its_targets_time() {
    let world = World::start().await;
    for moment in [Moment::Before, Moment::After] {
        for call in [1, WRITE, SEND] {
            let at = due() + seconds(60);
            let target = world.waiting(scheduled(at)).await;
            killed_at(&world, call, moment, due()).await;
            let is_sent = (call, moment) == (SEND, Moment::After);
            assert_eq!(world.sent().len(), usize::from(is_sent), "call {call} {moment:?}");
            let is_noted = call == SEND || (call, moment) == (WRITE, Moment::After);
            let next = world.run(due()).await;
            assert_eq!(next, if is_noted { NONE } else { ONE }, "call {call} {moment:?}");
            // Whatever became of the message.
            world.forget_messages();
            assert_eq!(world.run(at + seconds(30)).await, ONE, "call {call} {moment:?}");
            world.forget_messages();
            world.bench.write(&target, Change::to(TargetState::Cancelled, due())).await;
        }
    }
}

#[tokio::test]
async fn one_write_and_a_tenth_of_a_call_to_sqs_hand_a_target_over() {
    const MANY: usize = 120;
    let world = World::start().await;
    for _ in 0..MANY {
        world.waiting(scheduled(due())).await;
    }
    world.bench.deployment.aws().reset_counts();
    assert_eq!(world.run(due()).await, Swept { due: MANY, requeued: MANY, failed: 0 });
    let counts: HashMap<String, u64> = world.bench.deployment.aws().request_counts().into_iter().collect();
    let expected = [("DynamoDB.Query", 8), ("DynamoDB.UpdateItem", 120), ("SQS.SendMessageBatch", 12)];
    assert_eq!(counts, expected.map(|(name, count)| (name.to_owned(), count)).into());
    // All are of one account, which begins six a minute.
    let mut by_minute = HashMap::<u64, usize>::new();
    for (_, sent) in world.sent() {
        *by_minute.entry(sent.delay.as_secs().div_ceil(60)).or_default() += 1;
    }
    assert_eq!(by_minute.get(&0), Some(&6));
    assert!(by_minute.values().all(|count| *count <= 12), "{by_minute:?}");
}

#[tokio::test]
async fn one_tenants_backlog_does_not_hold_up_another_tenants_post() {
    const MANY: usize = 300;
    let world = World::start().await;
    for n in 0..MANY {
        world.waiting(scheduled(due() - seconds(3_600 - i64::try_from(n).unwrap()))).await;
    }
    let other = new_tenant();
    let late = world.waiting_of(&other, scheduled(due())).await;
    let left_behind = world.left_behind_of(&new_tenant(), due()).await;
    assert_eq!(world.sweep.run(due(), Instant::now()).await.unwrap().requeued, 0, "no time is left");
    assert_eq!(world.run(due()).await.requeued, MANY + 2);
    let groups: Vec<_> = world.sent().into_iter().map(|(_, sent)| sent.group.unwrap()).collect();
    let place = |tenant: &TenantId| groups.iter().position(|group| *group == tenant.to_string()).unwrap();
    // Ten groups of ten are under way at once, in any order.
    for target in [&late, &left_behind] {
        assert!(place(&target.tenant) < 100, "{} of {}", place(&target.tenant), groups.len());
    }
}

#[tokio::test]
async fn what_is_newest_is_found_behind_a_backlog_that_is_too_long_to_be_read() {
    let world = World::start().await;
    let mut oldest = Vec::new();
    for n in 0..60 {
        oldest.push(world.waiting(scheduled(due() - seconds(600 - n))).await);
    }
    let newest: TargetRecord = world.waiting(scheduled(due())).await;
    let found = world.bench.role.posts.beginning(due(), 5).await.unwrap();
    // Of each of the four shards the five oldest, and the newest.
    assert!(found.len() <= 24 && found.is_sorted_by_key(|found| found.at), "{}", found.len());
    assert!(found.iter().any(|found| found.post == newest.post), "the newest");
    assert!(found.iter().any(|found| found.post == oldest[0].post), "the oldest");
    let posts: BTreeSet<_> = found.iter().map(|found| found.post.to_string()).collect();
    assert_eq!(posts.len(), found.len(), "none twice");
    assert_eq!(world.bench.role.posts.beginning(due(), 100).await.unwrap().len(), 61);
}
