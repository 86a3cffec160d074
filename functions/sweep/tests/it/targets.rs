//! Targets whose time has come, in every state.

use std::sync::Arc;
use std::time::Instant;

use aws_stand_in::{AwsStandIn, Meanwhile};
use jiff::SignedDuration;
use serde_json::json;
use slipway_domain::TargetState;
use slipway_store::Epoch;
use slipway_store::posts::{Change, due_at};
use sweep::Swept;
use tokio::sync::Notify;
use workbench::until;

use crate::support::{Row, Wakes, World, due, rows, seconds};

const NONE_DUE: Swept = Swept { due: 0, requeued: 0, failed: 0 };
const REQUEUED: Swept = Swept { due: 1, requeued: 1, failed: 0 };

#[test]
fn every_state_that_must_not_last_has_its_time() {
    for Row { state, due_at: expected, .. } in rows() {
        assert_eq!(due_at(&state, due()), expected, "{}", state.name());
        // A draft waits for its caller, and what is in the inbox for its creator.
        let may_last = state.is_final() || matches!(state, TargetState::Draft | TargetState::InInbox { .. });
        assert_eq!(expected.is_none(), may_last, "{}", state.name());
    }
}

#[tokio::test]
async fn every_state_is_set_going_by_the_right_queue_and_ever_less_often() {
    let world = World::start().await;
    for Row { state, wakes, .. } in rows().into_iter().filter(|row| row.wakes != Wakes::Nobody) {
        let name = state.name().as_str();
        let target = world.due_in(state.clone()).await;
        assert_eq!((world.run(due() - seconds(1)).await, world.sent()), (NONE_DUE, vec![]), "{name} before its time");
        let mut now = due();
        for (n, pause) in [60, 120, 240, 480, 960, 960].into_iter().enumerate() {
            let n = u32::try_from(n).unwrap();
            assert_eq!(world.run(now).await, REQUEUED, "{name} for the {n}th time");
            assert_eq!(world.sent(), wakes.message(&target, n), "{name} for the {n}th time");
            let record = world.bench.now(&target).await;
            assert_eq!(record.state, state, "whether it begins is its worker's to say");
            assert_eq!(record.due_at, Some(Epoch::from(now + seconds(pause))), "{name} for the {n}th time");
            assert_eq!((record.requeues, record.claimed_until), (n + 1, None), "{name}");
            // Again at once, and just before it is time again: nothing is sent.
            for early in [now, now + seconds(pause - 1)] {
                assert_eq!(world.run(early).await, NONE_DUE, "{name} for the {n}th time");
            }
            assert_eq!(world.sent().len(), 1, "{name} for the {n}th time");
            world.forget_messages();
            now += seconds(pause);
        }
        world.bench.write(&target, Change::to(TargetState::Cancelled, now)).await;
    }
}

#[tokio::test]
async fn a_state_of_which_nothing_is_expected_leaves_the_index() {
    let world = World::start().await;
    for Row { state, .. } in rows().into_iter().filter(|row| row.wakes == Wakes::Nobody) {
        let target = world.due_in(state.clone()).await;
        assert_eq!(world.run(due()).await, Swept { due: 1, requeued: 0, failed: 0 }, "{}", state.name());
        let record = world.bench.now(&target).await;
        assert_eq!((record.state.name(), record.due_at, record.requeues), (state.name(), None, 0));
        assert_eq!(world.run(due() + SignedDuration::from_hours(48)).await, NONE_DUE, "{}", state.name());
        assert_eq!(world.sent(), [], "{}", state.name());
    }
}

#[tokio::test]
async fn a_target_that_comes_into_the_index_by_a_change_is_swept() {
    let world = World::start().await;
    let target = world.due_in(TargetState::Queued { attempt: 0 }).await;
    let before = due() - seconds(60);
    world.bench.write(&target, Change::to(TargetState::Draft, before)).await;
    assert_eq!(world.run(due()).await, NONE_DUE, "a draft is nobody's to set going");
    world.bench.write(&target, Change::to(TargetState::Queued { attempt: 0 }, before).due(due())).await;
    assert_eq!(world.run(due()).await, REQUEUED);
    assert_eq!(world.sent(), Wakes::Transfer.message(&target, 0));
}

