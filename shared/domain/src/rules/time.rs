//! When a post may be published.

use jiff::{SignedDuration, Timestamp};

/// How far ahead a post may be scheduled.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 365);
/// Clocks differ, and requests take their time.
const MAX_BEHIND: SignedDuration = SignedDuration::from_secs(60);

/// Why nothing can be scheduled for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// It is over.
    #[error("lies in the past")]
    Past,
    /// It is too far ahead.
    #[error("is more than a year ahead")]
    TooFar,
}

/// Whether something can be scheduled for this time: it lies ahead, and not too far.
pub fn lies_ahead(at: Timestamp, now: Timestamp) -> Result<(), BadTime> {
    if at < now - MAX_BEHIND {
        Err(BadTime::Past)
    } else if at > now + MAX_AHEAD {
        Err(BadTime::TooFar)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lies_ahead_within_a_year_and_a_minute_of_grace() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (at, told) in [
            ("2026-11-22T11:58:59Z", Err(BadTime::Past)),
            ("2026-11-22T11:59:00Z", Ok(())),
            ("2026-11-22T12:00:00Z", Ok(())),
            ("2027-11-22T12:00:00Z", Ok(())),
            ("2027-11-22T12:00:01Z", Err(BadTime::TooFar)),
        ] {
            assert_eq!(lies_ahead(at.parse().unwrap(), now), told, "{at}");
        }
    }
}
