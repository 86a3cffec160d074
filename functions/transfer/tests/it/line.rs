//! Whose turn it is: an account's targets stand in one line.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{DeferReason, Line, PaceLimits, PostMode, Reach, TargetState};
use slipway_store::accounts::AccountRecord;
use slipway_store::posts::{Change, TargetRecord};
use slipway_worker::Handled;
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::{private_video, sha256, video_of};

use crate::support::World;

const LIMITS: PaceLimits = PaceLimits { posts_per_hour: 25, posts_per_day: 15 };
const WRITES: [&str; 2] = ["DynamoDB.UpdateItem", "DynamoDB.TransactWriteItems"];

/// Takes a place as somebody else's post would, so long ago. Answers it.
async fn take(world: &World, ago: SignedDuration) -> Timestamp {
    let account = world.account(&world.account).await;
    let mut pace = account.pace.clone();
    let at = pace.take(Line::Posts, LIMITS, None, Timestamp::now() - ago).place().unwrap();
    world.owner.accounts.keep_pace(&account, &pace).await.unwrap().done().unwrap();
    at
}

/// A small video that is queued with a place that it took so long ago.
async fn with_place(world: &World, ago: SignedDuration) -> (TargetRecord, Vec<u8>) {
    let (target, bytes) = world.small().await;
    let at = take(world, ago).await;
    let placed = world.write(&target, Change::to(target.state.clone(), Timestamp::now()).place(Some(at))).await;
    (placed, bytes)
}

/// How many places are taken by now: as many as one gives back.
async fn taken(world: &World) -> usize {
    let account = world.account(&world.account).await;
    let stored = serde_json::to_value(&account.pace).unwrap();
    stored["posts"]["taken"].as_array().map_or(0, Vec::len)
}

fn counts(world: &World) -> [u64; 2] {
    let counts = world.deployment.aws().request_counts();
    WRITES.map(|write| counts.get(write).copied().unwrap_or_default())
}

#[tokio::test]
async fn a_target_that_has_its_place_goes_straight_to_tiktok() {
    let world = World::new().await;
    let (target, bytes) = with_place(&world, SignedDuration::ZERO).await;
    world.deployment.aws().reset_counts();
    assert_eq!(world.step(&target).await, Handled::Done);
    // The claim, the publish id, the last byte with what that is told as; the account is not written.
    assert_eq!(counts(&world), [2, 1]);
    let now = world.now(&target).await;
    assert_eq!(world.publish(&now).sha256, Some(sha256(&bytes)));
    assert_eq!((taken(&world).await, now.place), (1, None), "what TikTok has accepted waits in no line");
}

#[tokio::test]
async fn a_target_without_a_place_takes_one_in_the_write_that_claims_it() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    world.deployment.aws().reset_counts();
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(counts(&world), [1, 2], "no more calls than with a place");
    assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)));
    assert_eq!(taken(&world).await, 1);
}

#[tokio::test]
async fn the_seventh_in_a_minute_waits_for_its_place_and_tiktok_refuses_nobody() {
    let world = World::new().await;
    let mut waits = Vec::new();
    for number in 0..8 {
        let (target, _) = world.small().await;
        let outcome = world.step(&target).await;
        let now = world.now(&target).await;
        if number < 6 {
            assert!(matches!(now.state, TargetState::Processing { .. }), "{number}: {:?}", now.state);
            continue;
        }
        let TargetState::Deferred { attempt: 0, until, why: DeferReason::RateLimited } = now.state else {
            panic!("{number}: {:?}", now.state)
        };
        // Its message comes back at its place; the sweep looks a little later.
        let net = until + SignedDuration::from_secs(30);
        assert_eq!((now.place, now.due_at, now.claimed_until), (Some(until), Some(net.into()), None));
        let wait = until.duration_since(Timestamp::now());
        assert!(wait > SignedDuration::from_secs(50) && wait <= SignedDuration::from_secs(70), "{wait}");
        let Handled::Again(pause) = outcome else { panic!("its message comes back") };
        assert!(pause > wait.unsigned_abs() && pause < wait.unsigned_abs() + Duration::from_secs(3), "{pause:?}");
        waits.push(now);
    }
    assert_eq!((world.calls(Endpoint::VideoInit), taken(&world).await), (6, 8));
    // A message that comes too early, or a second one, changes nothing.
    for target in waits {
        assert_eq!(world.step(&target).await, Handled::Done);
        assert_eq!(world.now(&target).await, target);
    }
}

#[tokio::test]
async fn what_we_hold_for_hours_is_not_given_up_for_it() {
    let world = World::new().await;
    for _ in 0..15 {
        take(&world, SignedDuration::from_hours(1)).await;
    }
    let (target, _) = world.small().await;
    world.give_up_at(&target, Timestamp::now() + SignedDuration::from_mins(1)).await;
    assert_eq!(world.step(&target).await, Handled::Done, "the sweep wakes it");
    let now = world.now(&target).await;
    let TargetState::Deferred { until, why: DeferReason::Velocity, .. } = now.state else { panic!("{:?}", now.state) };
    assert!(until > Timestamp::now() + SignedDuration::from_hours(22), "{until}");
    assert_eq!(now.give_up_at, until + SignedDuration::from_hours(24));
    assert_eq!((now.place, now.due_at), (Some(until), Some(until.into())));
    assert_eq!(world.calls(Endpoint::VideoInit), 0);
}

