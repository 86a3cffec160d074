//! Which states have something in common. Whoever has to know asks here, so that a new state is sorted in once.

use super::{StateName, TargetState};

/// The workers that bring a target further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worker {
    /// Takes it from accepted to its last byte.
    Transfer,
    /// Asks TikTok for its outcome.
    StatusCheck,
}

/// How far a target has come, for whoever needs to know no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It waits for its caller.
    Draft,
    /// It waits for its time.
    Scheduled,
    /// It is on its way.
    Moving,
    /// It reached TikTok.
    Reached,
    /// It failed, or nobody knows whether it is on TikTok.
    Failed,
    /// Its caller does not want it any more.
    Cancelled,
}

impl StateName {
    /// How far it has come.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Draft => Phase::Draft,
            Self::Scheduled => Phase::Scheduled,
            Self::Queued | Self::Initialising | Self::Uploading | Self::Pulling | Self::Processing | Self::Deferred => {
                Phase::Moving
            }
            Self::Published | Self::InInbox => Phase::Reached,
            Self::Failed | Self::Unconfirmed => Phase::Failed,
            Self::Cancelled => Phase::Cancelled,
        }
    }

    /// Whether its caller has it published: such a target makes its post one that its tenant's plan counts.
    pub const fn is_to_be_published(self) -> bool {
        !matches!(self, Self::Draft | Self::Failed | Self::Cancelled)
    }

    /// Whether a worker takes it to TikTok, or TikTok fetches it.
    pub const fn is_being_sent(self) -> bool {
        matches!(self, Self::Initialising | Self::Uploading | Self::Pulling)
    }

    /// Whether it begins as soon as its line lets it. Nobody has used its place yet.
    pub const fn is_to_begin(self) -> bool {
        matches!(self, Self::Queued | Self::Deferred)
    }

    /// Whether it keeps its place in line: nothing of it has been accepted by TikTok.
    pub const fn keeps_its_place(self) -> bool {
        matches!(self, Self::Queued | Self::Initialising | Self::Pulling | Self::Deferred)
    }

    /// Whether it reached TikTok.
    pub const fn reached_tiktok(self) -> bool {
        matches!(self.phase(), Phase::Reached)
    }

    /// Whether a caller may still change it: nothing of it is at TikTok.
    pub const fn can_be_changed(self) -> bool {
        matches!(self, Self::Draft | Self::Scheduled | Self::Failed)
    }

    /// Whether a caller may have it published at once: it waits for its time, or for its caller.
    pub const fn can_be_published(self) -> bool {
        matches!(self, Self::Draft | Self::Scheduled)
    }

    /// Whether a caller may have it tried again.
    pub const fn can_be_retried(self) -> bool {
        matches!(self, Self::Failed)
    }

    /// Who brings it further; nothing where nothing is expected any more, or only of people. What reached TikTok may
    /// still get its public ids.
    pub const fn worker(self) -> Option<Worker> {
        match self {
            Self::Scheduled | Self::Queued | Self::Initialising | Self::Uploading | Self::Pulling | Self::Deferred => {
                Some(Worker::Transfer)
            }
            Self::Processing | Self::Published | Self::InInbox => Some(Worker::StatusCheck),
            Self::Draft | Self::Failed | Self::Unconfirmed | Self::Cancelled => None,
        }
    }
}

impl TargetState {
    /// Whether bytes may be on their way now, or TikTok fetches copies that only its word lets us delete.
    pub const fn is_on_the_way(&self) -> bool {
        matches!(self, Self::Uploading { .. } | Self::Pulling { .. } | Self::Processing { pull: Some(_), .. })
    }
}
