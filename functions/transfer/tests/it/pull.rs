//! Pulls: TikTok is told once, and what follows is as certain as its answer.

use std::sync::{Arc, Mutex};

use aws_stand_in::Meanwhile;
use jiff::{SignedDuration, Timestamp};
use slipway_domain::{
    CopyKey, DeferReason, Event, Failure, MediaTransfer, Pull, Reach, TargetState, VideoSettings, apply,
};
use slipway_store::posts::{Change, TargetRecord};
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::{private_video, video_of};

use crate::support::World;

/// A world in which TikTok may fetch what the worker copies.
async fn world() -> World {
    let world = World::new().await;
    world.deployment.let_fetch(&world.tiktok).unwrap();
    world
}

impl World {
    /// A small video that TikTok is to fetch, in this state.
    async fn to_pull(&self, state: TargetState) -> TargetRecord {
        let media = self.video(video_of(200_000, 1)).await;
        let settings = VideoSettings { transfer: MediaTransfer::Pull, ..private_video() };
        self.target_with(&self.account, &media, state, settings).await
    }

    /// How many copies there are in the bucket.
    async fn copies(&self) -> usize {
        self.owner.bucket.page(CopyKey::PREFIX, None).await.unwrap().objects.len()
    }

    /// The target's state at each such call to AWS from now on.
    fn states_before(&self, operation: &str, target: &TargetRecord) -> Arc<Mutex<Vec<&'static str>>> {
        let states = Arc::new(Mutex::new(Vec::new()));
        let (posts, of, seen) = (self.owner.posts.clone(), target.clone(), Arc::clone(&states));
        let look: Meanwhile = Arc::new(move || {
            let (posts, of, seen) = (posts.clone(), of.clone(), Arc::clone(&seen));
            Box::pin(async move {
                let target = posts.target(&of.post, &of.account).await.unwrap().unwrap();
                seen.lock().unwrap().push(target.state.name().as_str());
            })
        });
        self.deployment.aws().before_next(operation, 9, look);
        states
    }
}

fn queued() -> TargetState {
    TargetState::Queued { attempt: 0 }
}

/// Told so long ago, and revoked so long ago if it was.
fn told(revoked: Option<SignedDuration>) -> TargetState {
    let now = Timestamp::now();
    let copies = vec![CopyKey::new("4f1c", "mp4")];
    let revoked_at = revoked.map(|ago| now - ago);
    TargetState::Pulling { pull: Pull { attempt: 1, copies, called_at: now, revoked_at, fetched: 0 } }
}

#[tokio::test]
async fn a_pull_that_is_accepted_is_known_at_once_and_followed() {
    let world = world().await;
    let target = world.to_pull(queued()).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    let TargetState::Processing { publish_id, pull: Some(pull), .. } = &now.state else { panic!("{:?}", now.state) };
    let told = world.tiktok.ledger().publish(publish_id.as_str()).unwrap().request.clone();
    let address = format!("https://media.slipway.example/{}", pull.copies[0].as_str());
    assert_eq!(told["source_info"]["video_url"], address);
    assert_eq!((now.claimed_until, now.place), (None, None));
    assert_eq!((world.messages("StatusChecksQueue").len(), world.calls(Endpoint::Upload)), (1, 0));
}

#[tokio::test]
async fn nothing_is_asked_of_aws_between_the_write_and_the_call() {
    let world = world().await;
    let target = world.to_pull(queued()).await;
    let opened_in = world.states_before("KMS.Decrypt", &target);
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(*opened_in.lock().unwrap(), ["initialising"], "the token is opened before it is written");
    assert_eq!(world.now(&target).await.state.name().as_str(), "processing");
}

#[tokio::test]
async fn a_pull_whose_token_does_not_open_is_put_off_and_leaves_nothing() {
    let world = world().await;
    let target = world.to_pull(queued()).await;
    world.deployment.aws().fail_next("KMS.Decrypt", 9, 500);
    world.step(&target).await;
    let state = world.now(&target).await.state;
    assert!(matches!(state, TargetState::Deferred { .. }), "{state:?}");
    assert_eq!((world.copies().await, world.calls(Endpoint::VideoInit)), (0, 0));
}

