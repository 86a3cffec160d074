//! How long and how often a data key is used.

use std::time::Duration;

use slipway_domain::lifetimes::{DATA_KEY_IS_CACHED, DATA_KEY_SEALS};

/// How long and how often a data key is used, and how many are kept.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long an unwrapped data key stays in memory.
    pub cache_for: Duration,
    /// How often a cached data key is handed out before KMS is asked again.
    pub uses: u32,
    /// How many data keys are kept in memory at most; the one unused for longest goes first.
    pub entries: usize,
    /// How old a data key may be and still seal, counted from when KMS made it. Older ones only open.
    pub seal_with_key_for: Duration,
}

impl Default for Limits {
    /// [`DATA_KEY_IS_CACHED`] and 10,000 uses, 256 keys; a data key seals for [`DATA_KEY_SEALS`].
    fn default() -> Self {
        Self { cache_for: DATA_KEY_IS_CACHED, uses: 10_000, entries: 256, seal_with_key_for: DATA_KEY_SEALS }
    }
}
