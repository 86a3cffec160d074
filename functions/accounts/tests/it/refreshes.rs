//! Refreshes that do not end in the new tokens that TikTok gave for them.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use slipway_store::accounts::{AccountStatus, ReconnectReason};
use slipway_tokens::{CallError, Tokens};
use tiktok_sim::{Action, Endpoint, Fault};
use workbench::Bench;

use crate::support::World;
use crate::tokens::{ask, expired, refused, stored};

/// TikTok refuses every access token, however new.
fn refuse_tokens(world: &World) {
    let refusal = Action::StatusBefore { status: 401, code: Some("access_token_invalid".to_owned()) };
    world.tiktok.fault(Fault::on(Endpoint::CreatorInfo, refusal));
}

#[tokio::test]
async fn an_account_whose_new_token_is_refused_is_lost_after_two_calls() {
    let (world, account) = refused().await;
    refuse_tokens(&world);
    let before = world.asked(Endpoint::CreatorInfo);
    let failed = ask(&world.app, &account).await.unwrap_err();
    let refused = ReconnectReason::AccessRefused;
    assert!(matches!(failed, CallError::ReconnectRequired { reason } if reason == refused), "{failed}");
    let status = stored(&world, &account).await.status;
    assert!(matches!(status, AccountStatus::ReconnectRequired { reason, .. } if reason == refused), "{status:?}");
    assert_eq!((world.asked(Endpoint::Refresh), world.asked(Endpoint::CreatorInfo) - before), (1, 2));
}

#[tokio::test]
async fn a_second_refusal_loses_no_account_that_another_process_renewed() {
    let (world, account) = refused().await;
    refuse_tokens(&world);
    let (tiktok, other, calls) = (world.app.tokens.tiktok(), world.process(), AtomicU32::new(0));
    let called = world.app.tokens.call(&account, async |token| {
        let answer = tiktok.creator_info(&token).await;
        if calls.fetch_add(1, Ordering::Relaxed) == 1 {
            other.tokens.refresh(&stored(&world, &account).await).await.unwrap();
        }
        answer
    });
    let failed = called.await.unwrap_err();
    assert!(matches!(&failed, CallError::TikTok(error) if error.is_token_refused()), "{failed}");
    let now = stored(&world, &account).await;
    assert_eq!((now.version, now.status), (3, AccountStatus::Active));
}

#[tokio::test]
async fn tiktok_is_asked_three_times_in_one_refresh_and_no_more() {
    let (world, account) = expired().await;
    world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::StatusBefore { status: 503, code: None }));
    ask(&world.app, &account).await.unwrap_err();
    assert_eq!(world.asked(Endpoint::Refresh), 3);
}

#[tokio::test]
async fn whoever_refreshes_after_a_lost_outcome_knows_of_it() {
    let (world, account) = expired().await;
    world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::CutAfter).times(3));
    let failed = ask(&world.app, &account).await.unwrap_err();
    assert!(matches!(failed, CallError::TikTok(_)), "{failed}");
    // TikTok rotated, and the old refresh token is dead: that is no refusal of the creator's.
    let failed = ask(&world.process(), &account).await.unwrap_err();
    assert!(matches!(failed, CallError::ReconnectRequired { reason: ReconnectReason::RefreshLost }), "{failed}");
    assert_eq!(world.asked(Endpoint::Refresh), 4, "it need not wait for the lease's end");
}

#[tokio::test]
async fn a_creator_who_connects_during_a_refresh_keeps_the_younger_grant() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.tiktok.expire_access_tokens(None);
    world.tiktok.fault(Fault::on(Endpoint::Refresh, Action::DelayAnswer { millis: 1000 }).times(1));
    let reconnect = async {
        world.until("TikTok is asked to refresh", async || world.asked(Endpoint::Refresh) == 1).await;
        world.connect(&caller).await
    };
    let (asked, younger) = tokio::join!(ask(&world.app, &account), reconnect);
    asked.unwrap();
    assert_eq!((&younger.id, younger.version), (&account.id, 2), "it comes before the refresh is written");
    let now = stored(&world, &account).await;
    assert_eq!((now.version, now.tokens), (2, younger.tokens));
}

#[tokio::test]
async fn a_refresh_that_names_no_scopes_leaves_them_as_they_were() {
    let bench = Bench::of("AccountsFunction").await;
    let account = bench.connect().await;
    for scope in [json!(null), json!("")] {
        let answer = json!({
            "open_id": account.open_id.as_str(),
            "scope": scope,
            "access_token": "act.new",
            "expires_in": 7200,
            "refresh_token": "rft.new",
            "refresh_expires_in": 86400,
        });
        let tiktok = bench.answering(200, None, &answer).await;
        let tokens = Tokens::new(bench.role.accounts.clone(), bench.role.vault.clone(), tiktok);
        let before = bench.account(&account).await;
        let renewed = tokens.refresh(&before).await.unwrap();
        assert_eq!((renewed.version, &renewed.scopes), (before.version + 1, &account.scopes), "{scope}");
        assert_eq!(bench.account(&account).await.scopes, account.scopes, "{scope}");
    }
    assert!(!account.scopes.is_empty());
}
