//! Times as people write them: `tomorrow 18:00`, `2026-12-24 18:00`, or RFC 3339.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// What a time may look like.
const CURE: &str = "write it as 18:00, tomorrow 18:00, friday 18:00, 2026-12-24 18:00 or 2026-12-24T18:00:00Z";

/// Reads a time. Without an offset it is a time of this machine's zone.
pub(crate) fn read(text: &str) -> Result<Timestamp, String> {
    parse(text, &Timestamp::now().to_zoned(here()))
}

fn parse(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let text = text.trim().to_ascii_lowercase();
    if let Ok(at) = text.to_ascii_uppercase().parse() {
        return Ok(at);
    }
    let (day, time) = match text.split_once(|c: char| c == 't' || c.is_whitespace()) {
        // The t of a day's name parts nothing.
        Some((day, time)) if day.starts_with(|c: char| c.is_ascii_digit()) => (Some(day), time),
        _ => text.rsplit_once(char::is_whitespace).map_or((None, text.as_str()), |(day, time)| (Some(day), time)),
    };
    let time = clock(time.trim()).ok_or_else(|| CURE.to_owned())?;
    let at = |date: Date| date.to_datetime(time).to_zoned(now.time_zone().clone()).map_err(|error| error.to_string());
    let after = |days: i32| now.date().checked_add(Span::new().days(days)).map_err(|error| error.to_string());
    let at = match day.map(str::trim) {
        None => match at(now.date())? {
            today if today > *now => today,
            _ => at(after(1)?)?,
        },
        Some("today") => at(now.date())?,
        Some("tomorrow") => at(after(1)?)?,
        Some(day) => match weekday(day) {
            Some(wanted) => {
                let days = i32::from(now.weekday().until(wanted));
                match at(after(days)?)? {
                    this_week if this_week > *now => this_week,
                    _ => at(after(days + 7)?)?,
                }
            }
            None => at(day.parse().map_err(|_| CURE.to_owned())?)?,
        },
    };
    if at <= *now {
        return Err(format!("{} is over", at.strftime("%Y-%m-%d %H:%M")));
    }
    Ok(at.timestamp())
}

/// A time of day, with or without seconds.
fn clock(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| part.parse::<i8>().ok().filter(|_| (1..=2).contains(&part.len())));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    parts.next().is_none().then(|| Time::new(hour, minute, second, 0).ok())?
}

fn weekday(text: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    NAMES.into_iter().find(|(name, _)| *name == text).map(|(_, day)| day)
}

/// The zone of `TZ`, or of the machine; UTC where neither says.
fn here() -> TimeZone {
    let name = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    let name = name.as_deref().map(|name| name.trim_start_matches(':'));
    let file = match name {
        Some(name) if name.starts_with('/') => PathBuf::from(name),
        Some(name) => Path::new("/usr/share/zoneinfo").join(name),
        None => PathBuf::from("/etc/localtime"),
    };
    let of_file = std::fs::read(file).ok().and_then(|bytes| TimeZone::tzif(name.unwrap_or("local"), &bytes).ok());
    of_file.or_else(|| TimeZone::posix(name?).ok()).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use jiff::tz::offset;

    use super::*;

    /// A Thursday afternoon, an hour east of Greenwich.
    fn now() -> Zoned {
        "2026-11-26T14:30:00Z".parse::<Timestamp>().unwrap().to_zoned(TimeZone::fixed(offset(1)))
    }

    #[test]
    fn a_time_is_one_of_this_zone_unless_it_says_otherwise() {
        for (text, at) in [
            ("18:00", "2026-11-26T17:00:00Z"),
            ("15:30", "2026-11-27T14:30:00Z"),
            ("9:05", "2026-11-27T08:05:00Z"),
            ("today 16:00", "2026-11-26T15:00:00Z"),
            ("tomorrow 18:00", "2026-11-27T17:00:00Z"),
            ("Tomorrow  18:00:30", "2026-11-27T17:00:30Z"),
            ("friday 18:00", "2026-11-27T17:00:00Z"),
            ("thursday 18:00", "2026-11-26T17:00:00Z"),
            ("thursday 08:00", "2026-12-03T07:00:00Z"),
            ("2026-12-24 18:00", "2026-12-24T17:00:00Z"),
            ("2026-12-24T18:00", "2026-12-24T17:00:00Z"),
            ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"),
            ("2026-12-24T19:00:00+01:00", "2026-12-24T18:00:00Z"),
        ] {
            assert_eq!(parse(text, &now()).map(|at| at.to_string()).as_deref(), Ok(at), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_over_is_said() {
        for (text, part) in [
            ("tomorrow", "write it as"),
            ("soon 18:00", "write it as"),
            ("25:00", "write it as"),
            ("18", "write it as"),
            ("2026-13-01 18:00", "write it as"),
            ("", "write it as"),
            ("today 08:00", "2026-11-26 08:00 is over"),
            ("2026-11-25 18:00", "2026-11-25 18:00 is over"),
        ] {
            let said = parse(text, &now()).unwrap_err();
            assert!(said.contains(part), "{text}: {said}");
        }
    }
}
