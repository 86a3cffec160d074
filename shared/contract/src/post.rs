//! How a post looks to callers.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use slipway_domain::{AccountId, MediaId, PostId, PostStatus};

use crate::ErrorCode;
use crate::words::words;

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
    /// What went wrong.
    pub code: TargetErrorCode,
    /// What happened and what to do.
    pub message: String,
    /// What kind of problem it is.
    pub category: ErrorCategory,
    /// Who caused it.
    pub caused_by: CausedBy,
    /// Whether POST /v1/posts/{id}/retry may help.
    pub retryable: bool,
    /// TikTok's own code or reason, if it gave one.
    pub tiktok_code: Option<String>,
    /// TikTok's log id, for its support.
    pub tiktok_log_id: Option<String>,
}

/// The code of a target's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetErrorCode {
    /// One that an answer may have, too.
    Api(ErrorCode),
    /// The target could not be handed to TikTok in its time.
    Timeout,
    /// TikTok has the video, or part of it, and never said what became of it.
    Unconfirmed,
}

impl TargetErrorCode {
    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api(code) => code.as_str(),
            Self::Timeout => "publishing.delivery.timeout",
            Self::Unconfirmed => "publishing.delivery.unconfirmed",
        }
    }
}

impl From<ErrorCode> for TargetErrorCode {
    fn from(code: ErrorCode) -> Self {
        Self::Api(code)
    }
}

impl Serialize for TargetErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

words! {
    /// What kind of problem a target has.
    ErrorCategory {
        /// The post or its media.
        Validation = "validation",
        /// The creator's authorization.
        Auth = "auth",
        /// A limit of TikTok's.
        RateLimit = "rate_limit",
        /// TikTok refused or failed.
        Platform = "platform",
        /// This deployment.
        System = "system",
    }
}

words! {
    /// Who caused a target's problem.
    CausedBy {
        /// The caller or the creator.
        User = "user",
        /// TikTok.
        Platform = "platform",
        /// This deployment.
        System = "system",
    }
}
