//! A day without an outcome.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{Evidence, PublishId, PublishStatus, StateName, StatusWord, TargetState};
use slipway_worker::Handled;

use crate::support::{CHECKS, SIZE, World, processing_since};

#[tokio::test]
async fn after_a_day_without_an_outcome_a_person_has_to_look() {
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
    let evidence = Evidence { sent: SIZE, last_status: Some(PublishStatus::ProcessingUpload.into()) };
    assert_eq!(after.state, TargetState::Unconfirmed { publish_id: Some(PublishId::new("p")), at: now, evidence });
    assert_eq!((after.due_at, &after.timeline.last().unwrap().state), (None, &StateName::Unconfirmed.into()));
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

#[tokio::test]
async fn a_publish_that_tiktok_does_not_know_is_unconfirmed_within_minutes() {
    for (status, code) in [(400, "invalid_publish_id"), (403, "token_not_authorized_for_specified_publish_id")] {
        let mut world = World::start().await;
        let body = json!({"error": {"code": code, "message": "", "log_id": "L"}});
        world.status.tiktok = world.bench.answering(status, None, &body).await;
        let start = Timestamp::now();
        let target = world.target(processing_since("p", start)).await;
        // As late as this: but the first time that TikTok reports it.
        let late = start + SignedDuration::from_mins(6);
        assert_eq!(world.look_at(&target, 3, late).await, Handled::Done);
        let once = world.now(&target).await;
        assert_eq!((&once.state, once.tiktok_status.as_ref().map(StatusWord::as_str)), (&target.state, Some(code)));
        assert_eq!(world.look_at(&target, 4, late).await, Handled::Done);
        let evidence = Evidence { sent: SIZE, last_status: Some(code.to_owned().into()) };
        let state = world.now(&target).await.state;
        assert_eq!(state, TargetState::Unconfirmed { publish_id: Some(PublishId::new("p")), at: late, evidence });
    }
}

#[tokio::test]
async fn a_publish_that_tiktok_does_not_know_yet_is_asked_about_again() {
    let mut world = World::start().await;
    let body = json!({"error": {"code": "invalid_publish_id", "message": "", "log_id": "L"}});
    world.status.tiktok = world.bench.answering(400, None, &body).await;
    let start = Timestamp::now();
    let target = world.target(processing_since("p", start)).await;
    for number in 0..3 {
        let early = start + SignedDuration::from_secs(299);
        assert_eq!(world.look_at(&target, number, early).await, Handled::Done);
        assert_eq!(world.now(&target).await.state, target.state);
    }
    // It knows it after all.
    world.tiktok_says(json!({"status": "PROCESSING_UPLOAD"})).await;
    let late = start + SignedDuration::from_mins(6);
    assert_eq!(world.look_at(&target, 3, late).await, Handled::Done);
    world.status.tiktok = world.bench.answering(400, None, &body).await;
    assert_eq!(world.look_at(&target, 4, late).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, target.state, "the count begins again");
}
