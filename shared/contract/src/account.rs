//! How accounts look to callers.

use serde::{Deserialize, Serialize};
use slipway_domain::scopes::tiktok::Scopes;
use slipway_domain::{AccountId, BrandId, Hidden, OpenId, ReconnectReason, VideoId};

use crate::Platform;
use crate::time::Time;
use crate::words::words;

/// A connected account. Fields that clients rely on are always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountView {
    /// The account's id. It stays the same when the account is connected again.
    pub id: AccountId,
    /// Always TikTok.
    pub platform: Platform,
    /// The name that people see; never null.
    pub name: String,
    /// The handle, or the best other name; never null.
    pub username: String,
    /// The brand that the account belongs to.
    pub brand_id: Option<BrandId>,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// Why the account must be connected again, for programs.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub reconnect_reason: Option<ReconnectReason>,
    /// Why the account must be connected again, for people.
    pub reconnect_message: Option<&'static str>,
    /// The profile picture.
    pub profile_picture_url: Option<String>,
    /// TikTok's id of the user.
    pub platform_user_id: OpenId,
    /// The scopes that the creator granted, by TikTok's names.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub scopes: Scopes,
    /// The profile's figures.
    pub metadata: AccountMetadata,
    /// How long the authorization lasts.
    pub token: TokenView,
    /// When the account was connected for the first time.
    pub created_at: Time,
    /// When the account was connected last.
    pub connected_at: Time,
}

words! {
    /// Whether an account can be used.
    AccountStatus {
        /// The account can be used.
        Active = "active",
        /// Only its creator can repair it, by connecting again.
        ReconnectRequired = "reconnect_required",
    }
}

/// Why a call needs its account to be connected again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReconnectCause {
    /// The creator has not granted what this call needs; others work.
    ScopeMissing,
    /// The account can't be used.
    #[serde(untagged)]
    Lost(ReconnectReason),
}

impl From<ReconnectReason> for ReconnectCause {
    fn from(reason: ReconnectReason) -> Self {
        Self::Lost(reason)
    }
}

/// A profile's figures; what TikTok did not report is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountMetadata {
    /// The profile picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Followers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follower_count: Option<u64>,
    /// Accounts followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following_count: Option<u64>,
    /// Public videos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_count: Option<u64>,
    /// Likes over all videos.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likes_count: Option<u64>,
}

/// How long an authorization lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenView {
    /// When the access token expires; it is renewed before.
    pub access_expires_at: Time,
    /// When the creator has to connect again unless the tokens were renewed before.
    pub refresh_expires_at: Time,
}

/// An account's limits: a flat map of whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountLimits {
    /// Posts per day. TikTok's cap varies and is shared by all apps that post for the creator; about 15 is typical.
    pub posts_per_24_hours: u64,
    /// Posts per hour.
    pub posts_per_hour: u64,
    /// Drafts in the creator's inbox per day.
    pub pending_drafts_per_24_hours: u64,
    /// Publishes that may begin per minute.
    pub inits_per_minute: u64,
    /// Status checks per minute.
    pub status_checks_per_minute: u64,
    /// Requests for creator info per minute.
    pub creator_info_per_minute: u64,
    /// The longest caption.
    pub caption_max_utf16_units: u64,
    /// The largest video.
    pub video_max_bytes: u64,
    /// The longest video of this creator.
    pub video_max_duration_sec: u64,
    /// The shortest video.
    pub video_min_duration_sec: u64,
    /// The largest photo.
    pub photo_max_bytes: u64,
    /// The most photos of a post.
    pub photos_per_post: u64,
}

/// A profile's figures and latest videos, as last synchronised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountSummary {
    /// The account.
    pub account_id: AccountId,
    /// Always TikTok.
    pub platform: Platform,
    /// The name that people see.
    pub name: String,
    /// The handle, or the best name there is.
    pub username: String,
    /// The name that people see, if TikTok reported it.
    pub display_name: Option<String>,
    /// The profile picture.
    pub profile_picture_url: Option<String>,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// Followers.
    pub follower_count: Option<u64>,
    /// Accounts followed.
    pub following_count: Option<u64>,
    /// Likes over all videos.
    pub likes_count: Option<u64>,
    /// Public videos.
    pub video_count: Option<u64>,
    /// The latest videos.
    pub videos: Vec<VideoView>,
    /// When it was synchronised; null before the first time, when the figures are from the connection.
    pub synced_at: Option<Time>,
    /// When the account was connected last.
    pub connected_at: Time,
}

/// A public video of a creator's. Also what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VideoView {
    /// TikTok's id.
    pub platform_post_id: Option<VideoId>,
    /// The title.
    pub title: Option<Hidden<String>>,
    /// The caption.
    pub description: Option<Hidden<String>>,
    /// The public link.
    pub permalink: Option<String>,
    /// The cover; TikTok signs this URL for some hours only.
    pub cover_image_url: Option<String>,
    /// The duration in seconds.
    pub duration_seconds: Option<u64>,
    /// In pixels.
    pub width: Option<u64>,
    /// In pixels.
    pub height: Option<u64>,
    /// Likes.
    pub like_count: Option<u64>,
    /// Comments.
    pub comment_count: Option<u64>,
    /// Shares.
    pub share_count: Option<u64>,
    /// Views.
    pub view_count: Option<u64>,
    /// When it was posted.
    pub published_at: Option<Time>,
}

/// The result of a synchronisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountSynced {
    /// Always true.
    pub success: bool,
    /// The account.
    pub account_id: AccountId,
    /// When the account was synchronised.
    pub synced_at: Time,
    /// What the creator's grant does not allow to synchronise.
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_one_word_whatever_it_is_of() {
        let written = |cause| serde_json::to_value::<ReconnectCause>(cause).unwrap();
        assert_eq!(written(ReconnectCause::ScopeMissing), "scope_missing");
        assert_eq!(written(ReconnectReason::RefreshLost.into()), "refresh_lost");
    }
}
