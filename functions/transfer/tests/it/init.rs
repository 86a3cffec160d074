//! From queued to the first byte: init, what it gives, and what holds it off.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{DeferReason, Failure, TargetState};
use slipway_store::posts::Change;
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::{Begun, sha256};

use crate::support::World;

#[tokio::test]
async fn a_queued_video_is_sent_and_its_outcome_is_asked_for() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    assert!(matches!(now.state, TargetState::Processing { .. }), "{:?}", now.state);
    assert_eq!(now.claimed_until, None);
    assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
    assert_eq!(world.messages("StatusChecksQueue").len(), 1);
}

#[tokio::test]
async fn publish_id_and_url_are_stored_before_the_first_byte() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::SlowBody { bytes_per_second: 10_000 }).times(1));
    tokio::select! {
        outcome = world.step(&target) => panic!("it ends with {outcome:?}"),
        () = world.until_called(Endpoint::Upload, 1) => {}
    }
    // The worker is dead: what it wrote before the PUT is all there is.
    let left = world.now(&target).await;
    let publishes = world.tiktok.ledger().publishes;
    assert_eq!(left.state.publish_id().unwrap().as_str(), publishes[0].publish_id);
    let TargetState::Uploading { expires_at, .. } = &left.state else { panic!("{:?}", left.state) };
    let lives = expires_at.duration_since(left.updated_at);
    assert!(lives <= SignedDuration::from_hours(1) && lives > SignedDuration::from_mins(59), "{lives}");
    world.write(&target, Change::to(left.state, Timestamp::now())).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.publishes.len(), 1, "nobody calls init again");
    assert_eq!(ledger.publishes[0].sha256, Some(sha256(&bytes)), "and the stored URL is the one");
}

#[tokio::test]
async fn who_loses_the_write_of_the_publish_id_sends_nothing() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::DelayAnswer { millis: 500 }));
    let other = async {
        world.until_called(Endpoint::VideoInit, 1).await;
        world.taken_by_another(&target).await
    };
    let (outcome, taken) = tokio::join!(world.step(&target), other);
    assert_eq!(outcome, Handled::Done);
    assert_eq!(world.now(&target).await, taken, "the other one's write stands");
    assert_eq!(world.calls(Endpoint::Upload), 0);
}

#[tokio::test]
async fn a_lost_upload_is_begun_again_only_so_often() {
    for (attempt, inits) in [(4, 2), (5, 1)] {
        let world = World::new().await;
        let (media, plan, _) = world.large(2).await;
        let expires_in = SignedDuration::from_mins(-3);
        let over = Begun { attempt, expires_in, last_chunk_unsent: true, ..Begun::of(plan) };
        let target = world.begun(&world.account, &media, &over).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        assert_eq!(world.calls(Endpoint::VideoInit), inits, "attempt {attempt}");
        let state = world.now(&target).await.state;
        match attempt {
            4 => assert!(matches!(state, TargetState::Processing { .. }), "{state:?}"),
            _ => assert!(matches!(state, TargetState::Failed { failure: Failure::GaveUp, .. }), "{state:?}"),
        }
    }
}

#[tokio::test]
async fn what_could_not_be_started_for_a_day_is_given_up_with_its_reason() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    world.give_up_at(&target, Timestamp::now() - SignedDuration::from_secs(1)).await;
    let until = Timestamp::now() - SignedDuration::from_secs(1);
    for (state, failure) in [
        (TargetState::Queued { attempt: 0 }, Failure::GaveUp),
        (TargetState::Initialising { attempt: 1 }, Failure::GaveUp),
        (
            TargetState::Deferred { attempt: 1, until, why: DeferReason::CreatorCap },
            Failure::DeferredTooLong { why: DeferReason::CreatorCap },
        ),
    ] {
        world.write(&target, Change::to(state.clone(), Timestamp::now())).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        let TargetState::Failed { failure: found, .. } = world.now(&target).await.state else { panic!("{state:?}") };
        assert_eq!(found, failure);
    }
    assert_eq!(world.calls(Endpoint::VideoInit), 0);
}

#[tokio::test]
async fn without_room_at_tiktok_a_target_waits_and_says_for_what() {
    for (status, code, reason, most) in [
        (429, "rate_limit_exceeded", DeferReason::RateLimited, 90),
        (403, "spam_risk_too_many_posts", DeferReason::CreatorCap, 86_400),
        (403, "spam_risk_too_many_pending_share", DeferReason::CreatorCap, 86_400),
        (403, "reached_active_user_cap", DeferReason::AppCap, 86_400),
    ] {
        let world = World::new().await;
        let (target, _) = world.small().await;
        let refused = Action::StatusBefore { status, code: Some(code.to_owned()) };
        world.tiktok.fault(Fault::on(Endpoint::VideoInit, refused));
        let outcome = world.step(&target).await;
        let now = world.now(&target).await;
        let TargetState::Deferred { attempt: 0, until, why } = now.state else { panic!("{:?}", now.state) };
        assert_eq!(why, reason, "{code}");
        let wait = until.duration_since(Timestamp::now());
        assert!(wait > SignedDuration::from_secs(50) && wait < SignedDuration::from_secs(most), "{code}: {wait}");
        let soon = wait < SignedDuration::from_mins(14);
        let due_at = if soon { until + SignedDuration::from_secs(30) } else { until };
        assert_eq!((now.claimed_until, now.due_at), (None, Some(due_at.into())), "the sweep wakes it");
        match outcome {
            Handled::Again(pause) => assert!(soon && pause > wait.unsigned_abs(), "{code}: {pause:?}"),
            Handled::Done => assert!(!soon, "{code}"),
        }
        assert_eq!(world.calls(Endpoint::VideoInit), 1, "{code}: it is not tried again at once");
        assert_eq!(world.step(&target).await, Handled::Done, "{code}: nor before its time");
        assert_eq!(world.calls(Endpoint::VideoInit), 1, "{code}");
    }
}

