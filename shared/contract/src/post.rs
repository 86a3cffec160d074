//! How a post looks to callers.

mod acts;
mod constraints;
mod failure;
mod validation;
mod waits_for;

use serde::Serialize;
use slipway_domain::{
    Content, Disclosure, Hidden, MediaId, MediaKind, PostId, PostMode, PostStatus, PrivacyLevel, PublishId, StateName,
    StatusWord, VideoId,
};

pub use self::acts::{
    DeleteOutcome, DeletedView, DoneView, ExtraMetrics, MetricsView, TargetDeletedView, TargetMetrics, TimelineView,
};
pub use self::constraints::{
    CarouselConstraints, ConstraintsView, MediaConstraints, PlatformConstraints, TextConstraints,
};
pub use self::failure::{CausedBy, ErrorCategory, TargetError, TargetErrorCode};
pub use self::validation::{
    AccountState, EffectiveTarget, MediaReadiness, MediaVerdict, NoRoom, OwnSettings, Room, ValidationIssue,
    ValidationView, WindowView,
};
pub use self::waits_for::WaitsFor;
use crate::Platform;
use crate::error::Refusal;
use crate::time::Time;
use crate::words::words;

/// A post. Fields that clients rely on are always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostView {
    /// The post's id.
    pub id: PostId,
    /// The post's status, which follows from its targets.
    pub status: PostStatus,
    /// When it was created.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// The caption.
    pub text: Hidden<String>,
    /// The title, for photos.
    pub title: Option<Hidden<String>>,
    /// The media.
    pub media: Vec<PostMedia>,
    /// The media's ids alone.
    pub media_ids: Vec<MediaId>,
    /// When it is to be published, if that was asked for.
    pub scheduled_at: Option<Time>,
    /// When the last target reached TikTok.
    pub published_at: Option<Time>,
    /// How often a caller retried the post.
    pub retry_count: u32,
    /// Whether the post is hidden: lists leave it out, unless they are asked with `hidden=true`.
    pub hidden: bool,
    /// The targets, one for each account.
    pub targets: Vec<TargetView>,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// A post that no account can publish: the post and an error in one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PostRefusedView<'a> {
    /// The post; each of its targets has failed and says why.
    #[serde(flatten)]
    pub post: PostView,
    /// The error as in every other refusal.
    pub error: Refusal<'a>,
}

/// A media item of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// One account's share of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetView {
    /// Always TikTok.
    pub platform: Platform,
    /// The target's status.
    pub status: TargetStatus,
    /// The account, or what the request named in its place.
    pub account_id: String,
    /// TikTok's public id, as text, once there is one.
    pub platform_post_id: Option<VideoId>,
    /// The public link, once there is one.
    pub permalink: Option<String>,
    /// When it reached TikTok.
    pub published_at: Option<Time>,
    /// What it publishes.
    pub media_type: MediaKind,
    /// The target's progress in detail, and its settings.
    pub metadata: TargetMetadata,
    /// The video's figures, where they were asked for and TikTok reports them.
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

/// A target's progress in detail, and its settings. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetMetadata {
    /// The target's state.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub state: StateName,
    /// TikTok's id of the publish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_id: Option<PublishId>,
    /// TikTok's ids of its publishes that came to nothing before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_publish_ids: Vec<PublishId>,
    /// TikTok's public ids of all its videos, where there are several: a creator may post a draft more than once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub platform_post_ids: Vec<VideoId>,
    /// What TikTok's status call answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub tiktok_status: Option<StatusWord>,
    /// Bytes that TikTok has.
    pub uploaded_bytes: u64,
    /// Bytes in all; 0 while the media is being imported.
    pub total_bytes: u64,
    /// When the target is tried next, if it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Time>,
    /// What the target waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub waiting_for: Option<WaitsFor>,
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
    pub interactions: InteractionsView,
    /// It is labelled as made by AI.
    pub is_aigc: bool,
}

/// What viewers may not do. Photos have no duets and no stitches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InteractionsView {
    /// No comments.
    pub disable_comment: bool,
    /// No duets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_duet: Option<bool>,
    /// No stitches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_stitch: Option<bool>,
}

impl<M> From<&Content<M>> for InteractionsView {
    fn from(content: &Content<M>) -> Self {
        match content {
            Content::Video { settings, .. } => Self {
                disable_comment: settings.interactions.disable_comment,
                disable_duet: Some(settings.interactions.disable_duet),
                disable_stitch: Some(settings.interactions.disable_stitch),
            },
            Content::Photos { settings, .. } => {
                Self { disable_comment: settings.disable_comment, disable_duet: None, disable_stitch: None }
            }
        }
    }
}
