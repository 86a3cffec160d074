//! Calls with tokens that have expired, were revoked, or are being refreshed by others.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{Reach, ReconnectReason};
use slipway_store::accounts::{AccountRecord, AccountStatus, RefreshClaim};
use slipway_tiktok::CreatorInfo;
use slipway_tokens::CallError;
use tiktok_sim::{Action, Endpoint, Fault, OauthErrorStatus};
use workbench::until;

use crate::support::World;

/// One call to TikTok by one process.
pub(crate) async fn ask(app: &accounts::App, account: &AccountRecord) -> Result<CreatorInfo, CallError> {
    let tiktok = app.tokens.tiktok(&account.tenant);
    app.tokens.call(account, async |token| tiktok.creator_info(&token).await).await
}

pub(crate) async fn stored(world: &World, account: &AccountRecord) -> AccountRecord {
    world.app.accounts.get(&Reach::whole(&account.tenant), &account.id).await.unwrap().unwrap()
}

/// A world with one account whose token ends so soon that our clock takes it for expired.
pub(crate) async fn expired() -> (World, AccountRecord) {
    let world = World::start_with(|config| config.access_token_lifetime = Duration::from_secs(1)).await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.bench.tiktok.configure(|config| config.access_token_lifetime = Duration::from_hours(2)).unwrap();
    (world, account)
}

/// A world with one account whose token TikTok refuses, although our clock does not know.
pub(crate) async fn refused() -> (World, AccountRecord) {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.bench.tiktok.expire_access_tokens(None);
    (world, account)
}

#[tokio::test]
async fn an_expired_token_is_refreshed_before_the_call() {
    let (world, account) = expired().await;
    let before = world.asked(Endpoint::CreatorInfo);
    ask(&world.app, &account).await.unwrap();
    assert_eq!((world.asked(Endpoint::Refresh), world.asked(Endpoint::CreatorInfo) - before), (1, 1));
    let now = stored(&world, &account).await;
    assert_eq!((now.version, now.refresh_claim), (2, None));
    ask(&world.app, &account).await.unwrap();
    assert_eq!(world.asked(Endpoint::Refresh), 1, "an old record finds the new tokens");
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once_and_the_call_repeated() {
    let (world, account) = refused().await;
    let calls = AtomicU32::new(0);
    let tiktok = world.app.tokens.tiktok(&account.tenant);
    let called = world.app.tokens.call(&account, async |token| {
        calls.fetch_add(1, Ordering::Relaxed);
        tiktok.creator_info(&token).await
    });
    called.await.unwrap();
    assert_eq!((world.asked(Endpoint::Refresh), calls.load(Ordering::Relaxed)), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_processes_with_an_expired_token_make_one_refresh() {
    for (world, account) in [expired().await, refused().await] {
        let processes: Vec<_> = (0..20).map(|_| (world.process(), account.clone())).collect();
        let calls = processes.into_iter().map(|(app, account)| tokio::spawn(async move { ask(&app, &account).await }));
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap().unwrap();
        }
        assert_eq!(world.asked(Endpoint::Refresh), 1);
        let now = stored(&world, &account).await;
        assert_eq!((now.version, now.status, now.refresh_claim), (2, AccountStatus::Active, None));
    }
}

#[tokio::test]
async fn a_short_fault_of_tiktok_is_not_seen_by_the_caller() {
    for action in [Action::StatusBefore { status: 503, code: None }, Action::CutBefore] {
        let (world, account) = expired().await;
        world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, action.clone()).times(2));
        ask(&world.app, &account).await.unwrap_or_else(|error| panic!("{action:?}: {error}"));
        assert_eq!(world.asked(Endpoint::Refresh), 3);
    }
}

#[tokio::test]
async fn while_tiktok_is_down_nobody_is_disconnected() {
    let (world, account) = expired().await;
    let fault =
        world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::StatusBefore { status: 503, code: None }));
    for _ in 0..2 {
        let failed = ask(&world.app, &account).await.unwrap_err();
        assert!(matches!(failed, CallError::TikTok(_)), "{failed}");
        assert_eq!(stored(&world, &account).await.status, AccountStatus::Active);
    }
    world.bench.tiktok.remove_fault(fault);
    ask(&world.app, &account).await.unwrap();
}

