//! Times as callers see them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

/// A time as callers see it: RFC 3339 in UTC, always with three digits of milliseconds and a `Z`.
///
/// Digits behind the milliseconds are cut, not rounded: a time that is over is never shown as one to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "Timestamp")]
pub struct Time(Timestamp);

impl Time {
    /// The time.
    pub const fn get(self) -> Timestamp {
        self.0
    }
}

impl From<Timestamp> for Time {
    fn from(time: Timestamp) -> Self {
        let behind = i64::from(time.subsec_nanosecond()).rem_euclid(1_000_000);
        Self(time.saturating_sub(SignedDuration::from_nanos(behind)).unwrap_or(time))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_digits_of_milliseconds_and_a_z() {
        for (time, shown) in [
            ("2026-11-25T19:54:35.546Z", "2026-11-25T19:54:35.546Z"),
            ("2026-11-25T19:54:35Z", "2026-11-25T19:54:35.000Z"),
            ("2026-11-25T19:54:35.9Z", "2026-11-25T19:54:35.900Z"),
            ("2026-11-25T19:54:35.999999999Z", "2026-11-25T19:54:35.999Z"),
            ("2026-11-25T20:54:35.5+01:00", "2026-11-25T19:54:35.500Z"),
            ("1969-12-31T23:59:59.9995Z", "1969-12-31T23:59:59.999Z"),
        ] {
            let time = Time::from(time.parse::<Timestamp>().unwrap());
            assert_eq!(serde_json::json!(time), shown);
            assert_eq!(serde_json::from_value::<Time>(shown.into()).unwrap(), time, "what is shown is all there is");
        }
    }
}
