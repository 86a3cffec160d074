//! Publishes that TikTok does not know, or does not tell of.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::ReconnectReason;
use slipway_domain::{Evidence, Failure, Reach, StatusWord, TargetState};
use slipway_store::posts::{Change, TargetRecord};
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::{Begun, chunks, sha256};

use crate::support::{CHUNK, World, range};

#[tokio::test]
async fn a_publish_that_tiktok_does_not_know_is_unconfirmed_with_evidence() {
    for code in ["invalid_publish_id", "token_not_authorized_for_specified_publish_id"] {
        for expires_in in [SignedDuration::from_mins(50), SignedDuration::from_mins(-3)] {
            let world = World::new().await;
            let (media, plan) = (world.absent_video(2 * CHUNK), chunks(2 * CHUNK, CHUNK));
            let upload = Begun { sent: CHUNK, expires_in, ..Begun::of(plan) };
            let target = world.begun(&world.account, &media, &upload).await;
            let unknown = Action::StatusBefore { status: 400, code: Some(code.to_owned()) };
            world.tiktok.fault(Fault::on(Endpoint::StatusFetch, unknown));
            // TikTok may learn of it a moment later: its word counts when it is said again.
            assert_eq!(world.step(&target).await, Handled::Done);
            assert_eq!(world.now(&target).await.state, target.state, "{code}, once");
            assert_eq!(world.step(&target).await, Handled::Done);
            let state = world.now(&target).await.state;
            let TargetState::Unconfirmed { publish_id, evidence, .. } = &state else { panic!("{code}: {state:?}") };
            assert_eq!(publish_id.as_ref(), target.state.publish_id());
            assert_eq!(*evidence, Evidence { sent: CHUNK, last_status: Some(code.to_owned().into()) });
            assert_eq!((world.calls(Endpoint::VideoInit), world.calls(Endpoint::Upload)), (1, 0), "{code}");
        }
    }
}

/// How long ago the hour of an upload ended that began a day and this many seconds ago.
fn day_after_its_hour(late: i64) -> SignedDuration {
    SignedDuration::from_hours(23) + SignedDuration::from_secs(late)
}

#[tokio::test]
async fn an_account_that_can_not_be_asked_leaves_its_upload_unconfirmed() {
    for (late, unconfirmed) in [(-60, false), (60, true)] {
        let world = World::new().await;
        let (media, plan) = (world.absent_video(2 * CHUNK), chunks(2 * CHUNK, CHUNK));
        // The target was accepted long before: its day counts from the upload's beginning.
        let upload = Begun { sent: CHUNK, expires_in: -day_after_its_hour(late), ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &upload).await;
        world.give_up_at(&target, Timestamp::now() - SignedDuration::from_hours(1)).await;
        assert!(world.tiktok.revoke_by_user(world.account.open_id.as_str(), 1));
        let mut woken = Change::to(target.state.clone(), Timestamp::now());
        woken.requeues = 3;
        world.write(&target, woken).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        let TargetRecord { state, requeues, .. } = world.now(&target).await;
        assert!(unconfirmed || requeues == 3, "the sweep is to come ever less often");
        let is = matches!(&state, TargetState::Unconfirmed { evidence, .. } if evidence.sent == CHUNK);
        assert_eq!(is, unconfirmed, "{state:?}");
        assert_eq!(world.calls(Endpoint::VideoInit), 1, "there may be a post of it");
    }
}

#[tokio::test]
async fn an_upload_that_tiktok_forgot_before_its_last_chunk_is_begun_again() {
    for sent in [0, CHUNK] {
        let world = World::new().await;
        let (media, plan, bytes) = world.large(2).await;
        let upload = Begun { sent, last_chunk_unsent: true, ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &upload).await;
        let unknown = Action::StatusBefore { status: 400, code: Some("invalid_publish_id".to_owned()) };
        world.tiktok.fault(Fault::on(Endpoint::StatusFetch, unknown).times(1));
        for _ in 0..2 {
            assert_eq!(world.step(&target).await, Handled::Done);
        }
        let now = world.now(&target).await;
        assert_ne!(now.state.publish_id(), target.state.publish_id());
        assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
        assert_eq!(world.calls(Endpoint::VideoInit), 2, "the one that was forgotten, and one more");
    }
}

#[tokio::test]
async fn that_the_last_chunk_is_sent_is_written_before_it_is() {
    let world = World::new().await;
    let (media, plan, _) = world.large(3).await;
    let upload = Begun { last_chunk_unsent: true, ..Begun::of(plan) };
    let target = world.begun(&world.account, &media, &upload).await;
    let lost = |chunk| Fault::on(Endpoint::Upload, Action::StatusBefore { status: 503, code: None }).chunk(chunk);
    for (chunk, unsent) in [(1, true), (2, false)] {
        let fault = world.tiktok.fault(lost(chunk));
        assert_ne!(world.step(&target).await, Handled::Done);
        let state = world.now(&target).await.state;
        let TargetState::Uploading { last_chunk_unsent, .. } = state else { panic!("{state:?}") };
        assert_eq!(last_chunk_unsent, unsent, "chunk {chunk} may have arrived");
        world.tiktok.remove_fault(fault);
    }
    // From here on it may be posted, whatever TikTok remembers.
    let unknown = Action::StatusBefore { status: 400, code: Some("invalid_publish_id".to_owned()) };
    world.tiktok.fault(Fault::on(Endpoint::StatusFetch, unknown));
    for _ in 0..2 {
        assert_eq!(world.step(&target).await, Handled::Done);
    }
    assert!(matches!(world.now(&target).await.state, TargetState::Unconfirmed { .. }));
    assert_eq!(world.calls(Endpoint::VideoInit), 1);
}

