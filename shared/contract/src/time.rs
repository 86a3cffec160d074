//! Times as callers see them.

use std::error::Error;
use std::fmt;

use jiff::civil::{DateTime, Time as Clock};
use jiff::fmt::temporal::{Pieces, TimeZoneAnnotationKind};
use jiff::tz::Offset;
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

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

/// Why a caller's text is no time.
#[derive(Debug, Clone)]
pub enum NotATime {
    /// It does not read as one.
    Unreadable(jiff::Error),
    /// It does not say of which offset from UTC it is.
    NoOffset,
    /// No place is a day off UTC.
    ImpossibleOffset,
    /// It names a zone besides its offset. They may disagree, and the rules of zones change.
    Zone,
}

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable(_) | Self::NoOffset => "is not a time with an offset",
            Self::ImpossibleOffset => "has an offset of a day or more, which no place has",
            Self::Zone => "names a time zone besides its offset",
        })
    }
}

impl Error for NotATime {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(why) => Some(why),
            Self::NoOffset | Self::ImpossibleOffset | Self::Zone => None,
        }
    }
}

/// Reads a time of a caller's: RFC 3339, whose offset is the only one it has. `[UTC]` behind an offset of zero, and the
/// offset once more, say nothing else.
pub fn read_time(text: &str) -> Result<Timestamp, NotATime> {
    let (at, offset) = parts(text)?;
    offset.ok_or(NotATime::NoOffset)?.to_timestamp(at).map_err(NotATime::Unreadable)
}

/// The same, where a time without an offset is UTC, and a day begins at midnight.
pub fn read_time_or_utc(text: &str) -> Result<Timestamp, NotATime> {
    let (at, offset) = parts(text)?;
    offset.unwrap_or(Offset::UTC).to_timestamp(at).map_err(NotATime::Unreadable)
}

fn parts(text: &str) -> Result<(DateTime, Option<Offset>), NotATime> {
    let pieces = Pieces::parse(text).map_err(NotATime::Unreadable)?;
    let offset = pieces.to_numeric_offset();
    if offset.is_some_and(|offset| offset.seconds().unsigned_abs() >= 24 * 60 * 60) {
        return Err(NotATime::ImpossibleOffset);
    }
    let says_the_same = pieces.time_zone_annotation().is_none_or(|zone| match zone.kind() {
        TimeZoneAnnotationKind::Named(name) => name.as_str().eq_ignore_ascii_case("UTC") && offset == Some(Offset::UTC),
        TimeZoneAnnotationKind::Offset(again) => offset == Some(*again),
        _ => false,
    });
    if !says_the_same {
        return Err(NotATime::Zone);
    }
    Ok((pieces.date().to_datetime(pieces.time().unwrap_or(Clock::midnight())), offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_OFFSET: &str = "no offset";
    const UNREADABLE: &str = "is not a time with an offset";
    const IMPOSSIBLE: &str = "has an offset of a day or more, which no place has";
    const ZONE: &str = "names a time zone besides its offset";

    /// What callers are told, except that a time without an offset is told apart from what is no time.
    fn told(why: &NotATime) -> String {
        assert_eq!(matches!(why, NotATime::Unreadable(_)), why.source().is_some(), "its cause is kept");
        if let NotATime::NoOffset = why { NO_OFFSET.to_owned() } else { why.to_string() }
    }

    #[test]
    fn a_time_is_what_its_offset_says_and_nothing_beside_it() {
        let noon = Ok("2026-12-24T12:00:00Z".parse().unwrap());
        for (text, wanted) in [
            ("2026-12-24T12:00:00Z", noon),
            ("2026-12-24T13:00:00+01:00", noon),
            ("2026-12-24t12:00:00.000z", noon),
            ("2026-12-24T12:00:00Z[UTC]", noon),
            ("2026-12-24T12:00:00+00:00[UTC]", noon),
            ("2026-12-24T13:00:00+01:00[+01:00]", noon),
            ("2026-12-24T13:00:00+01:00[Europe/Berlin]", Err(ZONE)),
            ("2026-12-24T13:00:00+01:00[America/New_York]", Err(ZONE)),
            ("2026-12-24T13:00:00+01:00[UTC]", Err(ZONE)),
            ("2026-12-24T13:00:00+01:00[+02:00]", Err(ZONE)),
            ("2026-12-24T13:00:00[UTC]", Err(ZONE)),
            ("2026-12-24T12:00:00+24:00", Err(IMPOSSIBLE)),
            ("2026-12-24T12:00:00-24:00", Err(IMPOSSIBLE)),
            ("2026-12-24T12:00:00+25:59", Err(IMPOSSIBLE)),
            ("2026-12-25T11:59:00+23:59", noon),
            ("2026-12-24T12:00:00", Err(NO_OFFSET)),
            ("2026-12-24", Err(NO_OFFSET)),
            ("tomorrow", Err(UNREADABLE)),
            ("2026-12-24T25:00:00Z", Err(UNREADABLE)),
            ("2026-12-24T12:00:00Z junk", Err(UNREADABLE)),
            ("", Err(UNREADABLE)),
        ] {
            let wanted = wanted.map_err(str::to_owned);
            assert_eq!(read_time(text).map_err(|why| told(&why)), wanted, "{text}");
            if wanted != Err(NO_OFFSET.to_owned()) {
                assert_eq!(read_time_or_utc(text).map_err(|why| told(&why)), wanted, "{text}");
            }
        }
        assert_eq!(read_time_or_utc("2026-12-24T12:00:00").ok(), noon.ok());
        assert_eq!(read_time_or_utc("2026-12-24").ok(), Some("2026-12-24T00:00:00Z".parse().unwrap()));
    }

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
