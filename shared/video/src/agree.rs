//! When two of a file's statements about its length are the same.

use std::time::Duration;

/// Whether two lengths are the same but for rounding, a last frame, and the lead-in of sound.
pub(crate) fn near(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= Duration::from_millis(250).max(one.max(other) / 200)
}
