//! `/v1/platforms/tiktok/accounts/{id}/summary` and `sync`: an account's figures, and bringing them up to date.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::lifetimes::CREATOR_INFO_IS_KEPT;
use slipway_domain::limits::VIDEOS_PER_PAGE;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_store::accounts::{AccountRecord, Profile, Question, SyncedVideos};
use slipway_tiktok::{Scope, UserInfo, Video};
use slipway_tokens::{CallError, MayAsk};

use crate::accounts::find;
use crate::{App, view};

/// The profile's figures and the latest videos, as the last synchronisation or connection brought them.
pub(crate) async fn summary(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    let synced = app.accounts.synced(&account).await?;
    let (videos, synced_at) = match &synced {
        Some(synced) => {
            let videos = serde_json::from_str(&synced.json).map_err(|error| ErrorResponse::internal(&error))?;
            (videos, Some(synced.synced_at))
        }
        None => (Vec::new(), None),
    };
    Ok(json(StatusCode::OK, &view::summary(&account, videos, synced_at)))
}

/// Asks TikTok for the profile and the latest videos, as far as the grant allows, and keeps them. What was asked within
/// the last minute is not asked again.
pub(crate) async fn sync(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    let lately = |account: &AccountRecord, now: Timestamp| {
        account.synced_at.filter(|synced_at| now.duration_since(*synced_at) < CREATOR_INFO_IS_KEPT)
    };
    let account = match app.tokens.ask_alone(&account, Question::Sync, lately).await.map_err(ApiError::from)? {
        MayAsk::Known(at) => return Ok(json(StatusCode::OK, &view::synced(&account, at, missing(&account)))),
        MayAsk::Yes(account) => account,
    };
    let (user, videos) = match latest(&app, &account).await {
        Ok(latest) => latest,
        Err(error) => {
            app.tokens.not_told(&account, Question::Sync).await;
            return Err(ApiError::from(error).into());
        }
    };
    // What a grant leaves out is known from the connection, if at all.
    let before = account.profile.clone();
    let profile = Profile {
        username: user.username.or(before.username),
        display_name: user.display_name.or(before.display_name),
        avatar_url: user.avatar_url.or(before.avatar_url),
        follower_count: user.follower_count.or(before.follower_count),
        following_count: user.following_count.or(before.following_count),
        likes_count: user.likes_count.or(before.likes_count),
        video_count: user.video_count.or(before.video_count),
    };
    let now = Timestamp::now();
    let shown: Vec<_> = videos.into_iter().map(view::video).collect();
    let json_text = serde_json::to_string(&shown).map_err(|error| ErrorResponse::internal(&error))?;
    let videos = SyncedVideos { json: json_text.into(), synced_at: now };
    if !app.accounts.keep_synced(&account, &profile, &videos).await?.is_done() {
        return Err(gone(&account));
    }
    Ok(json(StatusCode::OK, &view::synced(&account, now, missing(&account))))
}

/// What TikTok reports of the profile and the videos.
async fn latest(app: &App, account: &AccountRecord) -> Result<(UserInfo, Vec<Video>), CallError> {
    let tiktok = app.tokens.tiktok(&account.tenant);
    let user = app.tokens.call(account, async |token| tiktok.user_info(&token, &account.scopes).await).await?;
    if !account.has_scope(&Scope::VideoList) {
        return Ok((user, Vec::new()));
    }
    let page = app.tokens.call(account, async |token| tiktok.video_list(&token, None, VIDEOS_PER_PAGE).await).await?;
    Ok((user, page.videos))
}

/// What a synchronisation of this account leaves out.
fn missing(account: &AccountRecord) -> Vec<String> {
    if account.has_scope(&Scope::VideoList) {
        return Vec::new();
    }
    vec!["The creator has not granted video.list: there are no videos to bring.".to_owned()]
}

fn gone(account: &AccountRecord) -> ErrorResponse {
    tracing::info!(account.id = %account.id, "disconnected during a synchronisation");
    ErrorResponse(ApiError::new(ErrorCode::AccountNotFound, "The account was disconnected meanwhile."))
}
