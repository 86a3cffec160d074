//! What callers are shown: what more than one route of this function shows is made here.

use jiff::Timestamp;
use slipway_contract::account::{AccountLimits, AccountSummary, AccountSynced, VideoView};
use slipway_contract::connect::{AccountConnected, ConnectionBegun, InviteMade, InviteView, RedirectUriRegistered};
use slipway_contract::creator::{CreatorView, InteractionSettings};
use slipway_contract::{Platform, Time};
use slipway_domain::{ApiErrorCode, Caption, Hidden, PaceLimits, limits};
use slipway_http::INVITE;
use slipway_store::accounts::view::status;
pub(crate) use slipway_store::accounts::view::{account, brand, name, redirect_uri};
use slipway_store::accounts::{self as store, AccountRecord, InviteRecord, RedirectUriRecord};
use slipway_tiktok::{Scopes, Video};

use crate::begun::Begun;
use crate::link::{Linked, Missing};

/// The scopes that were not granted.
pub(crate) fn scopes(missing: &[Missing]) -> Scopes {
    missing.iter().map(|missing| missing.scope()).collect()
}

/// A connection that was begun. A caller whose page we return to finds its own state there; one who exchanges the code
/// needs ours.
pub(crate) fn begun(begun: &Begun, warnings: Vec<String>) -> ConnectionBegun {
    let good_until = begun.authorization.good_until;
    ConnectionBegun {
        auth_url: begun.auth_url.to_string().into(),
        state: match (&begun.authorization.flow, &begun.authorization.caller_state) {
            (store::Flow::Callback { .. }, Some(Hidden(own))) => own.clone(),
            _ => begun.state.clone(),
        }
        .into(),
        message: "Send the creator to auth_url. It is good for ten minutes and for one connection.",
        expires_at: good_until.round(jiff::Unit::Second).unwrap_or(good_until).into(),
        warnings,
    }
}

/// An account that was connected by a code, with the caller's own state: TikTok's redirect had only ours.
pub(crate) fn connected(linked: &Linked, state: Option<Hidden<String>>, mut warnings: Vec<String>) -> AccountConnected {
    warnings.extend(linked.missing.iter().map(|missing| missing.consequence().to_owned()));
    let account = &linked.account;
    AccountConnected {
        account_id: account.id.clone(),
        platform: Platform::TikTok,
        username: account.best_name().to_owned(),
        display_name: account.profile.display_name.clone(),
        id: account.id.clone(),
        name: name(account).to_owned(),
        status: status(account),
        state,
        missing_scopes: scopes(&linked.missing),
        warnings,
    }
}

/// A creator who can't post at the moment. What TikTok reported before is shown, if any; it may be out of date.
pub(crate) fn can_not_post(
    account: &AccountRecord,
    before: Option<CreatorView>,
    code: &ApiErrorCode,
    why: &str,
) -> CreatorView {
    let before = before.unwrap_or_else(|| CreatorView {
        platform: Platform::TikTok,
        nickname: name(account).to_owned(),
        username: account.profile.username.clone(),
        avatar_url: account.profile.avatar_url.clone(),
        can_post: false,
        max_video_duration_sec: None,
        privacy_level_options: Vec::new(),
        interaction_settings: InteractionSettings {
            comment_disabled: true,
            duet_disabled: true,
            stitch_disabled: true,
        },
        tiktok_code: None,
        message: None,
    });
    CreatorView {
        can_post: false,
        // Nothing can be chosen for a post that can't be made.
        privacy_level_options: Vec::new(),
        tiktok_code: Some(code.clone()),
        message: Some(why.to_owned()),
        ..before
    }
}

/// The limits of an account whose creator may post videos of this length.
pub(crate) fn limits(pace: PaceLimits, longest: Option<u64>) -> AccountLimits {
    AccountLimits {
        posts_per_24_hours: pace.posts_per_day.into(),
        posts_per_hour: pace.posts_per_hour.into(),
        pending_drafts_per_24_hours: limits::PENDING_DRAFTS_PER_DAY.into(),
        inits_per_minute: limits::INITS_PER_MINUTE.into(),
        status_checks_per_minute: limits::STATUS_CHECKS_PER_MINUTE,
        creator_info_per_minute: limits::CREATOR_INFO_PER_MINUTE,
        caption_max_utf16_units: Caption::MAX_UTF16_UNITS as u64,
        video_max_bytes: limits::VIDEO_MAX_BYTES,
        video_max_duration_sec: longest.unwrap_or(limits::VIDEO_MAX_SECONDS.into()),
        video_min_duration_sec: limits::VIDEO_MIN_SECONDS.into(),
        photo_max_bytes: limits::PHOTO_MAX_BYTES,
        photos_per_post: limits::PHOTOS_PER_POST as u64,
    }
}

/// The profile's figures and the latest videos.
pub(crate) fn summary(account: &AccountRecord, videos: Vec<VideoView>, synced_at: Option<Timestamp>) -> AccountSummary {
    let profile = &account.profile;
    AccountSummary {
        account_id: account.id.clone(),
        platform: Platform::TikTok,
        name: name(account).to_owned(),
        username: account.best_name().to_owned(),
        display_name: profile.display_name.clone(),
        profile_picture_url: profile.avatar_url.clone(),
        status: status(account),
        follower_count: profile.follower_count,
        following_count: profile.following_count,
        likes_count: profile.likes_count,
        video_count: profile.video_count,
        videos,
        synced_at: synced_at.map(Time::from),
        connected_at: account.connected_at.into(),
    }
}

/// A public video of the creator's.
pub(crate) fn video(video: Video) -> VideoView {
    let posted = video.create_time.and_then(|second| Timestamp::from_second(second).ok());
    VideoView {
        platform_post_id: video.id,
        title: video.title,
        description: video.video_description,
        permalink: video.share_url,
        cover_image_url: video.cover_image_url,
        duration_seconds: video.duration,
        width: video.width,
        height: video.height,
        like_count: video.like_count,
        comment_count: video.comment_count,
        share_count: video.share_count,
        view_count: video.view_count,
        published_at: posted.map(Time::from),
    }
}

/// A synchronisation that was done.
pub(crate) fn synced(account: &AccountRecord, at: Timestamp, warnings: Vec<String>) -> AccountSynced {
    AccountSynced { success: true, account_id: account.id.clone(), synced_at: at.into(), warnings }
}

/// An invite without its secret: token and url show how they begin.
pub(crate) fn invite(base: &str, invite: &InviteRecord, now: Timestamp) -> InviteView {
    with_token(base, invite, format!("{}…", invite.preview), now)
}

/// An invite that was just made, with its link in full.
pub(crate) fn invite_made(base: &str, invite: &InviteRecord, token: String, warnings: Vec<String>) -> InviteMade {
    InviteMade {
        invite: with_token(base, invite, token, invite.created_at),
        message: "Send url to the creator. It is shown only now.",
        warnings,
    }
}

fn with_token(base: &str, invite: &InviteRecord, token: String, now: Timestamp) -> InviteView {
    InviteView {
        id: invite.id.clone(),
        platform: Platform::TikTok,
        brand_id: invite.brand.clone(),
        url: format!("{base}{INVITE}{token}").into(),
        token: token.into(),
        is_active: now < invite.good_until,
        expires_at: invite.good_until.into(),
        created_at: invite.created_at.into(),
    }
}

/// An address that was just registered.
pub(crate) fn redirect_uri_registered(record: &RedirectUriRecord, warnings: Vec<String>) -> RedirectUriRegistered {
    RedirectUriRegistered { registered: redirect_uri(record), warnings }
}

#[cfg(test)]
mod tests;
