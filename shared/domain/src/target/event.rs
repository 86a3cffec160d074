//! What can happen to a target, and what must be known for it.

use jiff::Timestamp;

use super::{DeferReason, Evidence, Failure};
use crate::{ChunkPlan, CopyKey, FailReason, PublishId, PublishStatus, Sealed, VideoId};

/// What can happen to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Publish it now: the caller asked, or its time has come.
    Enqueue,
    /// Publish it at a time.
    Schedule {
        /// When.
        at: Timestamp,
    },
    /// Keep it until the caller says more.
    Unschedule,
    /// A worker takes it to call init.
    Claim,
    /// TikTok accepted the init.
    InitAccepted {
        /// TikTok's id of this publish.
        publish_id: PublishId,
        /// Where the bytes go. Whoever holds the open URL can write the video, so it is kept like a token.
        upload_url: Sealed,
        /// When TikTok stops taking bytes there.
        expires_at: Timestamp,
        /// How the file is cut.
        plan: ChunkPlan,
    },
    /// Copies are made that TikTok may fetch; the worker is about to tell it so.
    PullBegun {
        /// Their keys, in their order.
        copies: Vec<CopyKey>,
        /// When.
        at: Timestamp,
    },
    /// TikTok's id of the pull is known: by its answer, or by a webhook that can be about no other.
    PullKnown {
        /// TikTok's id of this publish.
        publish_id: PublishId,
        /// When.
        at: Timestamp,
    },
    /// TikTok's answer about the pull is lost, and the copies are deleted.
    PullRevoked {
        /// When.
        at: Timestamp,
    },
    /// TikTok has fetched this many bytes.
    Fetched {
        /// Bytes of all copies together.
        bytes: u64,
    },
    /// There is no room now.
    Defer {
        /// When to try again.
        until: Timestamp,
        /// What holds it back.
        why: DeferReason,
    },
    /// TikTok has this many bytes, all whole chunks.
    Sent {
        /// Bytes from the start.
        bytes: u64,
    },
    /// The last of several chunks is about to be sent: from here on TikTok may have every byte.
    LastChunk,
    /// TikTok has every byte.
    UploadComplete {
        /// When.
        at: Timestamp,
    },
    /// The upload can't be finished, and certainly was not: its last chunk was never sent.
    UploadLost {
        /// When.
        at: Timestamp,
    },
    /// TikTok's word on a publish.
    Outcome {
        /// Which publish.
        publish_id: PublishId,
        /// What it says.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// TikTok's word on a publish that counted before, and came to nothing as far as was known.
    FormerOutcome {
        /// Which publish.
        publish_id: PublishId,
        /// What it says.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// There will be no outcome.
    NoOutcome {
        /// What is known.
        evidence: Evidence,
        /// When.
        at: Timestamp,
    },
    /// It can't be published; nothing of it, or only a part of its bytes, is at TikTok.
    Abandon {
        /// Why.
        failure: Failure,
        /// When.
        at: Timestamp,
    },
    /// The caller calls it off.
    Cancel,
    /// The caller wants a failed target tried again.
    Retry,
    /// A person looked on TikTok and says whether it is there.
    Resolve {
        /// Whether it is.
        published: bool,
        /// When.
        at: Timestamp,
    },
}

/// What TikTok reports about a publish, by its status or by webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is posted; public ids as far as known.
    Published(Vec<VideoId>),
    /// The draft's notification is in the inbox.
    InInbox,
    /// It failed for good.
    Failed(FailReason),
}

impl From<&Outcome> for PublishStatus {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Published(_) => Self::PublishComplete,
            Outcome::InInbox => Self::SendToUserInbox,
            Outcome::Failed(_) => Self::Failed,
        }
    }
}