#[tokio::test]
async fn a_status_that_tiktok_refuses_holds_no_upload_up() {
    let world = World::new().await;
    let (media, plan, bytes) = world.large(2).await;
    let target = world.begun(&world.account, &media, &Begun::of(plan)).await;
    let refused = Action::StatusBefore { status: 400, code: Some("invalid_params".to_owned()) };
    world.tiktok.fault(Fault::on(Endpoint::StatusFetch, refused));
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.publish(&target).sha256, Some(sha256(&bytes)), "it goes on where our own note says");
    // An upload whose URL is dead, too, ends after its day.
    for (late, unconfirmed) in [(-60, false), (60, true)] {
        let media = world.absent_video(2 * CHUNK);
        // The target was accepted long before: its day counts from the upload's beginning.
        let upload = Begun { sent: CHUNK, expires_in: -day_after_its_hour(late), ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &upload).await;
        world.give_up_at(&target, Timestamp::now() - SignedDuration::from_hours(1)).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        let state = world.now(&target).await.state;
        assert_eq!(matches!(state, TargetState::Unconfirmed { .. }), unconfirmed, "{state:?}");
    }
}

#[tokio::test]
async fn a_publish_that_tiktok_does_not_know_for_a_moment_goes_on() {
    let world = World::new().await;
    let (media, plan, bytes) = world.whole().await;
    // A minute old: however often TikTok reports it, it may only be late.
    let upload = Begun { expires_in: SignedDuration::from_mins(59), ..Begun::of(plan) };
    let target = world.begun(&world.account, &media, &upload).await;
    let unknown = Action::StatusBefore { status: 400, code: Some("invalid_publish_id".to_owned()) };
    world.tiktok.fault(Fault::on(Endpoint::StatusFetch, unknown).times(3));
    for _ in 0..3 {
        assert_eq!(world.step(&target).await, Handled::Done);
        assert_eq!((world.now(&target).await.state, world.calls(Endpoint::Upload)), (target.state.clone(), 0));
    }
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.publish(&target).sha256, Some(sha256(&bytes)));
    assert_eq!(world.calls(Endpoint::VideoInit), 1);
}

#[tokio::test]
async fn a_publish_is_unknown_when_tiktok_says_so_twice_in_a_row() {
    let world = World::new().await;
    let (media, plan, _) = world.whole().await;
    let upload = Begun { expires_in: SignedDuration::from_mins(50), ..Begun::of(plan) };
    let target = world.begun(&world.account, &media, &upload).await;
    let unknown = || Action::StatusBefore { status: 400, code: Some("invalid_publish_id".to_owned()) };
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::StatusBefore { status: 503, code: None }));
    for knows in [false, true, false, false] {
        assert_eq!(world.now(&target).await.state, target.state);
        let fault = (!knows).then(|| world.tiktok.fault(Fault::on(Endpoint::StatusFetch, unknown())));
        world.step(&target).await;
        let status = world.now(&target).await.tiktok_status;
        let said = if knows { "PROCESSING_UPLOAD" } else { "invalid_publish_id" };
        assert!(status.as_ref().map(StatusWord::as_str) == Some(said), "{status:?}");
        if let Some(fault) = fault {
            world.tiktok.remove_fault(fault);
        }
    }
    let state = world.now(&target).await.state;
    assert!(matches!(state, TargetState::Unconfirmed { .. }), "{state:?}");
}

#[tokio::test]
async fn for_a_creator_who_has_left_no_byte_is_sent_any_more() {
    for last_chunk_unsent in [true, false] {
        let world = World::new().await;
        let (media, plan, _) = world.large(2).await;
        let upload = Begun { last_chunk_unsent, ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &upload).await;
        assert!(world.tiktok.revoke_by_user(world.account.open_id.as_str(), 1));
        assert_eq!(world.step(&target).await, Handled::Done);
        let state = world.now(&target).await.state;
        if last_chunk_unsent {
            let failed = matches!(state, TargetState::Failed { failure: Failure::ReconnectionRequired, .. });
            assert!(failed, "{state:?}");
        } else {
            assert_eq!(state, target.state, "what TikTok has may still be posted");
        }
        assert_eq!((world.calls(Endpoint::Upload), world.calls(Endpoint::VideoInit)), (0, 1));
    }
}

#[tokio::test]
async fn an_account_that_is_withdrawn_during_an_upload_gets_no_last_chunk() {
    for (forgotten, expected) in [(true, Failure::AccountGone), (false, Failure::ReconnectionRequired)] {
        let world = World::new().await;
        let (media, plan, _) = world.large(2).await;
        let upload = Begun { last_chunk_unsent: true, ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &upload).await;
        world.tiktok.fault(Fault::on(Endpoint::Upload, Action::Delay { millis: 500 }).times(1));
        let withdraw = async {
            world.until_called(Endpoint::Upload, 1).await;
            let now = world
                .owner
                .accounts
                .get(&Reach::whole(&world.account.tenant), &world.account.id)
                .await
                .unwrap()
                .unwrap();
            if forgotten {
                assert!(world.owner.accounts.forget(&now).await.unwrap().is_done());
            } else {
                let why = ReconnectReason::DisconnectedByUser;
                assert!(world.owner.accounts.require_reconnect(&now, why, Timestamp::now()).await.unwrap().is_done());
            }
        };
        let (handled, ()) = tokio::join!(world.step(&target), withdraw);
        assert_eq!(handled, Handled::Done);
        let state = world.now(&target).await.state;
        assert!(matches!(&state, TargetState::Failed { failure, .. } if *failure == expected), "{state:?}");
        assert_eq!(world.sent_ranges(), [range(&plan, 0)]);
    }
}
