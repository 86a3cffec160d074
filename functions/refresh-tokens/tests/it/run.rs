//! Runs over a table of due accounts, against a simulated TikTok.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use refresh_tokens::Run;
use slipway_domain::{DeferReason, TargetState};
use slipway_store::accounts::AccountStatus;
use tiktok_sim::{Action, Endpoint, Fault};

use crate::support::{World, in_minutes};

#[tokio::test]
async fn a_run_renews_what_is_due_once() {
    let world = World::with(5, 2).await;
    assert_eq!(world.run_in(109).await, Run::default());
    assert_eq!(world.run_in(111).await, Run { renewed: 5, ..Run::default() });
    assert_eq!(world.run_in(109).await, Run::default());
    assert_eq!(world.asked(), 5);
}

fn scheduled(at: Timestamp) -> TargetState {
    TargetState::Scheduled { at }
}

fn deferred(until: Timestamp) -> TargetState {
    TargetState::Deferred { attempt: 1, until, why: DeferReason::CreatorCap }
}

#[tokio::test]
async fn a_post_that_is_due_soon_finds_its_account_with_a_fresh_token() {
    for state in [scheduled, deferred] {
        let world = World::with(2, 2).await;
        assert_eq!(world.run_in(106).await, Run::default(), "not due by itself yet");
        let media = world.bench.absent_video(100);
        world.bench.target(&world.accounts[0], &media, state(in_minutes(116))).await;
        assert_eq!(world.run_in(100).await, Run::default(), "the post is not due soon");
        assert_eq!(world.run_in(104).await, Run::default(), "the token outlives the look ahead");
        assert_eq!(world.run_in(106).await, Run { renewed: 1, ..Run::default() });
        assert_eq!(world.run_in(104).await, Run::default(), "the new token outlives it, too");
    }
}

#[tokio::test]
async fn what_a_deadline_leaves_the_next_run_renews() {
    let world = World::with(5, 2).await;
    assert_eq!(world.run_until(115, Instant::now()).await, Run { cut_short: true, ..Run::default() });
    assert_eq!(world.asked(), 0);
    assert_eq!(world.run_in(115).await.renewed, 5);
}

#[tokio::test]
async fn no_more_renewals_run_at_once_than_allowed_and_what_was_begun_is_ended() {
    let world = World::with(7, 3).await;
    // No answer comes before the deadline: what is asked by then is what runs at once.
    world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::Delay { millis: 2500 }));
    let run = world.run_until(115, Instant::now() + Duration::from_secs(2)).await;
    assert_eq!(run, Run { renewed: 3, cut_short: true, ..Run::default() });
    assert_eq!(world.asked(), 3);
    world.bench.tiktok.clear_faults();
    assert_eq!(world.run_in(115).await, Run { renewed: 7, ..Run::default() });
}

#[tokio::test]
async fn while_tiktok_is_down_renewals_rest_ever_longer_and_no_account_is_lost() {
    let world = World::with(1, 1).await;
    let fault =
        world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::StatusBefore { status: 503, code: None }));
    // The accounts' times are of the real clock; from here on they are what was put off.
    let put_off = Run { put_off: 1, ..Run::default() };
    assert_eq!(world.run_in(115).await, put_off);
    assert_eq!(world.run_in(4).await, Run::default(), "it rests");
    assert_eq!(world.run_in(8).await, put_off);
    assert_eq!(world.run_in(9).await, Run::default(), "it rests longer");
    let account = world.bench.account(&world.accounts[0]).await;
    assert_eq!((account.status, account.refresh_failures), (AccountStatus::Active, 2));
    world.bench.tiktok.remove_fault(fault);
    assert_eq!(world.run_in(16).await, Run { renewed: 1, ..Run::default() });
}

#[tokio::test]
async fn a_revoked_account_is_lost_once() {
    let world = World::with(2, 2).await;
    let revoked = world.bench.tiktok.users().pop().unwrap();
    assert!(world.bench.tiktok.revoke_by_user(&revoked, 1));
    assert_eq!(world.run_in(115).await, Run { renewed: 1, lost: 1, ..Run::default() });
    assert_eq!(world.run_in(116).await.lost, 0);
}

#[tokio::test]
async fn a_part_of_the_index_that_can_not_be_read_does_not_stop_the_others() {
    let world = World::with(20, 4).await;
    // The SDK asks three times: the four parts of the posts' index at once, then the first part of the accounts' index.
    world.bench.deployment.aws().fail_next("DynamoDB.Query", 15, 500);
    let run = world.run_in(115).await;
    assert_eq!((run.unread, run.put_off, run.lost), (2, 0, 0));
    // Usually fewer than all: the part that could not be read may hold no account.
    assert!((1..=20).contains(&run.renewed), "{run:?}");
    // Two hours on, the rest is due: so are all of them, renewed by now.
    assert_eq!(world.run_in(115).await, Run { renewed: 20, ..Run::default() });
}
