//! Messages for targets that are not the worker's: late, early or repeated ones.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{DeferReason, Evidence, Failure, PostId, PublishId, TargetState};
use slipway_store::posts::{Change, TargetRecord};
use slipway_worker::Handled;
use tiktok_sim::Endpoint;
use uuid::Uuid;
use workbench::sha256;

use crate::support::World;

#[tokio::test]
async fn a_target_that_is_not_to_be_sent_now_is_left_as_it_is() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    let at = Timestamp::now();
    let later = at + SignedDuration::from_hours(1);
    let publish_id = PublishId::new("v_pub_file~1");
    for state in [
        TargetState::Draft,
        TargetState::Scheduled { at: later },
        TargetState::Deferred { attempt: 1, until: later, why: DeferReason::CreatorCap },
        TargetState::Processing { publish_id: publish_id.clone(), since: at, pull: None },
        TargetState::InInbox { publish_id: publish_id.clone(), since: at },
        TargetState::Published { publish_id: Some(publish_id.clone()), at, post_ids: Vec::new() },
        TargetState::Failed { publish_id: None, at, failure: Failure::GaveUp },
        TargetState::Unconfirmed {
            publish_id: Some(publish_id),
            at,
            evidence: Evidence { sent: 1, last_status: None },
        },
        TargetState::Cancelled,
    ] {
        let before = world.write(&target, Change::to(state, at)).await;
        let asked = world.messages("StatusChecksQueue").len();
        assert_eq!(world.step(&target).await, Handled::Done, "{:?}", before.state);
        assert_eq!(world.now(&target).await, before);
        let asked = world.messages("StatusChecksQueue").len() - asked;
        let processing = matches!(before.state, TargetState::Processing { .. });
        assert_eq!(asked, usize::from(processing), "its worker may have died before it could: {:?}", before.state);
    }
    assert_eq!((world.calls(Endpoint::VideoInit), world.calls(Endpoint::StatusFetch)), (0, 0));
}

#[tokio::test]
async fn a_scheduled_target_begins_at_its_time_and_not_before() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    // What was sent ahead of another time, which is not its time any more.
    let later = TargetState::Scheduled { at: Timestamp::now() + SignedDuration::from_mins(2) };
    let before = world.write(&target, Change::to(later, Timestamp::now())).await;
    assert_eq!((world.step(&target).await, world.now(&target).await), (Handled::Done, before));
    // The clocks differ a little.
    let soon = TargetState::Scheduled { at: Timestamp::now() + SignedDuration::from_secs(3) };
    let before = world.write(&target, Change::to(soon, Timestamp::now())).await;
    let Handled::Again(pause) = world.step(&target).await else { panic!("its message is dropped") };
    assert!((1..=4).contains(&pause.as_secs()), "{pause:?}");
    assert_eq!((world.now(&target).await, world.calls(Endpoint::VideoInit)), (before, 0));
    // Now, in as many writes as one that was queued: a claim with its place, the publish id, the last byte.
    let now = Timestamp::now();
    world.write(&target, Change::to(TargetState::Scheduled { at: now }, now)).await;
    world.deployment.aws().reset_counts();
    assert_eq!(world.step(&target).await, Handled::Done);
    let counts = world.deployment.aws().request_counts();
    assert_eq!((counts["DynamoDB.UpdateItem"], counts["DynamoDB.TransactWriteItems"]), (1, 2));
    assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn a_target_that_waits_for_its_place_keeps_a_slightly_early_message() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    let until = Timestamp::now() + SignedDuration::from_secs(3);
    let waits = TargetState::Deferred { attempt: 0, until, why: DeferReason::Velocity };
    let before = world.write(&target, Change::to(waits, Timestamp::now())).await;
    let Handled::Again(pause) = world.step(&target).await else { panic!("its message is dropped") };
    assert!((1..=4).contains(&pause.as_secs()), "{pause:?}");
    assert_eq!((world.now(&target).await, world.calls(Endpoint::VideoInit)), (before, 0));
}

#[tokio::test]
async fn a_message_for_no_target_is_dropped() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    let nowhere = TargetRecord { post: PostId::from_uuid(Uuid::now_v7()), ..target };
    assert_eq!(world.step(&nowhere).await, Handled::Done);
}