#[tokio::test]
async fn a_deferred_target_whose_time_has_come_is_sent() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    let until = Timestamp::now() - SignedDuration::from_secs(1);
    let deferred = TargetState::Deferred { attempt: 1, until, why: DeferReason::AppCap };
    world.write(&target, Change::to(deferred, Timestamp::now())).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)));
}

#[tokio::test]
async fn a_refused_init_ends_the_target_with_tiktoks_code() {
    // The second one is new to us.
    for code in ["spam_risk_user_banned_from_posting", "spam_risk_of_tomorrow"] {
        let world = World::new().await;
        let (target, _) = world.small().await;
        let refused = Action::StatusBefore { status: 403, code: Some(code.to_owned()) };
        world.tiktok.fault(Fault::on(Endpoint::VideoInit, refused));
        assert_eq!(world.step(&target).await, Handled::Done);
        let state = world.now(&target).await.state;
        let TargetState::Failed { failure: Failure::Refused { tiktok_code, .. }, .. } = state else {
            panic!("{state:?}")
        };
        assert_eq!(tiktok_code.as_str(), code);
        assert_eq!(world.calls(Endpoint::VideoInit), 1);
    }
}

#[tokio::test]
async fn an_init_whose_answer_is_lost_is_repeated_a_few_times() {
    for (lost, inits) in [(1, 2), (9, 3)] {
        let world = World::new().await;
        let (target, bytes) = world.small().await;
        world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::CutAfter).times(lost));
        let outcome = world.step(&target).await;
        assert_eq!(world.calls(Endpoint::VideoInit), inits, "{lost} lost");
        let now = world.now(&target).await;
        if lost == 1 {
            assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
        } else {
            let TargetState::Deferred { why, .. } = now.state else { panic!("{:?}", now.state) };
            assert_eq!(why, DeferReason::TikTokUnavailable);
            assert!(matches!(outcome, Handled::Again(_)), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn inits_of_unknown_outcome_leave_the_creator_posts_of_the_day() {
    let (mut waited, mut inits, mut attempt) = (SignedDuration::ZERO, 0, 0);
    while waited < SignedDuration::from_hours(24) {
        let world = World::new().await;
        let (target, _) = world.small().await;
        let until = Timestamp::now() - SignedDuration::from_secs(1);
        let deferred = TargetState::Deferred { attempt, until, why: DeferReason::TikTokUnavailable };
        world.write(&target, Change::to(deferred, Timestamp::now())).await;
        world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::CutAfter));
        world.step(&target).await;
        inits += world.calls(Endpoint::VideoInit);
        let state = world.now(&target).await.state;
        let TargetState::Deferred { attempt: counted, until, .. } = state else { panic!("{state:?}") };
        (attempt, waited) = (counted, waited + until.duration_since(Timestamp::now()));
    }
    assert!((10..15).contains(&inits), "{inits} inits");
}

#[tokio::test]
async fn an_init_that_never_reached_tiktok_counts_as_no_attempt() {
    for has_token in [true, false] {
        let mut world = World::new().await;
        let (target, _) = world.small().await;
        if has_token {
            world.worker.tiktok = world.nowhere();
        } else {
            world.deployment.aws().fail_next("KMS.Decrypt", 9, 500);
        }
        assert!(matches!(world.step(&target).await, Handled::Again(_)));
        let state = world.now(&target).await.state;
        let is_put_off = matches!(state, TargetState::Deferred { attempt: 0, why: DeferReason::Unreached, .. });
        assert!(is_put_off, "{state:?}");
        assert_eq!(world.calls(Endpoint::VideoInit), 0);
    }
}

#[tokio::test]
async fn without_an_account_that_can_post_a_target_fails_at_once() {
    for (forgotten, expected) in [(true, Failure::AccountGone), (false, Failure::ReconnectionRequired)] {
        let world = World::new().await;
        let (target, _) = world.small().await;
        if forgotten {
            assert!(world.owner.accounts.forget(&world.account).await.unwrap().is_done());
        } else {
            assert!(world.tiktok.revoke_by_user(world.account.open_id.as_str(), 1));
        }
        assert_eq!(world.step(&target).await, Handled::Done);
        let state = world.now(&target).await.state;
        assert!(matches!(&state, TargetState::Failed { failure, .. } if *failure == expected), "{state:?}");
    }
}

#[tokio::test]
async fn a_claimed_init_says_until_when_the_sweep_need_not_look() {
    let world = World::new().await;
    let (target, _) = world.small().await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::Delay { millis: 1000 }));
    let look = async {
        world.until_called(Endpoint::VideoInit, 1).await;
        world.now(&target).await
    };
    let (_, claimed) = tokio::join!(world.step(&target), look);
    assert_eq!(claimed.state, TargetState::Initialising { attempt: 1 });
    let held = claimed.claimed_until.unwrap().duration_since(claimed.updated_at);
    assert!(held > SignedDuration::from_secs(58), "{held}");
    assert!(claimed.due_at.unwrap() > claimed.claimed_until.unwrap().into());
}