#[tokio::test]
async fn a_wrong_client_secret_is_the_operators_fault_and_disconnects_nobody() {
    let (world, account) = expired().await;
    world.bench.tiktok.configure(|config| config.client_secret = tiktok_sim::ClientSecret::new("changed")).unwrap();
    let failed = ask(&world.app, &account).await.unwrap_err();
    assert!(matches!(failed, CallError::TikTok(_)), "{failed}");
    let now = stored(&world, &account).await;
    assert_eq!((now.status, now.refresh_claim), (AccountStatus::Active, None), "the claim is released");
}

#[tokio::test]
async fn a_revoked_account_is_found_out_within_one_call_and_asked_about_no_more() {
    for status in [OauthErrorStatus::AlwaysOk, OauthErrorStatus::Standard] {
        let world = World::start_with(|config| config.oauth_error_status = status).await;
        let caller = world.caller().await;
        let account = world.connect(&caller).await;
        world.bench.tiktok.revoke_by_user(account.open_id.as_str(), 1);
        let failed = ask(&world.app, &account).await.unwrap_err();
        let reason = ReconnectReason::RefreshRefused;
        assert!(matches!(failed, CallError::ReconnectRequired { reason: said } if said == reason), "{failed}");
        let now = stored(&world, &account).await;
        assert!(matches!(now.status, AccountStatus::ReconnectRequired { reason: said, .. } if said == reason));

        let asked = world.bench.tiktok.ledger().requests.len();
        ask(&world.app, &now).await.unwrap_err();
        assert_eq!(world.bench.tiktok.ledger().requests.len(), asked);
        let shown = world.get(&caller, &format!("/v1/accounts/{}", account.id)).await.json();
        assert_eq!(
            (&shown["status"], &shown["reconnect_reason"]),
            (&"reconnect_required".into(), &"refresh_refused".into())
        );

        let repaired = world.connect(&caller).await;
        assert_eq!((&repaired.id, &repaired.status), (&account.id, &AccountStatus::Active));
        ask(&world.app, &repaired).await.unwrap();
    }
}

#[tokio::test]
async fn whoever_waits_for_a_refresh_that_is_refused_does_not_ask_again() {
    let (world, account) = expired().await;
    world.bench.tiktok.revoke_by_user(account.open_id.as_str(), 1);
    let processes: Vec<_> = (0..5).map(|_| world.process()).collect();
    let failed = processes.iter().map(|app| ask(app, &account));
    for failed in futures_util::future::join_all(failed).await {
        assert!(matches!(failed, Err(CallError::ReconnectRequired { .. })), "{failed:?}");
    }
    assert_eq!(world.asked(Endpoint::Refresh), 1);
}

#[tokio::test]
async fn a_lost_rotation_is_said_by_its_own_reason() {
    let (world, account) = expired().await;
    world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::CutAfter).times(1));
    let failed = ask(&world.app, &account).await.unwrap_err();
    assert!(matches!(failed, CallError::ReconnectRequired { reason: ReconnectReason::RefreshLost }), "{failed}");
}

#[tokio::test]
async fn without_rotation_a_lost_answer_loses_nothing() {
    let (world, account) = expired().await;
    world.bench.tiktok.configure(|config| config.rotate_refresh_tokens = false).unwrap();
    world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::CutAfter).times(1));
    ask(&world.app, &account).await.unwrap();
}

#[tokio::test]
async fn a_missing_scope_is_no_reason_to_refresh() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect_as(&caller, &[("sim_untick", "video.publish")]).await;
    let failed = ask(&world.app, &account).await.unwrap_err();
    assert!(matches!(&failed, CallError::TikTok(error) if error.is_missing_scope()), "{failed}");
    assert_eq!(world.asked(Endpoint::Refresh), 0);
    assert_eq!(stored(&world, &account).await.status, AccountStatus::Active);
}

/// Starts a call whose refresh takes a while, and waits until TikTok has been asked.
async fn call_with_slow_refresh(
    world: &World,
    account: &AccountRecord,
) -> tokio::task::JoinHandle<Result<CreatorInfo, CallError>> {
    world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::Delay { millis: 400 }).times(1));
    let (app, record) = (world.process(), account.clone());
    let call = tokio::spawn(async move { ask(&app, &record).await });
    until("TikTok is asked to refresh", async || world.asked(Endpoint::Refresh) == 1).await;
    call
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_take_the_new_tokens_along() {
    let (world, account) = expired().await;
    let call = call_with_slow_refresh(&world, &account).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    until("the new tokens are stored", async || stored(&world, &account).await.version == 2).await;
    ask(&world.app, &account).await.unwrap();
    assert_eq!(world.asked(Endpoint::Refresh), 1);
}

