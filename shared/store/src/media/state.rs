//! What is known about the content of media.

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

    /// Whether this verdict stays in face of a later one: what is ready does, and so does what was found in the very
    /// same object.
    pub(super) fn outlasts(&self, later: &Self) -> bool {
        match self {
            Self::Pending => false,
            Self::Ready { .. } => true,
            Self::Failed { object: Some(own), .. } => later.object() == Some(own),
            // Without an object there is nothing to compare but the verdict itself.
            Self::Failed { object: None, .. } => self == later,
        }
    }
}
