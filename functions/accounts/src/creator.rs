//! What a creator may post right now, and the limits of an account.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::ApiError;
use slipway_http::auth::Caller;
use slipway_http::{Answer, json};
use slipway_tiktok::{ApiErrorCode, Scope};
use slipway_tokens::{AskError, CallError, creator_view, kept_creator, not_granted};

use crate::accounts::find;
use crate::{App, view};

/// TikTok's creator info, at most a minute old.
pub(crate) async fn creator_info(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    if !account.has_scope(&Scope::VideoPublish) {
        return Err(not_granted("video.publish, which creator info needs").into());
    }
    let body = match app.tokens.creator_info(&account).await {
        Ok(info) => creator_view(info),
        Err(AskError::Call(CallError::TikTok(error))) => {
            match error.code().and_then(|code| Some((code, why_not(code)?))) {
                Some((code, why)) => view::can_not_post(&account, kept_creator(&account), code, &why),
                None => return Err(ApiError::from(CallError::TikTok(error)).into()),
            }
        }
        Err(error) => return Err(ApiError::from(error).into()),
    };
    Ok(json(StatusCode::OK, &body))
}

/// The account's limits as a flat map of whole numbers.
pub(crate) async fn limits(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    let longest = kept_creator(&account).and_then(|info| info.max_video_duration_sec);
    Ok(json(StatusCode::OK, &view::limits(app.limits, longest)))
}

/// Why the creator can't post now, and what to do.
fn why_not(code: &ApiErrorCode) -> Option<String> {
    let why = code.bars_posting()?;
    // No time lifts a ban.
    let cure = if *code == ApiErrorCode::SpamRiskUserBannedFromPosting { "" } else { " Try again later." };
    Some(format!("{why}{cure}"))
}
