//! Disconnecting an account: TikTok is told, the account is forgotten, and what waits for it fails.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use lambda_http::Context;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::AccountId;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse};
use slipway_store::accounts::{AccountRecord, AccountStatus};
use slipway_tiktok::{Class, OAuthErrorCode};
use slipway_tokens::{CallError, tiktok_error};
use slipway_worker::Deadline;

use crate::accounts::not_found;
use crate::{App, waiting};

/// How often a disconnect is tried again after a conflict with another writer of the account.
const CONFLICT_RETRIES: u32 = 5;
/// What is left for the answer, and for the writes that were begun.
pub(crate) const RESERVE: Duration = Duration::from_secs(4);

/// Takes the authorization back at TikTok (unless another tenant lives on it), forgets the account with its tokens, and
/// fails the posts that wait for it.
///
/// In this order, so that a crash leaves either an account whose disconnection can be repeated, or posts that fail at
/// a repetition, and otherwise when they are due.
pub(crate) async fn disconnect(
    State(app): State<App>,
    caller: Caller,
    context: Option<Extension<Context>>,
    Path(id): Path<String>,
) -> Answer {
    let until = Deadline::of_request(context.as_deref()).leaving(RESERVE);
    let Ok(id) = id.parse::<AccountId>() else { return Err(not_found()) };
    match app.accounts.get(&caller.tenant, &id).await? {
        Some(account) if caller.may_touch(Some(&account.brand_or_default())) => {
            forget(&app, account).await?;
            waiting::fail(&app.posts, &caller.tenant, &id, until).await;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Some(_) => Err(not_found()),
        None => {
            // An earlier call may have been cut off behind the forgetting.
            waiting::fail(&app.posts, &caller.tenant, &id, until).await;
            Err(not_found())
        }
    }
}

/// Forgets an account, at TikTok first.
pub(crate) async fn forget(app: &App, mut account: AccountRecord) -> Result<(), ErrorResponse> {
    for _ in 0..CONFLICT_RETRIES {
        if is_used_elsewhere(app, &account).await? {
            tracing::info!(account.id = %account.id, "another tenant lives on the authorization: it is not revoked");
        } else {
            revoke(app, &account).await?;
        }
        // Revoking may have refreshed the tokens, and the creator may have connected again meanwhile.
        let current = app.accounts.get(&account.tenant, &account.id).await?;
        let Some(current) = current else { return Ok(()) };
        let same_connection = current.connected_at == account.connected_at;
        account = current;
        if same_connection && app.accounts.forget(&account).await?.is_done() {
            tracing::info!(account.id = %account.id, "account disconnected");
            return Ok(());
        }
    }
    let message = "The account is being connected again at this moment. Try again.";
    Err(ErrorResponse(
        ApiError::new(ErrorCode::Conflict, message).with_cause(Cause::Caller).with_retryable(true).retry_after(1),
    ))
}

/// Whether another tenant has a working account of the same TikTok user. TikTok revokes all that the user has given to
/// the app, whichever token it is shown.
async fn is_used_elsewhere(app: &App, account: &AccountRecord) -> Result<bool, ErrorResponse> {
    for (tenant, id) in app.accounts.by_open_id(&account.open_id).await? {
        let other = if tenant == account.tenant { None } else { app.accounts.get(&tenant, &id).await? };
        if other.is_some_and(|other| other.status == AccountStatus::Active) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Revokes the authorization, unless it is gone already.
async fn revoke(app: &App, account: &AccountRecord) -> Result<(), ErrorResponse> {
    let refused = match revoke_once(app, account).await {
        Err(CallError::TikTok(error)) if is_refused(&error) => error,
        other => return settled(account, other),
    };
    // Dead tokens revoke nothing, but the authorization behind them may live: only new tokens can tell.
    tracing::info!(error = %refused, account.id = %account.id, "the token does not revoke, trying a new one");
    let again = match app.tokens.refresh(account).await {
        Ok(renewed) => revoke_once(app, &renewed).await,
        Err(error) => Err(error),
    };
    match again {
        Err(CallError::TikTok(error)) if is_refused(&error) => Ok(()),
        other => settled(account, other),
    }
}

async fn revoke_once(app: &App, account: &AccountRecord) -> Result<(), CallError> {
    let tiktok = app.tokens.tiktok(&account.tenant);
    app.tokens.call(account, async |token| tiktok.revoke(&token).await).await
}

/// The revocation endpoint calls a token that it does not know, or knows no more, an invalid grant or request.
fn is_refused(error: &slipway_tiktok::Error) -> bool {
    error.class() == Class::Reauthorise || error.oauth_code() == Some(&OAuthErrorCode::InvalidRequest)
}

fn settled(account: &AccountRecord, revoked: Result<(), CallError>) -> Result<(), ErrorResponse> {
    match revoked {
        // What only the creator could repair needs no revocation.
        Ok(()) | Err(CallError::ReconnectRequired { .. } | CallError::Gone) => Ok(()),
        // A damaged record can't be used for anything but to be forgotten.
        Err(CallError::Vault(error)) if !error.is_retryable() => {
            tracing::warn!(%error, account.id = %account.id, "the tokens can't be read and were not revoked");
            Ok(())
        }
        Err(CallError::TikTok(error)) => {
            let answer = tiktok_error(&error);
            let message = format!("{} The account is still connected.", answer.message);
            Err(ErrorResponse(ApiError { message, ..answer }))
        }
        Err(error) => Err(ApiError::from(error).into()),
    }
}
