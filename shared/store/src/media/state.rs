//! What is known about the content of media, and how long it is kept for that.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Findings, MediaReason, VerifiedObject};

/// What is known about the content of media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum MediaState {
    /// Nothing was uploaded yet, or nobody has looked.
    Pending,
    /// TikTok would take it. Final: it is never looked at again.
    Ready {
        /// The object that was looked at.
        object: VerifiedObject,
        /// What it is.
        findings: Findings,
    },
    /// TikTok would refuse it, or it could not be fetched.
    Failed {
        /// The object that was looked at; nothing if there never was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<VerifiedObject>,
        /// What it is, as far as could be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        findings: Option<Findings>,
        /// Every reason; at least one.
        reasons: Vec<MediaReason>,
    },
}

impl MediaState {
    /// How [`Pending`](Self::Pending) is written; conditions look for it.
    pub(super) const PENDING: &str = "pending";
    /// How [`Ready`](Self::Ready) is written; conditions look for it.
    pub(super) const READY: &str = "ready";

    /// The name that callers see.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => Self::PENDING,
            Self::Ready { .. } => Self::READY,
            Self::Failed { .. } => "failed",
        }
    }

    /// What the file is, as far as it is known.
    pub const fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Pending => None,
            Self::Ready { findings, .. } => Some(findings),
            Self::Failed { findings, .. } => findings.as_ref(),
        }
    }

    /// The object that was looked at, if one was.
    pub const fn object(&self) -> Option<&VerifiedObject> {
        match self {
            Self::Pending => None,
            Self::Ready { object, .. } => Some(object),
            Self::Failed { object, .. } => object.as_ref(),
        }
    }

    /// Why TikTok would refuse it; empty unless it would.
    pub fn reasons(&self) -> &[MediaReason] {
        match self {
            Self::Pending | Self::Ready { .. } => &[],
            Self::Failed { reasons, .. } => reasons,
        }
    }

    /// When media in this state, made at `created_at`, is forgotten.
    ///
    /// The bucket removes objects 90 days after they were written, which is never before the record was made: so
    /// the record goes first, and no post is made of media whose object is gone.
    pub(super) fn expiry(&self, created_at: Timestamp) -> i64 {
        let days = match self {
            Self::Pending => 2,
            Self::Failed { .. } => 7,
            Self::Ready { .. } => 90,
        };
        created_at.as_second().saturating_add(SignedDuration::from_hours(24 * days).as_secs())
    }
}
