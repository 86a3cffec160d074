//! Keys that do not exist, for some seconds: who tries the same one again and again costs one read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use slipway_store::tenants::KeyHash;

/// What this process remembers of keys that nobody has.
///
/// Only that there is no such key is remembered, never that one is suspended or over. A key is random and told to nobody
/// until it is stored, so nobody can have tried it before; if a key is stored that was remembered all the same, it is
/// refused for [`REMEMBERED`] at most.
#[derive(Debug, Clone, Default)]
pub struct BadKeys(Arc<Mutex<HashMap<KeyHash, Timestamp>>>);

/// For how long it is remembered that there is no such key.
pub const REMEMBERED: SignedDuration = SignedDuration::from_secs(10);
/// How many are remembered; further ones are read for.
pub const MOST_REMEMBERED: usize = 1000;

impl BadKeys {
    /// Whether there was no such key some seconds ago.
    pub fn has(&self, key: &KeyHash, now: Timestamp) -> bool {
        self.known().get(key).is_some_and(|at| now.duration_since(*at) < REMEMBERED)
    }

    /// Remembers that there is no such key, as of the time at which it was asked for.
    pub fn note(&self, key: KeyHash, asked_at: Timestamp) {
        let mut known = self.known();
        if known.len() >= MOST_REMEMBERED {
            known.retain(|_, at| asked_at.duration_since(*at) < REMEMBERED);
        }
        if known.len() < MOST_REMEMBERED {
            known.insert(key, asked_at);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<KeyHash, Timestamp>> {
        // Whoever panicked left what is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + second).unwrap()
    }

    fn hash(number: usize) -> KeyHash {
        KeyHash(number.to_string())
    }

    #[test]
    fn a_key_is_bad_for_ten_seconds_after_it_was_asked_for() {
        let bad = BadKeys::default();
        bad.note(hash(0), at(0));
        assert_eq!([0, 9, 10].map(|second| bad.has(&hash(0), at(second))), [true, true, false]);
        assert!(!bad.has(&hash(1), at(0)));
    }

    #[test]
    fn only_so_many_are_remembered_and_those_that_are_over_make_room() {
        let bad = BadKeys::default();
        for number in 0..MOST_REMEMBERED * 2 {
            bad.note(hash(number), at(0));
        }
        let count = || bad.known().len();
        assert_eq!(count(), MOST_REMEMBERED);
        assert!(bad.has(&hash(0), at(1)) && !bad.has(&hash(MOST_REMEMBERED), at(1)));
        bad.note(hash(MOST_REMEMBERED), at(10));
        assert_eq!((count(), bad.has(&hash(MOST_REMEMBERED), at(10))), (1, true));
    }
}
