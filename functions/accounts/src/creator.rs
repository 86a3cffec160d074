//! What a creator may post right now, and the limits of an account.

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::Caption;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_store::accounts::{AccountRecord, CachedCreatorInfo};
use slipway_tiktok::{ApiErrorCode, CreatorInfo, Scope};
use slipway_tokens::CallError;

use crate::App;
use crate::accounts::find;

/// TikTok's creator info, asked for anew: the latest answer rules, so it must be shown from a fresh one.
pub(crate) async fn creator_info(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    if !account.has_scope(&Scope::VideoPublish) {
        return Err(not_granted());
    }
    let tiktok = app.tokens.tiktok();
    let body = match app.tokens.call(&account, async |token| tiktok.creator_info(&token).await).await {
        Ok(info) => {
            let body = can_post(&info);
            let info = CachedCreatorInfo { json: body.to_string(), fetched_at: Timestamp::now() };
            // Only `limits` looks at it, and does without.
            if let Err(error) = app.accounts.cache_creator_info(&account, &info).await {
                tracing::warn!(%error, account.id = %account.id, "creator info was not kept");
            }
            body
        }
        Err(CallError::TikTok(error)) => match error.code().and_then(why_not) {
            Some(why) => can_not_post(&account, why),
            None => return Err(ApiError::from(CallError::TikTok(error)).into()),
        },
        Err(error) => return Err(ApiError::from(error).into()),
    };
    Ok(json(StatusCode::OK, &body))
}

/// The account's limits as a flat map of whole numbers.
pub(crate) async fn limits(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    let longest = cached(&account).and_then(|info| info["max_video_duration_sec"].as_u64()).unwrap_or(600);
    let body = json!({
        // TikTok's cap, shared by all apps that post for the creator, varies; about 15 is typical.
        "posts_per_24_hours": 15,
        "posts_per_hour": 25,
        "pending_drafts_per_24_hours": 5,
        "inits_per_minute": 6,
        "status_checks_per_minute": 30,
        "creator_info_per_minute": 20,
        "caption_max_utf16_units": Caption::MAX_UTF16_UNITS,
        "video_max_bytes": 4_000_000_000_u64,
        "video_max_duration_sec": longest,
        "video_min_duration_sec": 1,
        "photo_max_bytes": 20_000_000,
        "photos_per_post": 35,
    });
    Ok(json(StatusCode::OK, &body))
}

fn can_post(info: &CreatorInfo) -> Value {
    json!({
        "platform": "tiktok",
        "nickname": info.nickname.as_deref().or(info.username.as_deref()).unwrap_or_default(),
        "username": info.username,
        "avatar_url": info.avatar_url,
        "can_post": true,
        "max_video_duration_sec": info.max_video_duration_sec,
        "privacy_level_options": info.privacy_level_options,
        "interaction_settings": {
            "comment_disabled": info.comment_disabled,
            "duet_disabled": info.duet_disabled,
            "stitch_disabled": info.stitch_disabled,
        },
    })
}

/// The creator can't post at the moment. What TikTok said before is shown, if there is any; it may be out of date.
fn can_not_post(account: &AccountRecord, (code, why): (&str, &str)) -> Value {
    let mut body = cached(account).unwrap_or_else(|| {
        json!({
            "platform": "tiktok",
            "nickname": account.profile.display_name.as_deref().unwrap_or_else(|| account.best_name()),
            "username": account.profile.username,
            "avatar_url": account.profile.avatar_url,
            "max_video_duration_sec": null,
            "interaction_settings": { "comment_disabled": true, "duet_disabled": true, "stitch_disabled": true },
        })
    });
    body["can_post"] = json!(false);
    // Nothing can be chosen for a post that can't be made.
    body["privacy_level_options"] = json!([]);
    body["tiktok_code"] = json!(code);
    body["message"] = json!(why);
    body
}

fn cached(account: &AccountRecord) -> Option<Value> {
    let info: Value = serde_json::from_str(&account.creator_info.as_ref()?.json).ok()?;
    info.is_object().then_some(info)
}

/// TikTok's three ways to say in creator info that a creator or the app can't post now.
fn why_not(code: &ApiErrorCode) -> Option<(&str, &'static str)> {
    let why = match code {
        ApiErrorCode::SpamRiskTooManyPosts => {
            "The creator has reached TikTok's daily number of posts. Try again later."
        }
        ApiErrorCode::SpamRiskUserBannedFromPosting => "TikTok has banned the creator from posting.",
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
