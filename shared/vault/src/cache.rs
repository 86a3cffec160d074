//! Data keys in memory: for minutes, for a bounded number of uses, a bounded number of them.

use std::collections::HashMap;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use slipway_domain::TenantId;

use crate::data_key::DataKey;
use crate::{Limits, VaultError};

/// What a cached data key is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    /// The key that seals for a tenant at present.
    Sealing(TenantId),
    /// The key that this wrapped key, said to be made at this second, unwraps to.
    ///
    /// The tenant is part of the name: without it, a wrapped key that KMS would refuse to one tenant could be
    /// answered from another tenant's entry. So is the date: a forged one must not stick to a genuine key.
    Opening(TenantId, i64, Arc<str>),
}

type Answer = Result<Arc<DataKey>, VaultError>;
/// A question to KMS that any number of callers wait for together. Dropping one caller leaves it to the others.
type Flight = Shared<Pin<Box<dyn Future<Output = Answer> + Send>>>;

/// All cached keys.
pub(crate) struct KeyCache {
    limits: Limits,
    entries: Mutex<HashMap<Slot, Entry>>,
}

struct Entry {
    flight: Flight,
    since: Instant,
    last_used: Instant,
    uses: u32,
}

impl KeyCache {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, entries: Mutex::default() }
    }

    /// The slot's key; `fetch` is asked only if there is none, and only once however many ask at the same time.
    ///
    /// A failure is shared by those who waited for it and then forgotten.
    pub(crate) async fn get<F>(&self, slot: Slot, fetch: impl FnOnce() -> F) -> Answer
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let flight = {
            let mut entries = self.lock();
            self.drop_stale(&mut entries);
            let entry = entries.entry(slot.clone()).or_insert_with(|| Entry::new(fetch().boxed().shared()));
            entry.uses += 1;
            entry.last_used = Instant::now();
            let flight = entry.flight.clone();
            self.drop_excess(&mut entries);
            flight
        };
        let answer = flight.clone().await;
        if answer.is_err() {
            let mut entries = self.lock();
            if entries.get(&slot).is_some_and(|entry| entry.flight.ptr_eq(&flight)) {
                entries.remove(&slot);
            }
        }
        answer
    }

    /// Puts a key that is known already into a slot that is empty.
    pub(crate) fn offer(&self, slot: Slot, key: Arc<DataKey>) {
        let mut entries = self.lock();
        self.drop_stale(&mut entries);
        entries.entry(slot).or_insert_with(|| Entry::new(ready(Ok(key)).boxed().shared()));
        self.drop_excess(&mut entries);
    }

    pub(crate) fn forget(&self, slot: &Slot) {
        self.lock().remove(slot);
    }

    fn drop_stale(&self, entries: &mut HashMap<Slot, Entry>) {
        entries.retain(|_, entry| entry.since.elapsed() < self.limits.cache_for && entry.uses < self.limits.uses);
    }

    fn drop_excess(&self, entries: &mut HashMap<Slot, Entry>) {
        while entries.len() > self.limits.entries.max(1) {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.last_used).map(|(slot, _)| slot.clone());
            let Some(oldest) = oldest else { return };
            entries.remove(&oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Slot, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn new(flight: Flight) -> Self {
        let now = Instant::now();
        Self { flight, since: now, last_used: now, uses: 0 }
    }
}
