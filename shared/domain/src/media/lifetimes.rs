//! How long media is kept.

use jiff::{SignedDuration, Timestamp};

use super::MediaState;
use crate::lifetimes::DAY;

/// How long media is kept that no post needs. Media that a post needs is kept until that post has ended, however long
/// that takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// After the last post that was made of it ended.
    pub after_last_post: SignedDuration,
    /// After it was made, if no post ever was made of it.
    pub unused: SignedDuration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { after_last_post: DAY * 7, unused: DAY * 90 }
    }
}

impl Lifetimes {
    /// For an upload that nobody finished, or that nobody had verified.
    pub const PENDING: SignedDuration = SignedDuration::from_hours(48);
    /// For media that TikTok would refuse: time to read why.
    pub const FAILED: SignedDuration = SignedDuration::from_hours(24 * 7);
    /// Media that is older than this is not taken for new posts.
    ///
    /// Posts can be scheduled a year ahead, and media can be kept for a year after its last post. So no object is
    /// needed for longer than three years and some days, after which the bucket removes it whatever the table says.
    pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(24 * 365);

    /// Whether media that was made then is too old for new posts.
    pub fn is_too_old(created_at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(created_at) > Self::MAX_AGE
    }

    /// Whether an import that was begun then is still worth a try.
    pub fn may_be_imported(created_at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(created_at) < Self::PENDING
    }

    /// When the time of media in this state is over if no post needs it any more. `last_use_ended_at` is when the last
    /// post that was made of it ended.
    pub fn end_of(&self, state: &MediaState, created_at: Timestamp, last_use_ended_at: Option<Timestamp>) -> Timestamp {
        let (since, kept) = match (state, last_use_ended_at) {
            (_, Some(ended)) => (ended, self.after_last_post),
            (MediaState::Pending, None) => (created_at, Self::PENDING),
            (MediaState::Failed { .. }, None) => (created_at, Self::FAILED),
            (MediaState::Ready { .. }, None) => (created_at, self.unused),
        };
        since.saturating_add(kept).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Findings, StoredObject};
    use super::*;
    use crate::FileKind;

    fn ready() -> MediaState {
        let object = StoredObject { etag: "\"e\"".to_owned(), size_bytes: 1 };
        let findings = Findings::of(FileKind::Mp4);
        MediaState::Ready { object, findings, warnings: Vec::new() }
    }

    #[test]
    fn time_runs_from_the_end_of_the_last_post_or_from_the_upload() {
        let made: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let lifetimes = Lifetimes { after_last_post: DAY * 3, unused: DAY * 30 };
        let failed = MediaState::Failed { object: None, findings: None, reasons: Vec::new() };
        for (state, ended, days) in [
            (MediaState::Pending, None, 2),
            (failed.clone(), None, 7),
            (ready(), None, 30),
            (ready(), Some(0), 3),
            (ready(), Some(100), 103),
            // A post that waited for an import.
            (failed, Some(1), 4),
        ] {
            let end = lifetimes.end_of(&state, made, ended.map(|days| made + DAY * days));
            assert_eq!(end, made + DAY * days, "{state:?}");
        }
    }
}
