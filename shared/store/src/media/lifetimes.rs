//! How long media is kept.

use jiff::{SignedDuration, Timestamp};

use super::{MediaRecord, MediaState};

/// How long media is kept that no post needs. Media that a post needs is kept until that post has ended, however long
/// that takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// After the last post that was made of it ended.
    pub after_last_post: SignedDuration,
    /// After it was made, if no post ever was made of it.
    pub unused: SignedDuration,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Default for Lifetimes {
    fn default() -> Self {
        Self { after_last_post: DAY * 7, unused: DAY * 90 }
    }
}

impl Lifetimes {
    /// For an upload that nobody finished, or that nobody had looked at.
    pub const PENDING: SignedDuration = SignedDuration::from_hours(48);
    /// For media that TikTok would refuse: time to read why.
    pub const FAILED: SignedDuration = SignedDuration::from_hours(24 * 7);
    /// Media that is older than this is not taken for new posts.
    ///
    /// Posts can be scheduled a year ahead, and media can be kept for a year after its last post. So no object is
    /// needed for longer than three years and some days, after which the bucket removes it whatever the table says.
    pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(24 * 365);

    /// When this media's time is over if no post needs it any more.
    pub fn end_of(&self, media: &MediaRecord) -> Timestamp {
        let (since, kept) = match (&media.state, media.last_use_ended_at) {
            (_, Some(ended)) => (ended, self.after_last_post),
            (MediaState::Pending, None) => (media.created_at, Self::PENDING),
            (MediaState::Failed { .. }, None) => (media.created_at, Self::FAILED),
            (MediaState::Ready { .. }, None) => (media.created_at, self.unused),
        };
        since.saturating_add(kept).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::FileKind;

    use super::super::{Findings, VerifiedObject};
    use super::*;

    fn made() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn media(state: MediaState, ended_after_days: Option<i64>) -> MediaRecord {
        let (tenant, id) = ("ten_1".parse().unwrap(), "med_1".parse().unwrap());
        let record = MediaRecord::new(tenant, id, "a.mp4".to_owned(), "video/mp4".to_owned(), made());
        let last_use_ended_at = ended_after_days.map(|days| made() + DAY * i32::try_from(days).unwrap());
        MediaRecord { state, last_use_ended_at, ..record }
    }

    fn ready() -> MediaState {
        let object = VerifiedObject { etag: "\"e\"".to_owned(), size_bytes: 1 };
        let findings = Findings {
            media_type: FileKind::Mp4,
            duration_ms: None,
            width: None,
            height: None,
            rotation: 0,
            frame_rate: None,
            variable_frame_rate: false,
            video_codec: None,
            has_audio: false,
        };
        MediaState::Ready { object, findings }
    }

    #[test]
    fn time_runs_from_the_end_of_the_last_post_and_without_one_from_the_upload() {
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
            let media = media(state, ended);
            assert_eq!(lifetimes.end_of(&media), made() + DAY * days, "{media:?}");
        }
    }

    #[test]
    fn the_record_is_looked_at_when_its_time_is_over() {
        let media = media(MediaState::Pending, None);
        let end_of = |media: &MediaRecord| Lifetimes::default().end_of(media).as_second();
        assert_eq!(media.due_at.0, end_of(&media));
        let ready = media.verified(ready(), &Lifetimes::default(), made() + DAY);
        assert_eq!((ready.due_at.0, ready.due_at.0), (end_of(&ready), (made() + DAY * 90).as_second()));
    }
}