#[tokio::test]
async fn what_follows_a_failed_call_depends_on_whether_tiktok_may_have_begun() {
    let status = |status, code: &str| Action::StatusBefore { status, code: Some(code.to_owned()) };
    for (action, expected) in [
        (status(429, "rate_limit_exceeded"), "deferred"),
        (status(403, "reached_active_user_cap"), "deferred"),
        (status(403, "url_ownership_unverified"), "failed"),
        (status(403, "spam_risk_user_banned_from_posting"), "failed"),
        (status(503, "internal_error"), "pulling"),
        (Action::StatusAfter { status: 503, code: None }, "pulling"),
        (Action::CutAfter, "pulling"),
    ] {
        let world = world().await;
        let target = world.to_pull(queued()).await;
        world.tiktok.fault(Fault::on(Endpoint::VideoInit, action.clone()));
        world.step(&target).await;
        let now = world.now(&target).await;
        assert_eq!(now.state.name().as_str(), expected, "{action:?}: {:?}", now.state);
        assert_eq!(world.copies().await, 0, "{action:?}: the copies are gone");
        let revoked = now.state.pull().and_then(|pull| pull.revoked_at);
        assert_eq!(revoked.is_some(), expected == "pulling", "{action:?}");
        // And nobody tells TikTok again on that ground.
        if expected == "pulling" {
            assert_eq!(world.step(&target).await, Handled::Done);
            assert_eq!(world.now(&target).await, now, "{action:?}");
            assert_eq!(now.due_at, Some((revoked.unwrap() + Pull::LASTS).into()));
        }
        assert_eq!(world.calls(Endpoint::VideoInit), 1, "{action:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_written_before_the_copies_are_deleted() {
    for (status, code, expected) in [
        (401, "access_token_invalid", "deferred"),
        (429, "rate_limit_exceeded", "deferred"),
        (403, "url_ownership_unverified", "failed"),
    ] {
        let world = world().await;
        let target = world.to_pull(queued()).await;
        let refused = Action::StatusBefore { status, code: Some(code.to_owned()) };
        world.tiktok.fault(Fault::on(Endpoint::VideoInit, refused).times(1));
        let deleted_in = world.states_before("S3.DeleteObject", &target);
        world.step(&target).await;
        assert_eq!(*deleted_in.lock().unwrap(), [expected], "{code}");
    }
}

#[tokio::test]
async fn a_pull_that_was_never_told_for_want_of_a_connection_is_put_off() {
    let mut world = world().await;
    let target = world.to_pull(queued()).await;
    world.worker.tiktok = world.nowhere();
    world.step(&target).await;
    let state = world.now(&target).await.state;
    let is_put_off = matches!(state, TargetState::Deferred { attempt: 0, why: DeferReason::Unreached, .. });
    assert!(is_put_off, "{state:?}");
    assert_eq!(world.copies().await, 0);
}

#[tokio::test]
async fn a_refused_token_is_renewed_only_when_the_doubt_is_over() {
    let world = world().await;
    let target = world.to_pull(queued()).await;
    let refused = Action::StatusBefore { status: 401, code: Some("access_token_invalid".to_owned()) };
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, refused.clone()).times(1));
    world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::Delay { millis: 500 }).times(1));
    let look = async {
        world.until_called(Endpoint::Refresh, 1).await;
        (world.now(&target).await.state.name().as_str(), world.copies().await)
    };
    let (handled, seen) = tokio::join!(world.step(&target), look);
    assert_eq!((handled, seen), (Handled::Done, ("deferred", 0)));
    assert_eq!(world.now(&target).await.state.name().as_str(), "processing");
    assert_eq!((world.calls(Endpoint::VideoInit), world.calls(Endpoint::Refresh)), (2, 1));

    // A token that TikTok has just issued and refuses is renewed no more.
    let target = world.to_pull(queued()).await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, refused));
    assert_eq!(world.step(&target).await, Handled::Done);
    let state = world.now(&target).await.state;
    assert!(matches!(state, TargetState::Failed { failure: Failure::ReconnectionRequired, .. }), "{state:?}");
    assert_eq!((world.calls(Endpoint::VideoInit), world.calls(Endpoint::Refresh)), (4, 2));
}

