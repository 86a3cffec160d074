//! What a creator may post right now, and the limits of an account.

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::account::CreatorView;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::FailReason;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_store::accounts::AccountRecord;
use slipway_tiktok::{ApiErrorCode, Scope};
use slipway_tokens::{AskError, CallError, creator_view};

use crate::accounts::find;
use crate::{App, view};

/// TikTok's creator info, at most a minute old.
pub(crate) async fn creator_info(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    if !account.has_scope(&Scope::VideoPublish) {
        return Err(not_granted());
    }
    let body = match app.tokens.creator_info(&account).await {
        Ok(info) => creator_view(info),
        Err(AskError::Call(CallError::TikTok(error))) => match error.code().and_then(why_not) {
            Some((code, why)) => view::can_not_post(&account, cached(&account), code, why),
            None => return Err(ApiError::from(CallError::TikTok(error)).into()),
        },
        Err(error) => return Err(ApiError::from(error).into()),
    };
    Ok(json(StatusCode::OK, &body))
}

/// The account's limits as a flat map of whole numbers.
pub(crate) async fn limits(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    let longest = cached(&account).and_then(|info| info.max_video_duration_sec);
    Ok(json(StatusCode::OK, &view::limits(app.limits, longest)))
}

fn cached(account: &AccountRecord) -> Option<CreatorView> {
    serde_json::from_str(&account.creator_info.as_ref()?.json).ok()
}

/// TikTok's three ways to say in creator info that a creator or the app can't post now.
fn why_not(code: &ApiErrorCode) -> Option<(&str, &'static str)> {
    let why = match code {
        ApiErrorCode::SpamRiskTooManyPosts => {
            "The creator has reached TikTok's daily number of posts. Try again later."
        }
        ApiErrorCode::SpamRiskUserBannedFromPosting => FailReason::SpamRiskUserBannedFromPosting.advice(),
        ApiErrorCode::ReachedActiveUserCap => {
            "The app has reached TikTok's daily number of posting creators. Try again later."
        }
        _ => return None,
    };
    Some((code.as_str(), why))
}

fn not_granted() -> ErrorResponse {
    let message = "The creator has not granted video.publish, which creator info needs. Connect the account again and leave \
                   every box ticked.";
    ErrorResponse(
        ApiError::new(ErrorCode::ReconnectionRequired, message)
            .with_cause(Cause::Creator)
            .with("retryable", false)
            .with("reconnect_reason", "scope_missing")
            .with("next_step", "POST /v1/accounts/connect"),
    )
}
