//! An upload URL that takes no more bytes: what status says decides, and the hour by our record.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{Failure, TargetState};
use slipway_store::posts::Change;
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, FailReason, Fault, PublishCommand};
use workbench::{Begun, sha256};

use crate::support::{World, range};

/// A minute longer than clocks may differ.
const OVER: SignedDuration = SignedDuration::from_mins(-3);

#[tokio::test]
async fn within_its_hour_a_refusing_url_is_no_reason_for_a_new_init() {
    for (status, expires_in) in [
        (403, SignedDuration::from_mins(50)),
        (404, SignedDuration::from_mins(50)),
        // The hour is over, but not by more than clocks may differ.
        (403, SignedDuration::from_secs(-100)),
        (404, SignedDuration::from_secs(-100)),
    ] {
        let world = World::new().await;
        let (media, plan, bytes) = world.whole().await;
        let target = world.begun(&world.account, &media, &Begun { expires_in, ..Begun::of(plan) }).await;
        let refusing = world.tiktok.fault(Fault::on(Endpoint::Upload, Action::StatusBefore { status, code: None }));
        for _ in 0..2 {
            assert_eq!(world.step(&target).await, Handled::Done);
            let now = world.now(&target).await;
            assert_eq!(now.state, target.state, "{status}, {expires_in}");
            assert_eq!(now.claimed_until, None);
            let due = now.due_at.unwrap().as_second() - Timestamp::now().as_second();
            assert!((58..=300).contains(&due), "the sweep looks in {due} s");
        }
        assert_eq!(world.calls(Endpoint::VideoInit), 1, "{status}, {expires_in}");
        world.tiktok.remove_fault(refusing);
        assert_eq!(world.step(&target).await, Handled::Done);
        assert_eq!(world.publish(&target).sha256, Some(sha256(&bytes)), "the one upload goes on");
    }
}

#[tokio::test]
async fn a_fresh_upload_that_is_refused_waits_for_tiktoks_word() {
    for status in [403, 404] {
        let world = World::new().await;
        let (target, _) = world.small().await;
        world.tiktok.fault(Fault::on(Endpoint::Upload, Action::StatusBefore { status, code: None }));
        assert_eq!(world.step(&target).await, Handled::Done);
        let now = world.now(&target).await;
        assert!(matches!(now.state, TargetState::Uploading { attempt: 1, .. }), "{status}: {:?}", now.state);
        assert_eq!((world.calls(Endpoint::VideoInit), world.calls(Endpoint::StatusFetch)), (1, 1), "{status}");
    }
}

#[tokio::test]
async fn when_the_hour_is_over_with_bytes_missing_there_is_one_new_init() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let over = Begun { expires_in: OVER, last_chunk_unsent: true, ..Begun::of(plan) };
    let target = world.begun(&world.account, &media, &over).await;
    world.send_chunk(&target, 0, &bytes).await;
    for _ in 0..2 {
        assert_eq!(world.step(&target).await, Handled::Done);
    }
    let now = world.now(&target).await;
    assert_ne!(now.state.publish_id(), target.state.publish_id());
    assert_eq!(world.calls(Endpoint::VideoInit), 2, "the first one, and one more");
    assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
    assert_eq!(world.publish(&target).bytes_stored, bytes.len() as u64 / 2, "the old URL gets nothing more");
}

#[tokio::test]
async fn when_the_hour_is_over_and_every_byte_is_there_nothing_is_sent_again() {
    let world = World::new().await;
    let (media, plan, bytes) = world.whole().await;
    let target = world.begun(&world.account, &media, &Begun { expires_in: OVER, ..Begun::of(plan) }).await;
    world.send_chunk(&target, 0, &bytes).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    assert!(matches!(world.now(&target).await.state, TargetState::Processing { .. }));
    assert_eq!(world.calls(Endpoint::VideoInit), 1);
    assert_eq!(world.sent_ranges(), [range(&plan, 0)]);
}

#[tokio::test]
async fn a_refusing_url_is_left_at_once_if_the_last_chunk_was_never_sent() {
    for status in [403, 404] {
        let world = World::new().await;
        let (media, plan, bytes) = world.large(3).await;
        let target = world.begun(&world.account, &media, &Begun { last_chunk_unsent: true, ..Begun::of(plan) }).await;
        world.send_chunk(&target, 0, &bytes).await;
        world.tiktok.fault(Fault::on(Endpoint::Upload, Action::StatusBefore { status, code: None }).chunk(1).times(1));
        assert_eq!(world.step(&target).await, Handled::Done);
        let now = world.now(&target).await;
        assert_ne!(now.state.publish_id(), target.state.publish_id());
        assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)), "{status}");
        assert_eq!(world.calls(Endpoint::VideoInit), 2, "{status}");
    }
}

#[tokio::test]
async fn a_status_that_lags_behind_the_last_byte_allows_no_new_init() {
    for count in [1, 2] {
        let world = World::new().await;
        let (media, plan, bytes) = if count == 1 { world.whole().await } else { world.large(count).await };
        let upload = Begun { sent: plan.size() - plan.chunk_size(), expires_in: OVER, ..Begun::of(plan) };
        // TikTok still tells the numbers from before the last chunk, whether it has come or not.
        let target = world.begun(&world.account, &media, &upload).await;
        if count == 2 {
            world.send_chunk(&target, 0, &bytes).await;
        }
        for _ in 0..2 {
            assert_eq!(world.step(&target).await, Handled::Done);
            assert_eq!(world.now(&target).await.state, target.state, "{count} chunks");
        }
        // A person has to look after a day.
        let mut begun = target.state.clone();
        if let TargetState::Uploading { expires_at, .. } = &mut begun {
            *expires_at -= SignedDuration::from_hours(24);
        }
        world.write(&world.now(&target).await, Change::to(begun, Timestamp::now())).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        let state = world.now(&target).await.state;
        assert!(matches!(state, TargetState::Unconfirmed { .. }), "{count} chunks: {state:?}");
        assert_eq!(world.calls(Endpoint::VideoInit), 1, "{count} chunks");
    }
}

#[tokio::test]
async fn when_the_hour_is_over_and_status_does_not_answer_nothing_begins() {
    let world = World::new().await;
    let (media, plan, _) = world.whole().await;
    let target = world.begun(&world.account, &media, &Begun { expires_in: OVER, ..Begun::of(plan) }).await;
    world.tiktok.fault(Fault::on(Endpoint::StatusFetch, Action::StatusBefore { status: 500, code: None }));
    assert!(matches!(world.step(&target).await, Handled::Again(_)));
    assert_eq!(world.now(&target).await.state, target.state);
    assert_eq!(world.calls(Endpoint::VideoInit), 1);
}

#[tokio::test]
async fn what_tiktok_says_of_the_publish_decides_whether_it_is_begun_again() {
    for (reason, inits) in [(FailReason::Internal, 2), (FailReason::RiskyText, 1)] {
        let world = World::new().await;
        let (media, plan, _) = world.whole().await;
        let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
        let id = target.state.publish_id().unwrap();
        assert!(world.tiktok.command(id.as_str(), PublishCommand::Fail { reason }));
        assert_eq!(world.step(&target).await, Handled::Done);
        assert_eq!(world.calls(Endpoint::VideoInit), inits, "{reason:?}");
        let state = world.now(&target).await.state;
        match reason {
            FailReason::Internal => assert!(matches!(state, TargetState::Processing { .. }), "{state:?}"),
            _ => assert!(
                matches!(state, TargetState::Failed { failure: Failure::PublishFailed { .. }, .. }),
                "{state:?}"
            ),
        }
    }
}