#[tokio::test]
async fn a_pull_whose_worker_died_is_revoked_and_left_to_a_person_in_the_end() {
    let world = world().await;
    let target = world.to_pull(told(None)).await;
    world.put_object("pull/4f1c.mp4", vec![7]).await;
    assert_eq!(world.step(&target).await, Handled::Done);
    let now = world.now(&target).await;
    assert!(now.state.pull().unwrap().revoked_at.is_some());
    assert_eq!(world.copies().await, 0);
    for (ago, ends) in [(SignedDuration::from_mins(69), false), (SignedDuration::from_mins(71), true)] {
        world.write(&target, Change::to(told(Some(ago)), Timestamp::now())).await;
        assert_eq!(world.step(&target).await, Handled::Done);
        let state = world.now(&target).await.state;
        assert_eq!(matches!(state, TargetState::Unconfirmed { publish_id: None, .. }), ends, "{state:?}");
    }
    assert_eq!(world.calls(Endpoint::VideoInit), 0);
}

#[tokio::test]
async fn an_answer_that_comes_after_the_pull_was_revoked_is_still_known() {
    let world = world().await;
    let target = world.to_pull(queued()).await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::DelayAnswer { millis: 500 }));
    let other = async {
        world.until_called(Endpoint::VideoInit, 1).await;
        let at = Timestamp::now();
        let state = apply(&world.now(&target).await.state, Event::PullRevoked { at }).unwrap();
        world.write(&target, Change::to(state, at)).await;
    };
    tokio::join!(world.step(&target), other);
    let state = world.now(&target).await.state;
    let TargetState::Processing { publish_id, pull: Some(pull), .. } = &state else { panic!("{state:?}") };
    assert_eq!(publish_id.as_str(), world.tiktok.ledger().publishes[0].publish_id);
    assert!(pull.revoked_at.is_some());
}

#[tokio::test]
async fn one_pull_of_an_account_at_a_time_is_unanswered() {
    let world = world().await;
    let first = world.to_pull(queued()).await;
    world.tiktok.fault(Fault::on(Endpoint::VideoInit, Action::CutAfter).times(1));
    world.step(&first).await;
    let second = world.to_pull(queued()).await;
    world.step(&second).await;
    let state = world.now(&second).await.state;
    assert!(matches!(state, TargetState::Deferred { why: DeferReason::OtherPull, attempt: 0, .. }), "{state:?}");
    assert_eq!(world.calls(Endpoint::VideoInit), 1);
    // Once a person has to look at the first one, the second one goes.
    world.write(&first, Change::to(told(Some(SignedDuration::from_mins(71))), Timestamp::now())).await;
    world.step(&first).await;
    world.write(&second, Change::to(queued(), Timestamp::now())).await;
    world.step(&second).await;
    let state = world.now(&second).await.state;
    assert!(matches!(state, TargetState::Processing { .. }), "{state:?}");
    // Both are named: what is heard later may be about either.
    let account = world.owner.accounts.get(&Reach::whole(&world.tenant), &world.account.id).await.unwrap().unwrap();
    assert_eq!(account.pulls, [first.post.clone(), second.post.clone()]);
}

#[tokio::test]
async fn media_that_was_replaced_is_not_shown_to_tiktok() {
    let world = world().await;
    let target = world.to_pull(queued()).await;
    let key = target.content.media()[0].verified().unwrap().s3_key.clone();
    world.put_object(&key, vec![7; 200_000]).await;
    world.step(&target).await;
    let state = world.now(&target).await.state;
    assert!(matches!(state, TargetState::Failed { failure: Failure::MediaGone, .. }), "{state:?}");
    assert_eq!((world.copies().await, world.calls(Endpoint::VideoInit)), (0, 0));
}

#[tokio::test]
async fn without_a_domain_nothing_is_told() {
    let mut world = world().await;
    world.worker.pull_domain = "".parse().unwrap();
    let target = world.to_pull(queued()).await;
    world.step(&target).await;
    let state = world.now(&target).await.state;
    assert!(matches!(state, TargetState::Failed { failure: Failure::NoPullDomain, .. }), "{state:?}");
}