#[tokio::test]
async fn a_store_that_fails_for_a_moment_does_not_lose_the_new_tokens() {
    let (world, account) = expired().await;
    let call = call_with_slow_refresh(&world, &account).await;
    // More than the SDK repeats by itself.
    world.bench.deployment.aws().fail_next("DynamoDB.UpdateItem", 5, 500);
    call.await.unwrap().unwrap();
    assert_eq!((stored(&world, &account).await.version, world.asked(Endpoint::Refresh)), (2, 1));
}

#[tokio::test]
async fn kms_being_away_keeps_tiktok_from_being_asked() {
    let (world, account) = expired().await;
    let cold = world.process();
    world.bench.deployment.aws().fail_next("KMS", 20, 503);
    let failed = ask(&cold, &account).await.unwrap_err();
    assert!(matches!(&failed, CallError::Vault(error) if error.is_retryable()), "{failed}");
    assert_eq!(world.asked(Endpoint::Refresh), 0);
    world.bench.deployment.aws().clear_faults();
    ask(&cold, &account).await.unwrap();
}

async fn hold_claim(world: &World, account: &AccountRecord, left: SignedDuration) {
    let now = Timestamp::now();
    let claim = RefreshClaim { owner: "the dead".to_owned(), until: now + left };
    let answer = world.app.accounts.claim_refresh(account, &claim, now).await.unwrap();
    assert!(answer.is_done());
}

#[tokio::test]
async fn a_refresher_that_died_before_it_asked_tiktok_is_survived() {
    let (world, account) = expired().await;
    hold_claim(&world, &account, SignedDuration::from_millis(300)).await;
    ask(&world.app, &account).await.unwrap();
    assert_eq!(world.asked(Endpoint::Refresh), 1);
}

#[tokio::test]
async fn a_refresher_that_died_with_tiktoks_answer_is_named_as_the_reason() {
    let (world, account) = expired().await;
    hold_claim(&world, &account, SignedDuration::from_millis(300)).await;
    // TikTok rotated for the dead one.
    world.bench.tiktok.configure(|config| config.refuse_refresh = true).unwrap();
    let failed = ask(&world.app, &account).await.unwrap_err();
    assert!(matches!(failed, CallError::ReconnectRequired { reason: ReconnectReason::RefreshLost }), "{failed}");
}

#[tokio::test]
async fn tokens_that_were_moved_to_another_account_open_nothing() {
    let world = World::start().await;
    let caller = world.caller().await;
    let one = world.connect(&caller).await;
    let other =
        world.bench.tiktok.add_user(tiktok_sim::User { username: "other".to_owned(), ..tiktok_sim::User::default() });
    let other = world.connect_as(&caller, &[("sim_user", &other)]).await;
    world
        .app
        .accounts
        .rotate_tokens(&other, &one.tokens, &other.scopes, Timestamp::now())
        .await
        .unwrap()
        .done()
        .unwrap();
    let asked = world.asked(Endpoint::CreatorInfo);
    let failed = ask(&world.app, &stored(&world, &other).await).await.unwrap_err();
    assert!(matches!(&failed, CallError::Vault(error) if !error.is_retryable()), "{failed}");
    assert_eq!(world.asked(Endpoint::CreatorInfo), asked);
}

#[tokio::test]
async fn an_account_that_was_forgotten_meanwhile_is_gone() {
    let (world, account) = expired().await;
    assert!(world.app.accounts.forget(&account).await.unwrap().is_done());
    let failed = ask(&world.app, &account).await.unwrap_err();
    assert!(matches!(failed, CallError::Gone), "{failed}");
    assert_eq!(world.asked(Endpoint::Refresh), 0);
}

#[tokio::test]
async fn many_refreshes_in_one_process_cost_few_calls_to_kms() {
    let (world, account) = expired().await;
    let process = world.process();
    world.bench.deployment.aws().reset_counts();
    let mut current = account;
    for _ in 0..25 {
        current = process.tokens.refresh(&current).await.unwrap();
    }
    let kms: u64 = world
        .bench
        .deployment
        .aws()
        .request_counts()
        .iter()
        .filter(|(name, _)| name.starts_with("KMS."))
        .map(|(_, n)| n)
        .sum();
    assert!(kms <= 2, "{kms} calls");
    assert_eq!(world.asked(Endpoint::Refresh), 25);
}
