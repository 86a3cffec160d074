//! Numbers, times and texts for people, and one for addresses.

use jiff::{SignedDuration, Timestamp};

/// Bytes in the units that file managers and TikTok use: `1.2 GB`. Always with the same number of figures, so that a
/// line does not jump.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000, "kB"), (1_000_000, "MB"), (1_000_000_000, "GB")];
    if count < 1_000 {
        return format!("{count} bytes");
    }
    // Rounded; what rounds up to a thousand of a unit is one of the next.
    let tenths = |size: u64| count.saturating_add(size / 20) / (size / 10);
    let fits = UNITS.into_iter().find(|(size, _)| tenths(*size) < 10_000);
    let (size, unit) = fits.unwrap_or(UNITS[2]);
    format!("{}.{} {unit}", tenths(size) / 10, tenths(size) % 10)
}

/// A text as it stands in a query.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A length of time in its largest unit, or two: `3 min`, `1 h 20 min`, `5 days`.
pub(crate) fn duration(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 60 {
        format!("{seconds} s")
    } else if hours < 1 {
        format!("{minutes} min")
    } else if hours < 10 {
        format!("{hours} h {} min", minutes % 60)
    } else if hours < 48 {
        format!("{hours} h")
    } else {
        format!("{days} days")
    }
}

/// A time as seen from now: `in 3 min`, `5 days ago`.
pub(crate) fn from_now(at: Timestamp, now: Timestamp) -> String {
    let ahead = at.duration_since(now);
    if ahead.is_negative() { format!("{} ago", duration(-ahead)) } else { format!("in {}", duration(ahead)) }
}

/// A time to the minute, in UTC, as everything in the API is.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A time to the second, in UTC.
pub(crate) fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// One line: what others wrote must not move the cursor or fake lines of ours.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// With a capital letter, as a sentence begins.
pub(crate) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// At most so many characters, with a mark where some were left out.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Rows under their heads, each column as wide as it has to be; nothing if there are no rows. What others wrote stays in
/// its cell.
pub(crate) fn table<const N: usize>(heads: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> Vec<String> {
    let rows = rows.into_iter().map(|row| row.map(|cell| line(&cell)));
    let rows: Vec<_> = std::iter::once(heads.map(str::to_owned)).chain(rows).collect();
    if rows.len() == 1 {
        return Vec::new();
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_one_decimal_and_are_rounded() {
        for (count, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (33_554_432, "33.6 MB"),
            (1_049, "1.0 kB"),
            (1_050, "1.1 kB"),
            (86_470, "86.5 kB"),
            (999_949_999, "999.9 MB"),
            (999_999_999, "1.0 GB"),
            (4_000_000_000, "4.0 GB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn times_are_told_from_now() {
        let now = Timestamp::UNIX_EPOCH;
        for (seconds, text) in [
            (0, "in 0 s"),
            (59, "in 59 s"),
            (200, "in 3 min"),
            (4_800, "in 1 h 20 min"),
            (86_400, "in 24 h"),
            (31_536_000, "in 365 days"),
            (-90, "1 min ago"),
        ] {
            assert_eq!(from_now(now + SignedDuration::from_secs(seconds), now), text);
        }
        assert_eq!(minute(now), "1970-01-01 00:00 UTC");
    }

    #[test]
    fn what_others_wrote_stays_on_its_line() {
        assert_eq!(line("a\u{1b}[2Jb\nerror: c"), "a [2Jb error: c");
        assert_eq!(sentence("published: x"), "Published: x");
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abc def", 5), "abc…");
        assert_eq!(cut("äöüäöü", 3), "äö…");
    }

    #[test]
    fn a_table_is_as_wide_as_its_cells_and_nothing_without_rows() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned);
        let rows = [row(["post_1", "é\u{1b}"]), row(["p", ""])];
        assert_eq!(table(["ID", "CAPTION"], rows), ["ID      CAPTION", "post_1  é", "p"]);
        assert!(table(["ID"], []).is_empty());
    }
}
