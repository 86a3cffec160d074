//! Keys that open nothing, for some seconds: who tries the same one again and again costs one read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use slipway_store::tenants::KeyHash;

/// What this process remembers of keys that nobody has, or that are shut: suspended, switched off or over.
///
/// A key is random and told to nobody until it is stored, so nobody can have tried it before; if a key is stored that was
/// remembered all the same, it is refused for [`UNKNOWN`] at most. One that is opened again is refused for [`SHUT`].
#[derive(Debug, Clone, Default)]
pub struct BadKeys(Arc<Mutex<HashMap<KeyHash, Timestamp>>>);

/// For how long it is remembered that there is no such key.
pub const UNKNOWN: SignedDuration = SignedDuration::from_secs(10);
/// For how long it is remembered that a key is shut: hardly longer than an operator needs to try it after opening it again.
pub const SHUT: SignedDuration = SignedDuration::from_secs(2);
/// How many are remembered; further ones are read for.
pub const MOST_REMEMBERED: usize = 1000;

impl BadKeys {
    /// Whether the key opened nothing some seconds ago.
    pub fn has(&self, key: &KeyHash, now: Timestamp) -> bool {
        self.known().get(key).is_some_and(|until| now < *until)
    }

    /// Remembers for so long that the key opens nothing, from the time at which it was asked for.
    pub fn note(&self, key: KeyHash, asked_at: Timestamp, length: SignedDuration) {
        let mut known = self.known();
        if known.len() >= MOST_REMEMBERED {
            known.retain(|_, until| asked_at < *until);
        }
        if known.len() < MOST_REMEMBERED {
            known.insert(key, asked_at + length);
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
    fn a_key_is_bad_for_some_seconds_after_it_was_asked_for() {
        let bad = BadKeys::default();
        bad.note(hash(0), at(0), UNKNOWN);
        bad.note(hash(1), at(0), SHUT);
        assert_eq!([0, 9, 10].map(|second| bad.has(&hash(0), at(second))), [true, true, false]);
        assert_eq!([0, 1, 2].map(|second| bad.has(&hash(1), at(second))), [true, true, false]);
        assert!(!bad.has(&hash(2), at(0)));
    }

    #[test]
    fn only_so_many_are_remembered_and_those_that_are_over_make_room() {
        let bad = BadKeys::default();
        for number in 0..MOST_REMEMBERED * 2 {
            bad.note(hash(number), at(0), UNKNOWN);
        }
        let count = || bad.known().len();
        assert_eq!(count(), MOST_REMEMBERED);
        assert!(bad.has(&hash(0), at(1)) && !bad.has(&hash(MOST_REMEMBERED), at(1)));
        bad.note(hash(MOST_REMEMBERED), at(10), UNKNOWN);
        assert_eq!((count(), bad.has(&hash(MOST_REMEMBERED), at(10))), (1, true));
    }
}
