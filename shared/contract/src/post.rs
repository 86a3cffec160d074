//! How a post looks to callers.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use slipway_domain::{
    AccountId, Disclosure, Interactions, MediaId, PostId, PostMode, PostStatus, PrivacyLevel, PublishId,
};

use crate::time::Time;
use crate::words::words;
use crate::{ErrorCode, Platform};

/// A post. Fields that clients rely on are always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostView {
    /// Our id.
    pub id: PostId,
    /// Derived from the targets.
    pub status: PostStatus,
    /// When it was made.
    pub created_at: Time,
    /// When anything about it changed last.
    pub updated_at: Time,
    /// The caption.
    pub text: String,
    /// The title, for photos.
    pub title: Option<String>,
    /// The media.
    pub media: Vec<PostMedia>,
    /// The media's ids alone.
    pub media_ids: Vec<MediaId>,
    /// When it is to be published, if that was asked for.
    pub scheduled_at: Option<Time>,
    /// When the last target reached TikTok.
    pub published_at: Option<Time>,
    /// How often the caller had it tried again.
    pub retry_count: u32,
    /// Never hidden here; kept for clients.
    pub hidden: bool,
    /// One a TikTok account.
    pub targets: Vec<TargetView>,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// A media item of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostMedia {
    /// How it is named here.
    pub source_type: SourceType,
    /// The media's id.
    pub source: MediaId,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: MediaKind,
}

words! {
    /// How media is named in a post that is shown.
    SourceType {
        /// By its id, also where the post named an address.
        MediaId = "media_id",
    }
}

words! {
    /// What the media of a post is.
    MediaKind {
        /// The only kind that is published.
        Video = "video",
    }
}

/// One account's share of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// Always TikTok.
    pub platform: Platform,
    /// How far it is, roughly.
    pub status: TargetStatus,
    /// The account.
    pub account_id: AccountId,
    /// TikTok's public id, as text, once there is one.
    pub platform_post_id: Option<String>,
    /// The public link, once there is one.
    pub permalink: Option<String>,
    /// When it reached TikTok.
    pub published_at: Option<Time>,
    /// What it publishes.
    pub media_type: MediaKind,
    /// How far it is, precisely, and what was chosen for it.
    pub metadata: TargetMetadata,
    /// Why it failed.
    pub error: Option<TargetError>,
}

words! {
    /// How far a target is, roughly.
    TargetStatus {
        /// It waits for its time, or for the caller.
        Pending = "pending",
        /// It is on its way.
        Publishing = "publishing",
        /// It reached TikTok: the profile, or the creator's inbox if that was all that was asked for.
        Published = "published",
        /// It will not reach TikTok, or nobody can tell whether it did.
        Failed = "failed",
    }
}

/// How far a target is, precisely, and what was chosen for it. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetMetadata {
    /// The target's state.
    pub state: &'static str,
    /// TikTok's id of the publish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_id: Option<PublishId>,
    /// What TikTok's status call answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiktok_status: Option<String>,
    /// Bytes that TikTok has.
    pub uploaded_bytes: u64,
    /// Bytes in all; 0 while the media is being imported.
    pub total_bytes: u64,
    /// When it is tried again, if it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Time>,
    /// What it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<&'static str>,
    /// Direct post or inbox.
    pub post_mode: PostMode,
    /// Who sees it; the creator chooses that for a draft in the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_level: Option<PrivacyLevel>,
    /// What it promotes.
    #[serde(flatten)]
    pub disclosure: Disclosure,
    /// What viewers may not do.
    #[serde(flatten)]
    pub interactions: Interactions,
    /// It is labelled as made by AI.
    pub is_aigc: bool,
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
    /// Whether the same post may succeed later.
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

/// An account that has no room for a post at once, as details of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoRoom {
    /// The account.
    pub account_id: AccountId,
    /// The sliding window that is full: `minute`, `hour` or `day`.
    pub window: &'static str,
    /// How many posts may begin in it.
    pub limit: u8,
    /// When there is room.
    pub retry_after_seconds: u64,
}

impl NoRoom {
    /// The fields by their names.
    pub fn details(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }
}
