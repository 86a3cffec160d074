//! What can happen between two calls of the sweep: somebody else writes the target, or the sweep is killed.

use std::pin::Pin;
use std::sync::Arc;

use aws_stand_in::Moment;
use jiff::{SignedDuration, Timestamp};
use slipway_domain::TargetState;
use slipway_store::Epoch;
use slipway_store::posts::Change;
use sweep::Swept;
use tokio::sync::Notify;

use crate::support::{Row, Wakes, World, due, rows, seconds};

/// The calls of a run: all shards of the index are asked; then the target is read, written and sent.
const READ: u64 = 9;
const WRITE: u64 = 10;
const SEND: u64 = 11;

#[tokio::test]
async fn a_target_that_was_put_off_since_the_index_was_read_is_left_alone() {
    let world = World::start().await;
    let target = world.due_in(TargetState::Queued { attempt: 0 }).await;
    let later = Change::to(target.state.clone(), due()).due(due() + seconds(1));
    world.bench.write_before_next("DynamoDB.GetItem", 1, &target, later);
    let swept = world.run(due()).await;
    assert_eq!((swept, world.sent()), (Swept { due: 1, requeued: 0, failed: 0 }, vec![]));
    let record = world.bench.now(&target).await;
    assert_eq!((record.version, record.due_at), (target.version + 1, Some(Epoch::from(due() + seconds(1)))));
}

#[tokio::test]
async fn a_target_that_left_the_index_since_it_was_read_is_left_alone() {
    let world = World::start().await;
    let target = world.due_in(TargetState::Queued { attempt: 0 }).await;
    world.bench.write_before_next("DynamoDB.GetItem", 1, &target, Change::to(TargetState::Cancelled, due()));
    let swept = world.run(due()).await;
    assert_eq!((swept, world.sent()), (Swept { due: 1, requeued: 0, failed: 0 }, vec![]));
    assert_eq!(world.bench.now(&target).await.version, target.version + 1);
}

#[tokio::test]
async fn of_two_sweeps_that_read_the_same_target_one_sends() {
    let world = World::start().await;
    let target = world.due_in(TargetState::Initialising { attempt: 1 }).await;
    // The other one, or a worker that is not dead at all.
    let theirs = Change::to(target.state.clone(), due()).held_until(due() + seconds(30));
    world.bench.write_before_next("DynamoDB.UpdateItem", 1, &target, theirs);
    let swept = world.run(due()).await;
    assert_eq!((swept, world.sent()), (Swept { due: 1, requeued: 0, failed: 0 }, vec![]));
    let record = world.bench.now(&target).await;
    assert_eq!((record.version, record.requeues), (target.version + 1, 0), "what they wrote stands");
    assert_eq!(record.claimed_until, Some(due() + seconds(30)));
}

#[tokio::test]
async fn of_sweeps_side_by_side_one_sends() {
    let world = World::start().await;
    world.due_in(TargetState::Queued { attempt: 0 }).await;
    let at = |nanos| due() + SignedDuration::from_nanos(nanos);
    let (a, b, c) = tokio::join!(world.run(at(0)), world.run(at(1)), world.run(at(2)));
    assert_eq!(a.requeued + b.requeued + c.requeued, 1);
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test]
async fn a_run_killed_before_any_of_its_calls_is_made_good_by_later_runs() {
    let world = World::start().await;
    for Row { state, wakes, .. } in rows().into_iter().filter(|row| row.wakes != Wakes::Nobody) {
        let name = state.name().as_str();
        for call in [1, READ, WRITE, SEND] {
            let target = world.due_in(state.clone()).await;
            killed_at(&world, call, Moment::Before, due()).await;
            assert_eq!(world.sent(), [], "{name} killed at call {call}");
            // Once its time is written, that time is the net.
            let written = call == SEND;
            let at_once = if written { vec![] } else { wakes.message(&target, 0) };
            world.run(due()).await;
            assert_eq!(world.sent(), at_once, "{name} killed at call {call}, at once");
            world.forget_messages();
            world.run(due() + seconds(60)).await;
            assert_eq!(world.sent(), wakes.message(&target, 1), "{name} killed at call {call}, next time");
            world.forget_messages();
            world.bench.write(&target, Change::to(TargetState::Cancelled, due())).await;
        }
    }
}

/// A run that is killed while it makes this call.
pub(crate) async fn killed_at(world: &World, call: u64, moment: Moment, now: Timestamp) {
    let killed = Arc::new(Notify::new());
    let kill = Arc::clone(&killed);
    let crash = Arc::new(move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
        kill.notify_one();
        Box::pin(async {})
    });
    world.bench.deployment.aws().crash_at(call, moment, crash);
    tokio::select! {
        biased;
        () = killed.notified() => {}
        swept = world.run(now) => panic!("the run was not killed: {swept:?}"),
    }
}
