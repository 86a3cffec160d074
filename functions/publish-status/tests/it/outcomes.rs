//! Outcomes that come late, again, before our own last write, or to an upload.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_contract::queue::TransferMessage;
use slipway_domain::{Evidence, FailReason, Failure, PublishId, TargetState};
use slipway_worker::Handled;

use crate::support::{SIZE, TRANSFERS, World, due_in, in_inbox, processing, published, reference, uploading};

const COMPLETE: &str = "post.publish.complete";
const FAILED: &str = "post.publish.failed";
const DELIVERED: &str = "post.publish.inbox_delivered";

fn failed(publish_id: &str) -> TargetState {
    let failure = Failure::PublishFailed { reason: FailReason::SpamRisk };
    TargetState::Failed { publish_id: Some(PublishId::new(publish_id)), at: Timestamp::now(), failure }
}

#[tokio::test]
async fn a_late_or_repeated_outcome_changes_nothing() {
    let world = World::start().await;
    let now = Timestamp::now();
    for (number, (state, events)) in [
        (published("0", now, &["1"]), &[COMPLETE, FAILED, DELIVERED][..]),
        (published("1", now, &[]), &[COMPLETE, FAILED, DELIVERED][..]),
        (failed("2"), &[FAILED, DELIVERED][..]),
        (in_inbox("3", now), &[DELIVERED][..]),
    ]
    .into_iter()
    .enumerate()
    {
        let target = world.target(state).await;
        for event in events {
            let outcome = world.told(event, &number.to_string(), json!({"reason": "internal"})).await;
            assert_eq!(outcome, Handled::Done, "{event}");
            world.assert_untouched(&target, event).await;
        }
    }
    assert!(world.bench.sent(TRANSFERS).is_empty());
}

#[tokio::test]
async fn what_tiktok_says_is_there_has_not_failed_whoever_said_so() {
    let world = World::start().await;
    let (target, now) = (world.target(failed("0")).await, Timestamp::now());
    // Tried again it would be there twice.
    assert_eq!(world.told_at(COMPLETE, "0", json!({}), now).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, published("0", now, &[]));
}

#[tokio::test]
async fn the_same_outcome_twice_is_written_once() {
    let world = World::start().await;
    for (event, publish_id) in [(COMPLETE, "0"), (DELIVERED, "1"), (FAILED, "2")] {
        let target = world.target(processing(publish_id)).await;
        world.told(event, publish_id, json!({"reason": "spam_risk"})).await;
        let once = world.now(&target).await;
        assert_eq!(once.version, target.version + 1, "{event}");
        world.told(event, publish_id, json!({"reason": "spam_risk"})).await;
        world.assert_untouched(&once, event).await;
    }
}

#[tokio::test]
async fn an_outcome_that_overtakes_our_own_last_write_is_believed() {
    let world = World::start().await;
    for (number, sent) in [0, SIZE / 2, SIZE].into_iter().enumerate() {
        let target = world.target(uploading(&number.to_string(), 1, sent)).await;
        let now = Timestamp::now();
        world.told_at(COMPLETE, &number.to_string(), json!({}), now).await;
        assert_eq!(world.now(&target).await.state, published(&number.to_string(), now, &[]), "{sent}");
    }
}

#[tokio::test]
async fn a_late_outcome_settles_what_was_unconfirmed() {
    let world = World::start().await;
    for (event, publish_id, name) in
        [(COMPLETE, "0", "published"), (DELIVERED, "1", "in_inbox"), (FAILED, "2", "failed")]
    {
        let evidence = Evidence { sent: SIZE, last_status: None };
        let publish = PublishId::new(publish_id);
        let state = TargetState::Unconfirmed { publish_id: Some(publish), at: Timestamp::now(), evidence };
        let target = world.target(state).await;
        world.told(event, publish_id, json!({})).await;
        assert_eq!(world.now(&target).await.state.name().as_str(), name, "{event}");
    }
}

#[tokio::test]
async fn an_upload_that_tiktok_lost_starts_again_at_once() {
    let world = World::start().await;
    let target = world.target(uploading("p", 2, SIZE / 2)).await;
    assert_eq!(world.told(FAILED, "p", json!({"reason": "internal"})).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, TargetState::Queued { attempt: 2 });
    let sent = world.bench.sent(TRANSFERS);
    assert_eq!(sent.len(), 1);
    let message: TransferMessage = serde_json::from_value(sent[0].body.clone()).unwrap();
    assert_eq!((message.target, sent[0].delay), (reference(&target), Duration::ZERO));
    assert_eq!(sent[0].group.as_deref(), Some(target.tenant.as_str()));
}

#[tokio::test]
async fn an_upload_starts_again_only_where_that_can_help() {
    let world = World::start().await;
    for (number, (attempt, sent, reason)) in
        [(u32::MAX, 0, "internal"), (1, SIZE, "internal"), (1, 0, "spam_risk")].into_iter().enumerate()
    {
        let target = world.target(uploading(&number.to_string(), attempt, sent)).await;
        world.told(FAILED, &number.to_string(), json!({"reason": reason})).await;
        let state = world.now(&target).await.state;
        assert!(
            matches!(&state, TargetState::Failed { failure: Failure::PublishFailed { reason: r }, .. } if r.as_str() == reason),
            "{state:?}"
        );
    }
    assert!(world.bench.sent(TRANSFERS).is_empty());
}

#[tokio::test]
async fn a_restart_whose_message_can_not_be_sent_is_left_to_the_sweep() {
    let world = World::start().await;
    let target = world.target(uploading("p", 1, 0)).await;
    world.bench.deployment.aws().fail_next("SQS.SendMessage", 3, 500);
    let now = Timestamp::now();
    let outcome = world.told_at(FAILED, "p", json!({"reason": "internal"}), now).await;
    assert!(matches!(outcome, Handled::Again(_)), "{outcome:?}");
    let after = world.now(&target).await;
    assert_eq!((after.state.name().as_str(), due_in(&after, now)), ("queued", Some(SignedDuration::from_secs(30))));
}
