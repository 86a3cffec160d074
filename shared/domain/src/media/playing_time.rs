//! How long a video plays, against how long it may.

use std::time::Duration;

use crate::{MediaId, limits};

/// How a measured time stands to its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// It keeps them.
    Yes,
    /// It misses one by less than [`limits::DURATION_MARGIN`]: whether that counts is for TikTok to decide.
    ByRounding,
    /// It misses one.
    No,
}

impl Within {
    /// Judges a measured time; both limits are included.
    pub fn of(plays: Duration, least: Duration, most: Duration) -> Self {
        let missed = least.saturating_sub(plays).max(plays.saturating_sub(most));
        if missed.is_zero() {
            Self::Yes
        } else if missed < limits::DURATION_MARGIN {
            Self::ByRounding
        } else {
            Self::No
        }
    }
}

/// A video that plays longer than a creator may post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    plays: Duration,
    longest: Duration,
    /// Whether it is a rounding difference, for TikTok to decide about.
    pub by_rounding: bool,
}

impl TooLong {
    /// Compares what was measured, in milliseconds, with what a creator may post; nothing if it fits, or if one of the
    /// two is not known.
    pub fn of(duration_ms: Option<u64>, longest_seconds: Option<u64>) -> Option<Self> {
        let (plays, longest) = (Duration::from_millis(duration_ms?), Duration::from_secs(longest_seconds?));
        let within = Within::of(plays, Duration::ZERO, longest);
        (within != Within::Yes).then_some(Self { plays, longest, by_rounding: within == Within::ByRounding })
    }
}

impl TooLong {
    /// How long it plays, in seconds.
    pub fn plays_seconds(&self) -> f64 {
        self.plays.as_secs_f64()
    }

    /// How long it may play, in seconds.
    pub const fn longest_seconds(&self) -> u64 {
        self.longest.as_secs()
    }

    /// As a sentence.
    pub fn sentence(&self) -> String {
        let (plays, longest) = (self.plays_seconds(), self.longest_seconds());
        format!("The video plays {plays} s, this creator may post at most {longest} s.")
    }

    /// As a warning about this media.
    pub fn warning(&self, media: &MediaId) -> String {
        format!("TikTok may refuse {media}. {} Cut it to be sure.", self.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_within_half_a_second_of_a_limit_is_a_rounding_difference() {
        for (millis, within) in [
            (0, Within::No),
            (500, Within::No),
            (501, Within::ByRounding),
            (999, Within::ByRounding),
            (1000, Within::Yes),
            (60_000, Within::Yes),
            (60_001, Within::ByRounding),
            (60_030, Within::ByRounding),
            (60_499, Within::ByRounding),
            (60_500, Within::No),
            (u64::MAX, Within::No),
        ] {
            let plays = Duration::from_millis(millis);
            assert_eq!(Within::of(plays, Duration::from_secs(1), Duration::from_mins(1)), within, "{millis} ms");
        }
    }

    #[test]
    fn a_creator_is_told_the_measured_time_and_not_a_rounded_one() {
        for (plays, longest, told) in [
            (Some(60_000), Some(60), None),
            (Some(60_030), Some(60), Some((true, "The video plays 60.03 s, this creator may post at most 60 s."))),
            (Some(61_500), Some(60), Some((false, "The video plays 61.5 s, this creator may post at most 60 s."))),
            (None, Some(60), None),
            (Some(61_500), None, None),
            (Some(u64::MAX), Some(u64::MAX), None),
        ] {
            let found = TooLong::of(plays, longest).map(|found| (found.by_rounding, found.sentence()));
            assert_eq!(found, told.map(|(by, text)| (by, text.to_owned())), "{plays:?} {longest:?}");
        }
    }
}
