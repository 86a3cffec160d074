//! What a process remembers of the keys that it met: whose they are, and for some seconds that one opens nothing, or what
//! one was that lacked a scope. So who tries the same bad key again and again costs one read, and who sends too much none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use slipway_domain::TenantId;
use slipway_domain::schedule::{KEY_IS_BARRED, KEY_IS_KNOWN};
use slipway_store::tenants::{KeyHash, KeyRecord};

/// The keys that this process met.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetKeys(Arc<Mutex<Met>>);

#[derive(Debug, Default)]
struct Met {
    /// Keys that nobody has, or that are shut (suspended, switched off or over), and until when that is remembered.
    ///
    /// A key is random and told to nobody until it is stored, so nobody can have tried it before; if a key is stored that
    /// was remembered all the same, it is refused for `schedule::KEY_IS_UNKNOWN` at most. One that is opened again is
    /// refused for `schedule::KEY_IS_SHUT`.
    bad: HashMap<KeyHash, Timestamp>,
    /// Whose the others are, and when they last opened something. Whether they still do is asked each time, but for those below.
    good: HashMap<KeyHash, (TenantId, Timestamp)>,
    /// Those of the good ones that did not open what they were sent for, and when.
    barred: HashMap<KeyHash, (Arc<KeyRecord>, Timestamp)>,
}

/// How many of each kind are remembered. Further bad ones are read for; good ones begin again.
const MOST_REMEMBERED: usize = 1000;

impl MetKeys {
    /// Whether the key opened nothing some seconds ago.
    pub(crate) fn is_bad(&self, key: &KeyHash, now: Timestamp) -> bool {
        self.met().bad.get(key).is_some_and(|until| now < *until)
    }

    /// Whose the key is, if it has opened something here lately.
    pub(crate) fn tenant(&self, key: &KeyHash, now: Timestamp) -> Option<TenantId> {
        let met = self.met();
        met.good.get(key).filter(|(_, at)| now < *at + KEY_IS_KNOWN).map(|(tenant, _)| tenant.clone())
    }

    /// The key as it was some seconds ago, if it did not open then what it was sent for. What it may has perhaps changed.
    pub(crate) fn barred(&self, key: &KeyHash, now: Timestamp) -> Option<Arc<KeyRecord>> {
        let met = self.met();
        met.barred.get(key).filter(|(_, at)| now < *at + KEY_IS_BARRED).map(|(record, _)| Arc::clone(record))
    }

    /// Remembers for so long that the key opens nothing, from the time at which it was asked for.
    pub(crate) fn note_bad(&self, key: KeyHash, asked_at: Timestamp, length: SignedDuration) {
        let mut met = self.met();
        met.good.remove(&key);
        met.barred.remove(&key);
        if met.bad.len() >= MOST_REMEMBERED {
            met.bad.retain(|_, until| asked_at < *until);
        }
        if met.bad.len() < MOST_REMEMBERED {
            met.bad.insert(key, asked_at + length);
        }
    }

    /// Remembers whose the key is that opens something.
    pub(crate) fn note_good(&self, key: &KeyHash, tenant: &TenantId, asked_at: Timestamp) {
        let mut met = self.met();
        if met.good.len() >= MOST_REMEMBERED && !met.good.contains_key(key) {
            met.good.clear();
        }
        met.good.insert(key.clone(), (tenant.clone(), asked_at));
        // What it may is known again by who reads it.
        met.barred.remove(key);
    }

    /// Remembers a key that does not open what it was sent for.
    pub(crate) fn note_barred(&self, key: &KeyHash, record: &Arc<KeyRecord>, asked_at: Timestamp) {
        let mut met = self.met();
        if met.barred.len() >= MOST_REMEMBERED && !met.barred.contains_key(key) {
            met.barred.clear();
        }
        met.barred.insert(key.clone(), (Arc::clone(record), asked_at));
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        // Whoever panicked left what is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::schedule::{KEY_IS_SHUT, KEY_IS_UNKNOWN};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + second).unwrap()
    }

    fn record() -> KeyRecord {
        let made = serde_json::json!({
            "id": "key_1", "tenant": "ten_1", "name": "n", "preview": "p", "is_active": true,
            "created_at": "2026-11-28T10:00:00Z",
        });
        serde_json::from_value(made).unwrap()
    }

    fn hash(number: usize) -> KeyHash {
        KeyHash(number.to_string())
    }

    #[test]
    fn a_key_is_bad_for_some_seconds_after_it_was_asked_for() {
        let met = MetKeys::default();
        met.note_bad(hash(0), at(0), KEY_IS_UNKNOWN);
        met.note_bad(hash(1), at(0), KEY_IS_SHUT);
        assert_eq!([0, 9, 10].map(|second| met.is_bad(&hash(0), at(second))), [true, true, false]);
        assert_eq!([0, 1, 2].map(|second| met.is_bad(&hash(1), at(second))), [true, true, false]);
        assert!(!met.is_bad(&hash(2), at(0)));
    }

    #[test]
    fn only_so_many_are_remembered_and_those_that_are_over_make_room() {
        let met = MetKeys::default();
        for number in 0..MOST_REMEMBERED * 2 {
            met.note_bad(hash(number), at(0), KEY_IS_UNKNOWN);
        }
        let count = || met.met().bad.len();
        assert_eq!(count(), MOST_REMEMBERED);
        assert!(met.is_bad(&hash(0), at(1)) && !met.is_bad(&hash(MOST_REMEMBERED), at(1)));
        met.note_bad(hash(MOST_REMEMBERED), at(10), KEY_IS_UNKNOWN);
        assert_eq!((count(), met.is_bad(&hash(MOST_REMEMBERED), at(10))), (1, true));
    }

    #[test]
    fn it_is_remembered_whose_a_key_is_until_it_opens_nothing() {
        let (met, tenant) = (MetKeys::default(), TenantId::from_uuid(uuid::Uuid::nil()));
        let is_known = |number, second| met.tenant(&hash(number), at(second)).as_ref() == Some(&tenant);
        for number in 0..MOST_REMEMBERED {
            met.note_good(&hash(number), &tenant, at(0));
        }
        assert_eq!([is_known(0, 0), is_known(MOST_REMEMBERED, 0)], [true, false]);
        met.note_bad(hash(0), at(0), KEY_IS_SHUT);
        met.note_good(&hash(1), &tenant, at(300));
        assert_eq!([is_known(0, 0), is_known(1, 899), is_known(1, 900), is_known(2, 600)], [false, true, false, false]);
        for number in 0..=MOST_REMEMBERED {
            met.note_good(&hash(number), &tenant, at(0));
            assert!(is_known(number, 0));
        }
        assert!(met.met().good.len() <= MOST_REMEMBERED);
    }

    #[test]
    fn what_a_key_lacked_is_remembered_until_it_is_read_again() {
        let met = MetKeys::default();
        let key = |number: usize| Arc::new(KeyRecord { hash: Some(hash(number)), ..record() });
        let is_barred = |number, second| met.barred(&hash(number), at(second)).is_some();
        for number in 0..=MOST_REMEMBERED {
            met.note_barred(&hash(number), &key(number), at(0));
            assert!(is_barred(number, 9) && !is_barred(number, 10), "{number}");
        }
        assert!(met.met().barred.len() <= MOST_REMEMBERED);
        met.note_barred(&hash(1), &key(1), at(0));
        met.note_barred(&hash(2), &key(2), at(0));
        met.note_good(&hash(1), &record().tenant, at(1));
        met.note_bad(hash(2), at(1), KEY_IS_SHUT);
        assert!(!is_barred(1, 1) && !is_barred(2, 1));
    }
}
