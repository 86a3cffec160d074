//! How what a creator may post looks to callers.

use serde::{Deserialize, Serialize};
use slipway_domain::{ApiErrorCode, PrivacyLevel};

use crate::Platform;

/// What a creator may post right now. Also what is kept of it until the next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatorView {
    /// Always TikTok.
    pub platform: Platform,
    /// The name that must be shown to whoever posts.
    pub nickname: String,
    /// The handle.
    pub username: Option<String>,
    /// The profile picture.
    pub avatar_url: Option<String>,
    /// Whether the creator can post at all at the moment.
    pub can_post: bool,
    /// The longest video, if TikTok reports one.
    pub max_video_duration_sec: Option<u64>,
    /// What a post may choose from.
    pub privacy_level_options: Vec<PrivacyLevel>,
    /// What the creator forbids.
    pub interaction_settings: InteractionSettings,
    /// TikTok's code for why the creator can't post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub tiktok_code: Option<ApiErrorCode>,
    /// Why the creator can't post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a creator forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InteractionSettings {
    /// Nobody may comment.
    pub comment_disabled: bool,
    /// Nobody may make duets.
    pub duet_disabled: bool,
    /// Nobody may stitch.
    pub stitch_disabled: bool,
}
