//! What comes of acting on a post, its figures and its history.

use serde::Serialize;
use slipway_domain::{AccountId, LogId, PostId, StepState};

use super::TargetView;
use crate::Platform;
use crate::time::Time;
use crate::words::words;

/// Something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DoneView {
    /// Always true.
    pub success: bool,
    /// What was ignored. Left out if there is nothing to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The result of deleting a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeletedView {
    /// Whether the request was carried out as far as it can be.
    pub success: bool,
    /// Whether the post is gone. It stays where TikTok has it, or may have it.
    pub deleted: bool,
    /// The result for each target.
    pub results: Vec<TargetDeletedView>,
}

/// The result of deleting a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetDeletedView {
    /// Always TikTok.
    pub platform: Platform,
    /// The account.
    pub account_id: AccountId,
    /// The result.
    pub outcome: DeleteOutcome,
    /// The result in a sentence.
    pub message: String,
}

words! {
    /// The result of deleting a target.
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetricsView {
    /// The post.
    pub post_id: PostId,
    /// Its targets, each with the figures that TikTok reports.
    pub targets: Vec<TargetView>,
}

/// The figures of a video, as TikTok's Display API reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtraMetrics {
    /// Views.
    pub views: u64,
}

/// A step in a target's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimelineView {
    /// When it happened.
    pub at: Time,
    /// Which target.
    pub account_id: AccountId,
    /// The state it was in afterwards.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub state: StepState,
    /// What happened, in a few words.
    pub note: String,
    /// TikTok's log id of the call, for its support.
    pub tiktok_log_id: Option<LogId>,
    /// How many steps of the target right before this one were not kept, if any: of very many only the first and the
    /// last are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<u32>,
}
