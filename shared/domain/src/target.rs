//! A target's life: one account's publish of one post, from accepted to its end.
//!
//! ```text
//! Draft → Scheduled → Queued → Initialising → Uploading → Processing → Published
//!                        ↑  ↖ Deferred ↙          │            ├→ InInbox → Published
//!                        └── the upload is lost ──┘            ├→ Failed
//!                                                              └→ Unconfirmed
//! Where TikTok fetches the media itself: Initialising → Pulling → Processing, and Pulling → Unconfirmed.
//! ```

mod event;
mod name;
mod sets;
mod transition;
mod why;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use event::{Event, Outcome};
pub use name::{StateName, StepState};
pub use sets::{Phase, Worker};
pub use transition::{MAX_ATTEMPTS, Refused, apply};
pub use why::{DeferReason, Evidence, Failure};

use crate::{ChunkPlan, PublishId, Pull, Sealed, VideoId};

/// Where a target stands. What must be known to go on after a crash is in the state itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum TargetState {
    /// Kept, not to be published yet.
    Draft,
    /// To be published at a time.
    Scheduled {
        /// When.
        at: Timestamp,
    },
    /// Accepted; a worker will take it.
    Queued {
        /// How many inits were tried; those that TikTok had no room for do not count.
        attempt: u32,
    },
    /// A worker is about to call init. An init that opens an upload publishes nothing by itself, so a crash here may
    /// simply call it again; one that has TikTok fetch media is called from [`Pulling`](Self::Pulling).
    Initialising {
        /// Which init this is, from 1.
        attempt: u32,
    },
    /// TikTok gave a publish id and an upload URL; the bytes are on their way.
    Uploading {
        /// Which init this is, from 1.
        attempt: u32,
        /// The one publish that may come of this target.
        publish_id: PublishId,
        /// Where the bytes go. Whoever holds the open URL can write the video, so it is kept like a token.
        upload_url: Sealed,
        /// When TikTok stops taking bytes there.
        expires_at: Timestamp,
        /// How the file is cut.
        plan: ChunkPlan,
        /// Bytes that TikTok has acknowledged, as far as we have noted.
        sent: u64,
        /// Certainly nobody has sent the last of several chunks: before it is sent, that is written. Without it nothing
        /// can be posted.
        #[serde(default)]
        last_chunk_unsent: bool,
    },
    /// TikTok may have been told to fetch the media and to publish it, but has not answered. As long as that is so, init
    /// is not called again.
    Pulling {
        /// The call, and what TikTok may fetch.
        pull: Pull,
    },
    /// Every byte has arrived, or TikTok fetches them itself; it is checking and publishing.
    Processing {
        /// TikTok's id of this publish.
        publish_id: PublishId,
        /// When the last byte was acknowledged, or the pull was accepted.
        since: Timestamp,
        /// What TikTok may fetch, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pull: Option<Pull>,
    },
    /// The draft is in the creator's inbox; the creator finishes it.
    InInbox {
        /// TikTok's id of this publish.
        publish_id: PublishId,
        /// When we learnt of it.
        since: Timestamp,
    },
    /// It is on TikTok.
    Published {
        /// TikTok's id of this publish; nothing where a person found it there and its id never came.
        publish_id: Option<PublishId>,
        /// When we learnt of it.
        at: Timestamp,
        /// The public ids, as text; they may come hours later, and never for posts that are not public.
        post_ids: Vec<VideoId>,
    },
    /// It will not be published.
    Failed {
        /// TikTok's id of the publish that failed, if it came so far.
        publish_id: Option<PublishId>,
        /// When we learnt of it.
        at: Timestamp,
        /// Why.
        failure: Failure,
    },
    /// Whether it was published can't be told; a person has to look.
    Unconfirmed {
        /// TikTok's id of the publish; nothing if its answer to a pull was lost.
        publish_id: Option<PublishId>,
        /// When we gave up asking.
        at: Timestamp,
        /// What speaks for and against it.
        evidence: Evidence,
    },
    /// Held back until there is room; nothing of it is at TikTok.
    Deferred {
        /// How many inits were tried; those that TikTok had no room for do not count.
        attempt: u32,
        /// When to try again.
        until: Timestamp,
        /// What holds it back.
        why: DeferReason,
    },
    /// Called off before anything was handed over.
    Cancelled,
}

