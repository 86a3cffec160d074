//! `/v1/platforms/tiktok/accounts/{id}`: an account's figures, and bringing them up to date.

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_contract::{ApiError, ErrorCode};
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_store::accounts::{AccountRecord, Profile, SyncedVideos};
use slipway_tiktok::{MAX_VIDEOS_PER_PAGE, Scope, Video};

use crate::accounts::find;
use crate::{App, view};

/// The profile's figures and the latest videos, as the last synchronisation or connection brought them.
pub(crate) async fn summary(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    let synced = app.accounts.synced(&account).await?;
    let videos: Value = match &synced {
        Some(synced) => serde_json::from_str(&synced.json).map_err(|error| ErrorResponse::internal(&error))?,
        None => json!([]),
    };
    let profile = &account.profile;
    let body = json!({
        "account_id": account.id,
        "platform": "tiktok",
        "name": view::name(&account),
        "username": account.best_name(),
        "display_name": profile.display_name,
        "profile_picture_url": profile.avatar_url,
        "status": account.status.as_str(),
        "follower_count": profile.follower_count,
        "following_count": profile.following_count,
        "likes_count": profile.likes_count,
        "video_count": profile.video_count,
        "videos": videos,
        // Null until the first synchronisation: the figures are then those of the connection.
        "synced_at": synced.map(|synced| synced.synced_at),
        "connected_at": account.connected_at,
    });
    Ok(json(StatusCode::OK, &body))
}

/// Asks TikTok for the profile and the latest videos, as far as the grant allows, and keeps them.
pub(crate) async fn sync(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Answer {
    let account = find(&app, &caller, &id).await?;
    let tiktok = app.tokens.tiktok();
    let granted = account.granted();
    let user = app.tokens.call(&account, async |token| tiktok.user_info(&token, &granted).await).await;
    let user = user.map_err(ApiError::from)?;
    let mut warnings = Vec::new();
    let videos = if account.has_scope(&Scope::VideoList) {
        let page = app
            .tokens
            .call(&account, async |token| tiktok.video_list(&token, None, MAX_VIDEOS_PER_PAGE).await)
            .await
            .map_err(ApiError::from)?;
        page.videos
    } else {
        warnings.push("The creator has not granted video.list: there are no videos to bring.");
        Vec::new()
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
    let shown: Vec<Value> = videos.iter().map(video).collect();
    let videos = SyncedVideos { json: Value::from(shown).to_string(), synced_at: now };
    if !app.accounts.keep_synced(&account, &profile, &videos).await? {
        return Err(gone(&account));
    }
    let body = json!({ "success": true, "account_id": account.id, "synced_at": now, "warnings": warnings });
    Ok(json(StatusCode::OK, &body))
}

fn video(video: &Video) -> Value {
    let posted = video.create_time.and_then(|second| Timestamp::from_second(second).ok());
    json!({
        "platform_post_id": video.id,
        "title": video.title,
        "description": video.video_description,
        "permalink": video.share_url,
        "cover_image_url": video.cover_image_url,
        "duration_seconds": video.duration,
        "width": video.width,
        "height": video.height,
        "like_count": video.like_count,
        "comment_count": video.comment_count,
        "share_count": video.share_count,
        "view_count": video.view_count,
        "published_at": posted,
    })
}

fn gone(account: &AccountRecord) -> ErrorResponse {
    tracing::info!(account.id = %account.id, "disconnected during a synchronisation");
    ErrorResponse(ApiError::new(ErrorCode::AccountNotFound, "The account was disconnected meanwhile."))
}
