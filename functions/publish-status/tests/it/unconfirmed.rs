//! A day without a verdict.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{Evidence, PublishId, TargetState};
use slipway_worker::Handled;

use crate::support::{CHECKS, SIZE, World, processing_since};

#[tokio::test]
async fn after_a_day_without_a_verdict_a_person_has_to_look() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PROCESSING_UPLOAD"})).await;
    let start = Timestamp::now();
    let target = world.target(processing_since("p", start)).await;
    let day = SignedDuration::from_hours(24);
    assert_eq!(world.look_at(&target, 7, start + day - SignedDuration::from_secs(1)).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, target.state, "not yet");
    assert_eq!(world.bench.sent(CHECKS).len(), 1);

    let now = start + day + SignedDuration::from_secs(1);
    assert_eq!(world.look_at(&target, 8, now).await, Handled::Done);
    let after = world.now(&target).await;
    let evidence = Evidence { sent: SIZE, last_status: Some("PROCESSING_UPLOAD".to_owned()) };
    assert_eq!(after.state, TargetState::Unconfirmed { publish_id: PublishId::new("p"), at: now, evidence });
    assert_eq!((after.due_at, after.timeline.last().unwrap().state.as_str()), (None, "unconfirmed"));
    assert_eq!(world.bench.sent(CHECKS).len(), 1, "nothing more is asked");
}

#[tokio::test]
async fn without_an_account_to_ask_for_the_day_ends_all_the_same() {
    let world = World::start().await;
    let since = Timestamp::now() - SignedDuration::from_hours(25);
    let target = world.target(processing_since("p", since)).await;
    assert!(world.bench.owner.accounts.forget(&world.account).await.unwrap().is_done());
    assert_eq!(world.look(&target).await, Handled::Done);
    let state = world.now(&target).await.state;
    let nothing_said = Evidence { sent: SIZE, last_status: None };
    assert!(matches!(&state, TargetState::Unconfirmed { evidence, .. } if *evidence == nothing_said), "{state:?}");
}
