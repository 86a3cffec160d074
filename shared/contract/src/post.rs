//! How a post looks to callers.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use slipway_domain::{AccountId, MediaId, PostId, PostStatus};

/// A post. Fields that clients rely on are always there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostView {
    /// Our id.
    pub id: PostId,
    /// Derived from the targets.
    pub status: PostStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// The caption.
    pub text: String,
    /// The title, for photos.
    pub title: Option<String>,
    /// The media.
    pub media: Vec<PostMedia>,
    /// The media's ids alone.
    pub media_ids: Vec<MediaId>,
    /// When it is to be published, if that was asked for.
    pub scheduled_at: Option<Timestamp>,
    /// When the last target reached TikTok.
    pub published_at: Option<Timestamp>,
    /// How often the caller had it tried again.
    pub retry_count: u32,
    /// Never hidden here; kept for clients.
    pub hidden: bool,
    /// One a TikTok account.
    pub targets: Vec<TargetView>,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// A medium of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostMedia {
    /// `media_id`.
    pub source_type: &'static str,
    /// The media's id.
    pub source: String,
    /// `video` or `photo`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// One account's publish of a post.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetView {
    /// Always `tiktok`.
    pub platform: &'static str,
    /// `pending`, `publishing`, `published` or `failed`.
    pub status: &'static str,
    /// The account.
    pub account_id: AccountId,
    /// TikTok's public id, as text, once there is one.
    pub platform_post_id: Option<String>,
    /// The public link, once there is one.
    pub permalink: Option<String>,
    /// When it reached TikTok.
    pub published_at: Option<Timestamp>,
    /// `video` or `photo`.
    pub media_type: &'static str,
    /// `publish_id`, `tiktok_status`, `uploaded_bytes`, `total_bytes`, `next_attempt_at`, `privacy_level` and so on.
    pub metadata: Map<String, Value>,
    /// Why it failed.
    pub error: Option<TargetError>,
}

/// Why a target failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetError {
    /// A code of ours.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// `validation`, `auth`, `rate_limit`, `platform` or `system`.
    pub category: &'static str,
    /// `user`, `platform` or `system`.
    pub caused_by: &'static str,
    /// Whether POST /v1/posts/{id}/retry may help.
    pub retryable: bool,
    /// TikTok's own code or reason, if it gave one.
    pub tiktok_code: Option<String>,
    /// TikTok's log id, for its support.
    pub tiktok_log_id: Option<String>,
}
