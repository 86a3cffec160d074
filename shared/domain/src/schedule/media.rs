//! When media is checked again, and when an import is tried again.

use std::time::Duration;

use jiff::SignedDuration;

use super::doubled;

/// When media that a post still needs is checked again.
pub const MEDIA_CHECKED_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// When an import that was requeued is checked again: messages about what waits in a backlog make it no shorter.
pub const IMPORT_CHECKED_AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// When media that could not be dealt with is tried again, so that it does not stand in the way of the rest.
pub const MEDIA_TRIED_AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// How often an import is begun, by living and dying workers together.
pub const IMPORT_TRIES: u32 = 6;
/// How long an import waits at the most before it is tried again, whatever the server wishes.
pub const LONGEST_IMPORT_PAUSE: Duration = Duration::from_mins(10);

/// When the sweep looks after an import that waits in line. In between it is called by whoever frees a slot.
pub const IMPORT_CALL_LOST: SignedDuration = SignedDuration::from_mins(15);
/// By how much a slot outlasts the import's turn: whoever goes on after a death has it still.
pub const SLOT_OUTLASTS_IT_BY: SignedDuration = SignedDuration::from_mins(5);
/// When a target that waits for an import looks again. The import requeues it at once, so this is only for when that message
/// gets lost.
pub const AWAITED_MEDIA_CHECKED: SignedDuration = SignedDuration::from_mins(1);
/// How long after a round over the bucket began the next one begins.
pub const BUCKET_ROUND_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How long an import waits at the least after so many tries: ten seconds, then twice as long each time.
pub fn import_pause(tries: u32) -> Duration {
    doubled(Duration::from_secs(10), tries.saturating_sub(1), LONGEST_IMPORT_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_of_an_import_spread_over_minutes_and_end() {
        let pauses: Vec<_> = (0..=IMPORT_TRIES).map(|tries| import_pause(tries).as_secs()).collect();
        assert_eq!(pauses, [10, 10, 20, 40, 80, 160, 320]);
        assert_eq!(import_pause(u32::MAX), LONGEST_IMPORT_PAUSE);
    }
}
