//! Refreshes that do not end in the new tokens that TikTok gave for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_stand_in::Meanwhile;
use serde_json::json;
use slipway_domain::ReconnectReason;
use slipway_store::accounts::AccountStatus;
use slipway_tokens::{CallError, Tokens};
use tiktok_sim::{Action, Endpoint, Fault};
use tokio::sync::Notify;
use workbench::Bench;

use crate::support::World;
use crate::tokens::{ask, expired, refused, stored};

/// TikTok refuses every access token, however new.
fn refuse_tokens(world: &World) {
    let refusal = Action::StatusBefore { status: 401, code: Some("access_token_invalid".to_owned()) };
    world.bench.tiktok.fault(Fault::on(Endpoint::CreatorInfo, refusal));
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
    let (tiktok, other, calls) = (world.app.tokens.tiktok(&account.tenant), world.process(), AtomicU32::new(0));
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
    world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::StatusBefore { status: 503, code: None }));
    ask(&world.app, &account).await.unwrap_err();
    assert_eq!(world.asked(Endpoint::Refresh), 3);
}

#[tokio::test]
async fn whoever_refreshes_after_a_lost_outcome_knows_of_it() {
    let (world, account) = expired().await;
    world.bench.tiktok.fault(Fault::on(Endpoint::Refresh, Action::CutAfter).times(3));
    let failed = ask(&world.app, &account).await.unwrap_err();
    assert!(matches!(failed, CallError::TikTok(_)), "{failed}");
    // TikTok rotated, and the old refresh token is dead: that is no refusal of the creator's.
    let failed = ask(&world.process(), &account).await.unwrap_err();
    assert!(matches!(failed, CallError::ReconnectRequired { reason: ReconnectReason::RefreshLost }), "{failed}");
    assert_eq!(world.asked(Endpoint::Refresh), 4, "it need not wait for the claim's end");
}

#[tokio::test]
async fn a_creator_who_connects_during_a_refresh_keeps_the_younger_grant() {
    let world = World::start().await;
    let caller = world.caller().await;
    let account = world.connect(&caller).await;
    world.bench.tiktok.expire_access_tokens(None);
    let (renewed, go_on, writes) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicU32::new(0)));
    let (met, released) = (Arc::clone(&renewed), Arc::clone(&go_on));
    let pause: Meanwhile = Arc::new(move || {
        let (met, released, writes) = (Arc::clone(&met), Arc::clone(&released), Arc::clone(&writes));
        Box::pin(async move {
            // The first write takes the claim, the second one is to store the new tokens.
            if writes.fetch_add(1, Ordering::Relaxed) == 1 {
                met.notify_one();
                released.notified().await;
            }
        })
    });
    world.bench.deployment.aws().before_next("DynamoDB.UpdateItem", 2, pause);
    let reconnect = async {
        renewed.notified().await;
        let younger = world.connect(&caller).await;
        go_on.notify_one();
        younger
    };
    let (outcome, younger) = tokio::join!(ask(&world.app, &account), reconnect);
    outcome.unwrap();
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
