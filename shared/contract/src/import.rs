//! How an import of many posts looks to callers.

use serde::Serialize;
use slipway_domain::{PostId, PostStatus};

use crate::Time;
use crate::post::TargetErrorCode;

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportView {
    /// The number of rows in the file, without empty ones.
    pub total_rows: usize,
    /// The number of posts that were created, or would be.
    pub created: usize,
    /// The number of rows that failed, or would fail.
    pub failed: usize,
    /// Whether this was a dry run, which creates nothing.
    pub dry_run: bool,
    /// The errors, in the order of the rows.
    pub errors: Vec<ImportErrorView>,
    /// The posts, in the order of the rows.
    pub posts: Vec<ImportedPostView>,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// The error of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportErrorView {
    /// The row's number, from 1; the header and empty rows do not count.
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

/// A post that was created from a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportedPostView {
    /// The row's number.
    pub row: usize,
    /// The post's id.
    pub id: PostId,
    /// Its status when it was made.
    pub status: PostStatus,
    /// When it is to be published, if that was asked for.
    pub scheduled_at: Option<Time>,
}
