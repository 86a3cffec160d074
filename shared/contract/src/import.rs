//! How an import of many posts looks to callers.

use serde::Serialize;
use slipway_domain::{PostId, PostStatus};

use crate::Time;
use crate::post::TargetErrorCode;

/// What came of a file of posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportView {
    /// How many rows the file has, empty ones not counted.
    pub total_rows: usize,
    /// How many of them are posts now.
    pub created: usize,
    /// How many are not, or would not be.
    pub failed: usize,
    /// Whether nothing was to be made.
    pub dry_run: bool,
    /// Why each of those is not, in the order of the rows.
    pub errors: Vec<ImportErrorView>,
    /// The posts, in the order of the rows.
    pub posts: Vec<ImportedPostView>,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// Why a row is no post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportErrorView {
    /// Which of the file's rows, from 1; the header and empty rows do not count.
    pub row: usize,
    /// The line of the file on which it begins.
    pub line: u64,
    /// The code of its first problem; nothing if it was not tried.
    pub code: Option<TargetErrorCode>,
    /// The column of its first problem; empty where no single one is meant.
    pub field: String,
    /// Every problem, and what to do.
    pub message: String,
}

/// A post that a row became. All of it is shown under its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportedPostView {
    /// Which of the file's rows.
    pub row: usize,
    /// The post's id.
    pub id: PostId,
    /// Its status when it was made.
    pub status: PostStatus,
    /// When it is to be published, if that was asked for.
    pub scheduled_at: Option<Time>,
}