#[tokio::test]
async fn one_run_sets_everything_going_and_one_without_time_leaves_it_all() {
    const MANY: usize = 40;
    let world = World::start().await;
    for _ in 0..MANY {
        world.due_in(TargetState::Queued { attempt: 0 }).await;
    }
    let out_of_time = world.sweep.run(due(), Instant::now()).await.unwrap();
    assert_eq!((out_of_time, world.sent().len()), (Swept { due: MANY, requeued: 0, failed: 0 }, 0));
    // Faults of all four calls, as often as the SDK repeats them, hold the targets up for one run.
    world.bench.deployment.aws().fail_next("SQS.SendMessageBatch", 12, 503);
    assert_eq!(world.run(due()).await, Swept { due: MANY, requeued: 0, failed: MANY });
    assert_eq!(world.sent().len(), 0);
    assert_eq!(world.run(due() + seconds(59)).await, NONE_DUE);
    world.forget_messages();
    assert_eq!(world.run(due() + seconds(60)).await, Swept { due: MANY, requeued: MANY, failed: 0 });
    assert_eq!(world.sent().len(), MANY);
}

#[tokio::test]
async fn a_message_that_sqs_refuses_stays_due_and_the_rest_of_its_call_is_sent() {
    let mut world = World::start().await;
    let mut targets = Vec::new();
    for _ in 0..3 {
        targets.push(world.due_in(TargetState::Queued { attempt: 0 }).await);
    }
    let sent = |id: &str| json!({"Id": id, "MessageId": id, "MD5OfMessageBody": "0"});
    let refused = json!({"Id": "1", "Code": "InternalError", "SenderFault": false});
    let answer = json!({"Successful": [sent("0"), sent("2")], "Failed": [refused]});
    let transfers = std::mem::replace(&mut world.sweep.transfers, world.bench.queue_answering(&answer).await);
    assert_eq!(world.run(due()).await, Swept { due: 3, requeued: 2, failed: 1 });
    for target in &targets {
        assert_eq!(world.bench.now(target).await.due_at, Some(Epoch::from(due() + seconds(60))));
    }
    world.sweep.transfers = transfers;
    assert_eq!(world.run(due() + seconds(60)).await, Swept { due: 3, requeued: 3, failed: 0 });
    assert_eq!(world.sent().len(), 3);
}

#[tokio::test]
async fn a_slow_target_holds_up_its_own_ten_and_ten_cost_one_call_to_a_queue() {
    const MANY: u64 = 60;
    let world = World::start().await;
    for _ in 0..MANY {
        world.due_in(TargetState::Queued { attempt: 0 }).await;
    }
    let aws = world.bench.deployment.aws();
    aws.reset_counts();
    // The first read is held up until all other targets are written.
    let go_on = Arc::new(Notify::new());
    let released = Arc::clone(&go_on);
    let pause: Meanwhile = Arc::new(move || {
        let released = Arc::clone(&released);
        Box::pin(async move { released.notified().await })
    });
    aws.before_next("DynamoDB.GetItem", 1, pause);
    let watch = async {
        until("all others are written", async || calls(aws, "DynamoDB.UpdateItem") == MANY - 1).await;
        let sent = calls(aws, "SQS.SendMessageBatch");
        go_on.notify_one();
        sent
    };
    let (swept, sent) = tokio::join!(world.run(due()), watch);
    assert_eq!(swept.requeued, usize::try_from(MANY).unwrap());
    assert!(sent < MANY / 10, "the group of the one that is held up is not sent");
    let made = ["DynamoDB.Query", "DynamoDB.GetItem", "DynamoDB.UpdateItem", "SQS.SendMessageBatch", "SQS.SendMessage"];
    assert_eq!(made.map(|call| calls(aws, call)), [8, MANY, MANY, MANY / 10, 0]);
}

/// How often this operation was called.
fn calls(aws: &AwsStandIn, operation: &str) -> u64 {
    aws.request_counts().get(operation).copied().unwrap_or(0)
}