impl TargetState {
    /// TikTok's id of the publish that counts, if there is one.
    pub fn publish_id(&self) -> Option<&PublishId> {
        match self {
            Self::Uploading { publish_id, .. }
            | Self::Processing { publish_id, .. }
            | Self::InInbox { publish_id, .. } => Some(publish_id),
            Self::Published { publish_id, .. }
            | Self::Unconfirmed { publish_id, .. }
            | Self::Failed { publish_id, .. } => publish_id.as_ref(),
            Self::Draft
            | Self::Scheduled { .. }
            | Self::Queued { .. }
            | Self::Initialising { .. }
            | Self::Pulling { .. }
            | Self::Deferred { .. }
            | Self::Cancelled => None,
        }
    }

    /// The pull whose copies TikTok may fetch, if there is one.
    pub const fn pull(&self) -> Option<&Pull> {
        match self {
            Self::Pulling { pull } | Self::Processing { pull: Some(pull), .. } => Some(pull),
            _ => None,
        }
    }

    /// Whether TikTok may have published it under an id that we do not know.
    pub const fn is_unanswered(&self) -> bool {
        matches!(self, Self::Pulling { .. } | Self::Unconfirmed { publish_id: None, .. })
    }

    /// TikTok's public id of the first video, if there is one.
    pub fn video_id(&self) -> Option<&VideoId> {
        match self {
            Self::Published { post_ids, .. } => post_ids.first(),
            _ => None,
        }
    }

    /// TikTok's public ids of its further videos: a draft may be posted several times.
    pub fn other_video_ids(&self) -> &[VideoId] {
        match self {
            Self::Published { post_ids, .. } => post_ids.get(1..).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Whether nothing more will be done about it without being told (a draft waits, too, but is not at its end).
    pub fn is_final(&self) -> bool {
        match self {
            Self::Published { .. } | Self::Failed { .. } | Self::Unconfirmed { .. } | Self::Cancelled => true,
            Self::Draft
            | Self::Scheduled { .. }
            | Self::Queued { .. }
            | Self::Initialising { .. }
            | Self::Uploading { .. }
            | Self::Pulling { .. }
            | Self::Processing { .. }
            | Self::InInbox { .. }
            | Self::Deferred { .. } => false,
        }
    }

    /// Since when nobody needs its media any more; nothing while somebody may. `changed_at` is when it changed last.
    ///
    /// A draft needs its media, since it may yet be published. A draft in the creator's inbox does not: TikTok has it.
    pub fn media_free_since(&self, changed_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Published { at, .. } | Self::Failed { at, .. } | Self::Unconfirmed { at, .. } => Some(*at),
            Self::InInbox { since, .. } => Some(*since),
            Self::Cancelled => Some(changed_at),
            Self::Draft
            | Self::Scheduled { .. }
            | Self::Queued { .. }
            | Self::Initialising { .. }
            | Self::Uploading { .. }
            | Self::Pulling { .. }
            | Self::Processing { .. }
            | Self::Deferred { .. } => None,
        }
    }

    /// Whether it is to be published and waits for its turn: no worker is at it, and nothing of it is at TikTok. A draft
    /// does not wait: nobody has asked for it to be published.
    pub fn is_waiting(&self) -> bool {
        match self {
            Self::Scheduled { .. } | Self::Queued { .. } | Self::Deferred { .. } => true,
            Self::Draft
            | Self::Initialising { .. }
            | Self::Uploading { .. }
            | Self::Pulling { .. }
            | Self::Processing { .. }
            | Self::InInbox { .. }
            | Self::Published { .. }
            | Self::Failed { .. }
            | Self::Unconfirmed { .. }
            | Self::Cancelled => false,
        }
    }
}
