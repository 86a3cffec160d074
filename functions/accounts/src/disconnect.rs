//! Disconnecting an account: TikTok is told, the account is forgotten, and what waits for it fails.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use lambda_http::Context;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::AccountId;
use slipway_domain::schedule::CALLERS_COME_BACK_SOON;
use slipway_http::auth::Caller;
pub(crate) use slipway_http::deadline::RESERVE;
use slipway_http::deadline::of_request;
use slipway_http::{Answer, ErrorResponse};
use slipway_store::accounts::{AccountRecord, Found};
use slipway_tokens::waiting::{self, Drafts};
use slipway_tokens::{CallError, NotDisconnected, Untold, tiktok_error};

use crate::App;
use crate::accounts::not_found;

/// Takes the authorization back at TikTok (unless another tenant lives on it), forgets the account with its tokens, and
/// fails the posts that wait for it.
///
/// In this order, so that a crash leaves either an account whose disconnection can be repeated, or posts that fail at
/// a repetition, and otherwise when they are due.
pub(crate) async fn disconnect(
    State(app): State<Arc<App>>,
    caller: Caller,
    context: Option<Extension<Context>>,
    Path(id): Path<String>,
) -> Answer {
    let until = of_request(context.as_deref()).leaving(RESERVE);
    let Ok(id) = id.parse::<AccountId>() else { return Err(not_found()) };
    match app.accounts.look_for(&caller.reach, &id).await? {
        Found::Within(account) => {
            forget(&app, *account).await?;
            waiting::fail(&app.posts, caller.tenant(), &id, Drafts::Stay, until).await;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Found::Beyond => Err(not_found()),
        Found::Nothing => {
            // An earlier call may have been cut off behind the forgetting.
            waiting::fail(&app.posts, caller.tenant(), &id, Drafts::Stay, until).await;
            Err(not_found())
        }
    }
}

/// Forgets an account, at TikTok first.
pub(crate) async fn forget(app: &App, account: AccountRecord) -> Result<(), ErrorResponse> {
    let Err(error) = app.tokens.disconnect(&app.accounts, account, Untold::Keep).await else { return Ok(()) };
    Err(match error {
        NotDisconnected::Raced => {
            let message = "The account is being connected again at this moment. Try again.";
            let error = ApiError::new(ErrorCode::Conflict, message).with_cause(Cause::Caller);
            ErrorResponse(error.with_retryable(true).retry_after(CALLERS_COME_BACK_SOON))
        }
        NotDisconnected::Call(CallError::TikTok(error)) => {
            let answer = tiktok_error(&error);
            let message = format!("{} The account is still connected.", answer.message);
            ErrorResponse(ApiError { message, ..answer })
        }
        NotDisconnected::Call(error) => ApiError::from(error).into(),
        NotDisconnected::Store(error) => error.into(),
    })
}
