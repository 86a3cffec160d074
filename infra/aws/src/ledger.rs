//! Counts every call and fails those that a test asked to fail.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call is refused with this HTTP status and nothing is done.
    ///
    /// SDKs repeat 500, 502, 503 and 504, and throttling (429 here, which is answered as AWS words throttling).
    Status(u16),
    /// The call is carried out, then the connection is cut instead of answered: the caller can't know.
    LostAnswer,
    /// A transaction of `DynamoDB` meets another one on every item, is cancelled, and nothing is done.
    Conflict,
}

/// What was called how often, what comes next, and how much of tables and objects was read.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: BTreeMap<String, u64>,
    items_read: u64,
    object_bytes_served: u64,
    planned: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    target: String,
    times_left: u32,
    fault: Fault,
}

impl Ledger {
    /// Counts one call of `operation`, such as `SQS.SendMessage`, and tells what must go wrong with it.
    pub(crate) fn record(&self, operation: &str) -> Option<Fault> {
        let mut state = self.lock();
        *state.calls.entry(operation.to_owned()).or_default() += 1;
        let planned = state.planned.iter_mut().find(|planned| planned.covers(operation))?;
        planned.times_left -= 1;
        let fault = planned.fault;
        state.planned.retain(|planned| planned.times_left > 0);
        Some(fault)
    }

    /// Plans `fault` for the next `times` calls of `target`: an operation, or a whole service such as `KMS`.
    pub(crate) fn plan(&self, target: &str, times: u32, fault: Fault) {
        if times > 0 {
            self.lock().planned.push(Planned { target: target.to_owned(), times_left: times, fault });
        }
    }

    pub(crate) fn items_read(&self) -> u64 {
        self.lock().items_read
    }

    pub(crate) fn add_items(&self, items: usize) {
        self.lock().items_read += items as u64;
    }

    pub(crate) fn object_bytes_served(&self) -> u64 {
        self.lock().object_bytes_served
    }

    pub(crate) fn add_object_bytes(&self, bytes: u64) {
        self.lock().object_bytes_served += bytes;
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().calls.clone()
    }

    /// Forgets the counts. Planned faults stay planned.
    pub(crate) fn reset_counts(&self) {
        let mut state = self.lock();
        state.calls.clear();
        state.items_read = 0;
        state.object_bytes_served = 0;
    }

    /// Forgets the faults that have not happened yet.
    pub(crate) fn clear_faults(&self) {
        self.lock().planned.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Planned {
    fn covers(&self, operation: &str) -> bool {
        is_of(operation, &self.target)
    }
}

/// Whether `target` is this operation, or its whole service.
pub(crate) fn is_of(operation: &str, target: &str) -> bool {
    operation == target || operation.split_once('.').is_some_and(|(service, _)| service == target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_planned_for_an_operation_spares_the_others_and_ends() {
        let ledger = Ledger::default();
        ledger.plan("KMS.Decrypt", 2, Fault::Status(500));
        assert_eq!(ledger.record("KMS.Encrypt"), None);
        assert_eq!(ledger.record("KMS.Decrypt"), Some(Fault::Status(500)));
        assert_eq!(ledger.record("KMS.Decrypt"), Some(Fault::Status(500)));
        assert_eq!(ledger.record("KMS.Decrypt"), None);
        assert_eq!(ledger.counts(), BTreeMap::from([("KMS.Decrypt".to_owned(), 3), ("KMS.Encrypt".to_owned(), 1)]));
    }

    #[test]
    fn a_fault_for_a_service_covers_its_operations_and_no_other_service() {
        let ledger = Ledger::default();
        ledger.plan("S3", 3, Fault::LostAnswer);
        assert_eq!(ledger.record("S3.GetObject"), Some(Fault::LostAnswer));
        assert_eq!(ledger.record("S3Control.GetObject"), None);
        assert_eq!(ledger.record("S3.HeadObject"), Some(Fault::LostAnswer));
        ledger.clear_faults();
        assert_eq!(ledger.record("S3.HeadObject"), None);
    }
}
