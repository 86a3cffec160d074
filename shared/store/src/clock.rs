//! The days, hours and minutes of UTC by which things are counted: each by its number since 1970.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use slipway_domain::lifetimes::{DAY, HOUR};

/// A day of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

/// An hour of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hour(i64);

/// A minute of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minute(i64);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// How many of these spans have ended since 1970.
fn ended(span: SignedDuration, at: Timestamp) -> i64 {
    at.as_second().div_euclid(span.as_secs())
}

/// When the span began that this time is in: spans follow each other since 1970, and last a second at the least.
pub(crate) fn began(span: SignedDuration, at: Timestamp) -> Timestamp {
    let span = span.max(SignedDuration::from_secs(1));
    Timestamp::from_second(ended(span, at) * span.as_secs()).unwrap_or(at)
}

impl Day {
    /// The day of this time.
    pub fn of(at: Timestamp) -> Self {
        Self(ended(DAY, at))
    }

    /// So many days before.
    #[must_use]
    pub fn back(self, days: u16) -> Self {
        Self(self.0 - i64::from(days))
    }

    /// So many days behind it.
    #[must_use]
    pub fn ahead(self, days: u16) -> Self {
        Self(self.0 + i64::from(days))
    }

    /// Its first moment.
    pub fn begin(self) -> Timestamp {
        Timestamp::from_second(self.0 * DAY.as_secs()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The first moment of the next one.
    pub fn end(self) -> Timestamp {
        self.begin() + DAY
    }
}

impl Hour {
    /// The hour of this time.
    pub fn of(at: Timestamp) -> Self {
        Self(ended(HOUR, at))
    }
}

impl Minute {
    /// The minute of this time.
    pub fn of(at: Timestamp) -> Self {
        Self(ended(MINUTE, at))
    }

    /// The first moment of the next one.
    pub fn end(self) -> Timestamp {
        Timestamp::from_second((self.0 + 1) * MINUTE.as_secs()).unwrap_or(Timestamp::MAX)
    }

    /// How many seconds of its minute are left at this time: never none.
    pub fn left_at(at: Timestamp) -> u64 {
        (MINUTE.as_secs() - at.as_second().rem_euclid(MINUTE.as_secs())).unsigned_abs()
    }
}

/// Has these written in keys, and read from them.
macro_rules! written_in_keys {
    ($($span:ident),+) => {$(
        /// Its number, filled up as the format says: keys sort by it.
        impl fmt::Display for $span {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $span {
            type Err = ParseIntError;

            fn from_str(number: &str) -> Result<Self, ParseIntError> {
                number.parse().map(Self)
            }
        }
    )+};
}

written_in_keys!(Day, Hour);

/// The number that is stored.
impl From<Minute> for i128 {
    fn from(minute: Minute) -> Self {
        minute.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_written_as_they_always_were() {
        let at = Timestamp::from_second(1_800_000_059).unwrap();
        assert_eq!((format!("{:06}", Day::of(at)), "020833".parse()), ("020833".to_owned(), Ok(Day::of(at))));
        assert_eq!((format!("{:010}", Hour::of(at)), "500000".parse()), ("0000500000".to_owned(), Ok(Hour::of(at))));
        assert_eq!(serde_json::to_string(&Minute::of(at)).unwrap(), "30000000");
        assert_eq!(i128::from(Minute::of(at)), 30_000_000);
    }

    #[test]
    fn a_day_is_followed_by_the_next_one() {
        let day = Day::of(Timestamp::from_second(1_800_000_059).unwrap());
        assert_eq!(day.ahead(1).begin(), day.end());
        assert_eq!((day.ahead(30).back(30), day.ahead(0)), (day, day));
    }

    #[test]
    fn a_minute_ends_where_the_next_one_begins() {
        let at = |second| Timestamp::from_second(second).unwrap();
        for (second, left) in [(1_800_000_000, 60), (1_800_000_059, 1)] {
            assert_eq!((Minute::of(at(second)).end(), Minute::left_at(at(second))), (at(1_800_000_060), left));
        }
    }
}