#[tokio::test]
async fn who_comes_too_late_for_its_place_changes_it_and_takes_no_second_one() {
    let world = World::new().await;
    for (state, ago) in [
        (TargetState::Queued { attempt: 0 }, 60),
        (TargetState::Initialising { attempt: 1 }, 60),
        (TargetState::Deferred { attempt: 0, until: Timestamp::now(), why: DeferReason::RateLimited }, 30),
    ] {
        let before = taken(&world).await;
        let (target, bytes) = with_place(&world, SignedDuration::from_secs(ago)).await;
        world.write(&target, Change::to(state.clone(), Timestamp::now())).await;
        assert_eq!(world.step(&target).await, Handled::Done, "{state:?}");
        assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)), "{state:?}");
        assert_eq!(taken(&world).await, before + 1, "{state:?}");
    }
}

#[tokio::test]
async fn a_lost_upload_that_is_begun_again_takes_a_place_of_its_own() {
    let world = World::new().await;
    let (target, _) = with_place(&world, SignedDuration::ZERO).await;
    world.tiktok.fault(Fault::on(Endpoint::Upload, Action::ExpireUpload).times(1));
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!((world.calls(Endpoint::VideoInit), taken(&world).await), (2, 2));
}

#[tokio::test]
async fn after_a_refusal_of_tiktoks_the_others_in_line_are_held_back() {
    for (code, why) in
        [("spam_risk_too_many_posts", DeferReason::CreatorCap), ("reached_active_user_cap", DeferReason::AppCap)]
    {
        let world = World::new().await;
        let (first, _) = with_place(&world, SignedDuration::ZERO).await;
        let (second, _) = with_place(&world, SignedDuration::ZERO).await;
        let (third, _) = world.small().await;
        let refused = Action::StatusBefore { status: 403, code: Some(code.to_owned()) };
        world.tiktok.fault(Fault::on(Endpoint::VideoInit, refused));
        let mut untils = Vec::new();
        for target in [&first, &second, &third] {
            world.step(target).await;
            let now = world.now(target).await;
            let TargetState::Deferred { until, why: found, attempt: 0 } = now.state else { panic!("{:?}", now.state) };
            assert_eq!((found, now.place), (why, Some(until)), "{code}");
            assert_eq!(now.give_up_at, target.give_up_at, "{code}: it is TikTok that has no room");
            untils.push(until);
        }
        assert!(untils.is_sorted() && untils[0] > Timestamp::now() + SignedDuration::from_mins(55), "{untils:?}");
        assert_eq!((world.calls(Endpoint::VideoInit), taken(&world).await), (1, 3), "{code}");
    }
}

#[tokio::test]
async fn drafts_wait_in_a_line_of_their_own() {
    let world = World::new().await;
    for _ in 0..15 {
        take(&world, SignedDuration::from_hours(1)).await;
    }
    let mut settings = private_video();
    settings.post_mode = PostMode::Inbox;
    settings.privacy_level = None;
    let mut states = Vec::new();
    for _ in 0..6 {
        let media = world.video(video_of(200_000, 1)).await;
        let queued = TargetState::Queued { attempt: 0 };
        let target = world.target_with(&world.account, &media, queued, settings.clone()).await;
        world.step(&target).await;
        states.push(world.now(&target).await.state);
    }
    let last = states.pop().unwrap();
    assert!(matches!(last, TargetState::Deferred { why: DeferReason::Velocity, .. }), "{last:?}");
    assert!(states.iter().all(|state| matches!(state, TargetState::Processing { .. })), "{states:?}");
}

#[tokio::test]
async fn of_two_who_take_a_place_at_the_same_moment_each_has_one() {
    let world = World::new().await;
    let (target, bytes) = world.small().await;
    let (accounts, account) = (world.owner.accounts.clone(), world.account.clone());
    let other = move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (accounts, account) = (accounts.clone(), account.clone());
        Box::pin(async move {
            let account: AccountRecord =
                accounts.get(&Reach::whole(&account.tenant), &account.id).await.unwrap().unwrap();
            let mut pace = account.pace.clone();
            let _ = pace.take(Line::Posts, LIMITS, None, Timestamp::now());
            accounts.keep_pace(&account, &pace).await.unwrap().done().unwrap();
        })
    };
    world.deployment.aws().before_next("DynamoDB.TransactWriteItems", 2, Arc::new(other));
    world.deployment.aws().reset_counts();
    assert_eq!(world.step(&target).await, Handled::Done);
    assert_eq!(world.publish(&world.now(&target).await).sha256, Some(sha256(&bytes)));
    assert_eq!(taken(&world).await, 3);
    assert_eq!(world.deployment.aws().request_counts()["DynamoDB.TransactWriteItems"], 4);
}
