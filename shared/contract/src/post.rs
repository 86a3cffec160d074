//! How a post looks to callers.

use std::collections::BTreeMap;

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

/// A post of which no target was taken: the post and an error in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PostRefusedView {
    /// The post; each of its targets has failed and says why.
    #[serde(flatten)]
    pub post: PostView,
    /// The error as in every other refusal.
    pub error: Value,
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
    /// Its figures, where they were asked for and TikTok reports them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<TargetMetrics>,
    /// When TikTok reported them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_synced_at: Option<Time>,
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

/// Something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DoneView {
    /// It was.
    pub success: bool,
}

/// What came of deleting a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletedView {
    /// Whether the request was carried out as far as it can be.
    pub success: bool,
    /// Whether the post is gone. It stays where TikTok has it, or may have it.
    pub deleted: bool,
    /// What came of each target.
    pub results: Vec<TargetDeletedView>,
}

/// What came of deleting a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetDeletedView {
    /// Always TikTok.
    pub platform: Platform,
    /// The account.
    pub account_id: AccountId,
    /// What came of it.
    pub outcome: DeleteOutcome,
    /// The same in a sentence.
    pub message: String,
}

words! {
    /// What came of deleting a target.
    DeleteOutcome {
        /// It was to be published, and will not be.
        Cancelled = "cancelled",
        /// There was nothing of it at TikTok.
        Deleted = "deleted",
        /// It is on TikTok, or on its way there, and only its creator can take it down.
        NotSupported = "not_supported",
    }
}

/// The figures of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricsView {
    /// The post.
    pub post_id: PostId,
    /// Its targets, each with the figures that TikTok reports.
    pub targets: Vec<TargetView>,
}

/// What an answer holds in `data` alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataView<T> {
    /// It.
    pub data: T,
    /// What was ignored. Left out if there is nothing to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The figures of a video, as TikTok's Display API reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TargetMetrics {
    /// Likes.
    pub likes: u64,
    /// Comments.
    pub comments: u64,
    /// Shares.
    pub shares: u64,
    /// TikTok does not report how often a video was saved.
    pub saves: u64,
    /// What other platforms have no name for.
    pub extra: ExtraMetrics,
}

/// TikTok's own figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ExtraMetrics {
    /// Views.
    pub views: u64,
}

/// A step in a target's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineView {
    /// When.
    pub at: Time,
    /// Which target.
    pub account_id: AccountId,
    /// The state it was in afterwards.
    pub state: String,
    /// What happened, in a few words.
    pub note: String,
    /// TikTok's log id of the call, for its support.
    pub tiktok_log_id: Option<String>,
}

/// What creating a post would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationView {
    /// Whether the post would be made, with every target taken.
    pub valid: bool,
    /// Every problem.
    pub errors: Vec<ValidationIssue>,
    /// What would be assumed or ignored.
    pub warnings: Vec<ValidationIssue>,
    /// The errors by another name.
    pub issues: Vec<ValidationIssue>,
    /// What would be published, by account; empty if there are errors.
    pub effective: BTreeMap<AccountId, EffectiveTarget>,
}

/// A problem of a post that is validated, or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationIssue {
    /// Always TikTok.
    pub platform: Platform,
    /// The field's path; empty where no single field is meant.
    pub field: String,
    /// The code that creating the post would answer; warnings have none.
    pub code: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
    /// The account, where only one is meant.
    pub target: Option<AccountId>,
}

/// What would be published to one account, after all that was said is put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectiveTarget {
    /// The caption.
    pub text: String,
    /// The media; nothing if it is yet to be imported.
    pub media_id: Option<MediaId>,
    /// When, if that was asked for.
    pub scheduled_at: Option<Time>,
    /// Direct post or inbox.
    pub post_mode: PostMode,
    /// Who would see it; the creator chooses that for a draft in the inbox.
    pub privacy_level: Option<PrivacyLevel>,
    /// What it promotes.
    #[serde(flatten)]
    pub disclosure: Disclosure,
    /// What viewers may not do.
    #[serde(flatten)]
    pub interactions: Interactions,
    /// It is labelled as made by AI.
    pub is_aigc: bool,
    /// The cover's time in the video.
    pub video_cover_timestamp_ms: Option<u32>,
}

/// What each platform takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConstraintsView {
    /// TikTok, the only one.
    pub tiktok: PlatformConstraints,
}

/// What a platform takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PlatformConstraints {
    /// The text.
    pub text: TextConstraints,
    /// The media.
    pub media: MediaConstraints,
    /// Several photos in one post.
    pub carousel: CarouselConstraints,
}

/// What text may be; 0 means that there is no limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TextConstraints {
    /// The longest text, in units of `counting_mode`.
    pub max_length: usize,
    /// The most hashtags.
    pub max_hashtags: usize,
    /// The most mentions.
    pub max_mentions: usize,
    /// What is counted.
    pub counting_mode: &'static str,
}

/// What media may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MediaConstraints {
    /// The largest photo.
    pub max_image_size_bytes: u64,
    /// The largest video.
    pub max_video_size_bytes: u64,
    /// The longest video for anyone; a creator's own limit may be shorter.
    pub max_video_duration_sec: u32,
    /// The shortest video.
    pub min_video_duration_sec: u32,
    /// The most frames a second.
    pub max_video_fps: f64,
    /// The fewest frames a second.
    pub min_video_fps: f64,
    /// The shortest side of a video.
    pub min_side_px: u32,
    /// The longest side of a video.
    pub max_side_px: u32,
    /// What photos may be.
    pub supported_image_types: &'static [&'static str],
    /// What videos may be.
    pub supported_video_types: &'static [&'static str],
}

/// What a post of several photos may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "clients read these names")]
pub struct CarouselConstraints {
    /// Whether there is such a thing.
    pub supported: bool,
    /// The fewest photos.
    pub min_items: usize,
    /// The most photos.
    pub max_items: usize,
    /// Whether a video may be among them.
    pub allow_video: bool,
    /// Only pictures.
    pub images_only: bool,
    /// The same by its other name.
    pub photos_only: bool,
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
