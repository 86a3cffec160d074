//! `/v1/accounts`: the list, one account, and disconnecting it.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use slipway_contract::{ApiError, Cause, ErrorCode, Issue, Page};
use slipway_domain::{AccountId, BrandId};
use slipway_runtime::guard::Caller;
use slipway_runtime::http::{Answer, Failure, json};
use slipway_runtime::tokens::{CallError, tiktok_error};
use slipway_store::accounts::AccountRecord;
use slipway_tiktok::{Class, OAuthErrorCode};

use crate::paging::Paging;
use crate::{App, cursor, fields, view};

/// The name of this list in cursors.
const LIST: &str = "accounts";
/// How often a disconnect looks again when the account changes under its hands.
const RACES: u32 = 5;

/// The tenant's accounts, page by page.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    caller.must("accounts:read")?;
    let mut issues = Vec::new();
    let paging = Paging::<AccountId>::read(&query, LIST, &caller.tenant, &mut issues);
    let brand = query.get("brand_id").filter(|text| !text.is_empty()).and_then(|text| {
        let brand = text.parse::<BrandId>();
        if brand.is_err() {
            issues.push(Issue::invalid("brand_id", format!("{text:?} is no brand"), "Send a brand's id."));
        }
        brand.ok()
    });
    fields::done(issues)?;
    let brands = match brand {
        Some(brand) if caller.may_touch(Some(&brand)) => vec![brand],
        Some(_) => return Ok(page(&[], None, paging.limit)),
        None => caller.brand_ids,
    };
    let found = app.accounts.list(&caller.tenant, &brands, paging.after.as_ref(), paging.limit).await?;
    let next = found.next.map(|last| cursor::write(LIST, &caller.tenant, last.as_str()));
    Ok(page(&found.accounts, next, paging.limit))
}

fn page(accounts: &[AccountRecord], next_cursor: Option<String>, limit: usize) -> axum::response::Response {
    let data = accounts.iter().map(view::account).collect();
    json(StatusCode::OK, &Page { data, next_cursor, limit }.body())
}

/// One account.
pub(crate) async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    caller.must("accounts:read")?;
    Ok(json(StatusCode::OK, &view::account(&find(&app, &caller, &id).await?)))
}

/// Takes the authorization back at TikTok and forgets the account with its tokens.
///
/// In this order, so that a crash in between leaves an account whose disconnection can be repeated.
pub(crate) async fn disconnect(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    caller.must("accounts:manage")?;
    let mut account = find(&app, &caller, &id).await?;
    for _ in 0..RACES {
        revoke(&app, &account).await?;
        // Revoking may have refreshed the tokens, and the creator may have connected again meanwhile.
        let current = app.accounts.get(&account.tenant, &account.id).await?;
        let Some(current) = current else { return Ok(StatusCode::NO_CONTENT.into_response()) };
        let same_connection = current.connected_at == account.connected_at;
        account = current;
        if same_connection && app.accounts.forget(&account).await? {
            tracing::info!(account.id = %account.id, "account disconnected");
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    let message = "The account is being connected again at this moment. Try again.";
    Err(Failure(
        ApiError::new(ErrorCode::Conflict, message).with_cause(Cause::Caller).with("retryable", true).retry_after(1),
    ))
}

/// Revokes the authorization, unless it is gone already.
async fn revoke(app: &App, account: &AccountRecord) -> Result<(), Failure> {
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
    let tiktok = app.tokens.tiktok();
    app.tokens.call(account, async |token| tiktok.revoke(&token).await).await
}

/// The revocation endpoint calls a token that it does not know, or knows no more, an invalid grant or request.
fn is_refused(error: &slipway_tiktok::Error) -> bool {
    error.class() == Class::Reauthorise || error.oauth_code() == Some(&OAuthErrorCode::InvalidRequest)
}

fn settled(account: &AccountRecord, revoked: Result<(), CallError>) -> Result<(), Failure> {
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
            Err(Failure(ApiError { message, ..answer }))
        }
        Err(error) => Err(error.into()),
    }
}

/// The account, if the caller may see it. Another tenant's or another brand's is not found, never forbidden.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<AccountRecord, Failure> {
    let account = match id.parse::<AccountId>() {
        Ok(id) => app.accounts.get(&caller.tenant, &id).await?,
        Err(_) => None,
    };
    account.filter(|account| caller.may_touch(account.brand.as_ref())).ok_or_else(|| {
        Failure(ApiError::new(
            ErrorCode::AccountNotFound,
            "There is no such account. GET /v1/accounts lists those there are.",
        ))
    })
}
