//! SQS's limits, as its developer guide states them for standard queues.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::SqsError;

/// Messages of one receive, and entries of one batch.
pub(super) const MAX_BATCH: usize = 10;
/// Bytes of a message, body and attributes together, and of all messages of a batch. 256 KiB until August 2025.
pub(super) const MAX_MESSAGE_BYTES: usize = 1_048_576;
/// The longest a message may be hidden.
pub(super) const MAX_VISIBILITY: Duration = Duration::from_hours(12);
/// The longest a message may be delayed.
pub(super) const MAX_DELAY: Duration = Duration::from_mins(15);
/// The longest poll.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(20);
/// How long a queue may keep messages: a minute to fourteen days.
pub(super) const RETENTION: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(14 * 24);
/// Attributes of one message.
pub(super) const MAX_ATTRIBUTES: usize = 10;

/// Refuses a time that is outside `limits` or has a part of a second, which SQS's interface can't express.
pub(super) fn whole_seconds(
    parameter: &str,
    value: Duration,
    limits: RangeInclusive<Duration>,
) -> Result<Duration, SqsError> {
    if limits.contains(&value) && value.subsec_nanos() == 0 {
        return Ok(value);
    }
    let reason = format!("Must be whole seconds from {} to {}.", limits.start().as_secs(), limits.end().as_secs());
    Err(SqsError::invalid(parameter, &value.as_secs_f64(), &reason))
}

/// Reads a time in seconds as it comes over the wire.
pub(super) fn seconds(parameter: &str, value: i64, limits: RangeInclusive<Duration>) -> Result<Duration, SqsError> {
    let reason =
        || format!("Must be between {} and {}, if provided.", limits.start().as_secs(), limits.end().as_secs());
    u64::try_from(value)
        .ok()
        .map(Duration::from_secs)
        .filter(|duration| limits.contains(duration))
        .ok_or_else(|| SqsError::invalid(parameter, &value, &reason()))
}

/// Whether SQS carries `text`: tab, line feed, carriage return and everything printable, so not the other control
/// characters nor U+FFFE and U+FFFF.
pub(super) fn carries(text: &str) -> bool {
    text.chars()
        .all(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_accepted_up_to_both_ends_and_not_beyond() {
        for (value, accepted) in [(-1, false), (0, true), (900, true), (901, false), (i64::MAX, false)] {
            assert_eq!(seconds("DelaySeconds", value, Duration::ZERO..=MAX_DELAY).is_ok(), accepted, "{value}");
        }
        assert!(whole_seconds("x", Duration::from_millis(1500), Duration::ZERO..=MAX_DELAY).is_err());
    }

    #[test]
    fn control_characters_are_not_carried_but_white_space_and_emoji_are() {
        assert!(carries("tab\t line\r\n é 🎬"));
        for text in ["\0", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            assert!(!carries(text), "{text:?}");
        }
    }
}
