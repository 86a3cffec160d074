//! Messages for targets that are not the worker's: late, early or repeated ones.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{DeferReason, Evidence, Failure, PostId, PublishId, TargetState};
use slipway_store::posts::{Change, TargetRecord};
use slipway_worker::Handled;
use tiktok_sim::Endpoint;
use uuid::Uuid;

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
        TargetState::Scheduled { at: at - SignedDuration::from_hours(1) },
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
async fn a_message_for_no_target_is_dropped() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    let nowhere = TargetRecord { post: PostId::from_uuid(Uuid::now_v7()), ..target };
    assert_eq!(world.step(&nowhere).await, Handled::Done);
}
