//! When an upload to TikTok, or an init, goes on that did not go through.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{CLOCKS_DIFFER_BY, doubled};
use crate::limits::UPLOAD_URL_LIFETIME;

/// How long a target is put off when TikTok has faults.
pub const AFTER_FAULTS: Duration = Duration::from_secs(30);
/// How long a target is put off whose account's line is so crowded that it got no place: others took theirs at the same
/// moments, again and again.
pub const LINE_IS_CROWDED: Duration = Duration::from_secs(5);
/// How soon TikTok is asked again about a publish that it does not know, every byte of which it may have.
pub const ASKED_SOON: SignedDuration = SignedDuration::from_mins(1);
/// How soon TikTok is asked again about an upload that is whole by our count, and that it does not call complete.
pub const WHOLE_UPLOAD_ASKED_AGAIN: Duration = Duration::from_secs(5);
/// How long TikTok is not asked at the most about an upload that takes no more bytes.
const ASKED_LATER: SignedDuration = SignedDuration::from_mins(5);

/// Whether an upload URL has certainly run out.
pub fn has_run_out(expires_at: Timestamp, now: Timestamp) -> bool {
    now >= expires_at + CLOCKS_DIFFER_BY
}

/// When TikTok is asked again about an upload that takes no more bytes: soon after its hour, and otherwise not too often.
pub fn asked_again_at(expires_at: Timestamp, now: Timestamp) -> Timestamp {
    let latest = now + ASKED_LATER;
    if has_run_out(expires_at, now) {
        return latest;
    }
    (expires_at + CLOCKS_DIFFER_BY).clamp(now + ASKED_SOON, latest)
}

/// How long an upload rests when TikTok does not take a chunk: ever longer, so that one that it always refuses is sent a
/// few dozen times in its hour, and not thousands.
pub fn upload_rest(expires_at: Timestamp, now: Timestamp) -> Duration {
    let age = now.duration_since(expires_at - UPLOAD_URL_LIFETIME).unsigned_abs();
    (age / 4).clamp(Duration::from_secs(10), Duration::from_mins(5))
}

/// How long a target is put off after an init of unknown outcome, which was its attempt of this number.
///
/// Each may have cost one of the creator's posts of the day, of which TikTok allows about fifteen. So every pause is twice
/// as long as the one before, up to eight hours: that makes fourteen inits until the target is given up after a day.
pub fn after_unknown_init(attempt: u32) -> Duration {
    doubled(AFTER_FAULTS, attempt.saturating_sub(1), Duration::from_hours(8))
}

/// When a target asks again whether the pull before it is answered: its call may take some seconds.
pub const PULL_IS_CALLED: Duration = Duration::from_secs(2);
/// When a target asks again whether the pull before it is answered, if that answer is lost.
pub const PULL_ANSWER_LOST: SignedDuration = SignedDuration::from_mins(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_given_up_only_when_no_clock_can_say_that_it_still_runs() {
        let expires_at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        for (late, dead) in [(-60, false), (0, false), (119, false), (120, true), (3600, true)] {
            assert_eq!(has_run_out(expires_at, expires_at + SignedDuration::from_secs(late)), dead, "{late} s");
        }
    }

    #[test]
    fn an_upload_without_word_is_asked_about_soon_after_its_hour() {
        let expires_at = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        for (late, pause) in [(-3600, 300), (-180, 300), (-60, 180), (0, 120), (90, 60), (119, 60), (120, 300)] {
            let now = expires_at + SignedDuration::from_secs(late);
            assert_eq!(asked_again_at(expires_at, now).duration_since(now).as_secs(), pause, "{late} s");
        }
    }

    #[test]
    fn an_upload_that_is_always_refused_rests_ever_longer() {
        let begun_at = Timestamp::UNIX_EPOCH;
        let (mut now, mut rests) = (begun_at, Vec::new());
        while now < begun_at + UPLOAD_URL_LIFETIME {
            let pause = upload_rest(begun_at + UPLOAD_URL_LIFETIME, now);
            now += pause;
            rests.push(pause.as_secs());
        }
        assert!(rests.is_sorted(), "{rests:?}");
        assert_eq!((rests[0], rests[rests.len() - 1]), (10, 300));
        assert!(rests.len() < 30, "{rests:?}");
    }

    #[test]
    fn inits_of_unknown_outcome_come_ever_more_seldom() {
        let pauses = [0, 1, 2, 3, 10, 11, 12, u32::MAX].map(|attempt| after_unknown_init(attempt).as_secs());
        assert_eq!(pauses, [30, 30, 60, 120, 15_360, 28_800, 28_800, 28_800]);
    }
}
