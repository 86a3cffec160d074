//! Writes that hold all together or not at all.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, TransactWriteItem};

use crate::StoreError;

/// How often a transaction that met another one is run again.
const MEETINGS: u32 = 8;

/// What became of a transaction.
#[derive(Debug)]
pub(crate) enum Transacted {
    /// Everything is written.
    Written,
    /// A condition did not hold, and nothing is written. One reason an item, in their order.
    Refused(Vec<CancellationReason>),
    /// It met other transactions on the same items again and again; nothing is written.
    Met(StoreError),
}

/// Runs a transaction, again if it met another one. A repetition of a request whose answer was lost carries the same
/// request token, so that it is one write.
pub(crate) async fn transact(client: &Client, items: Vec<TransactWriteItem>) -> Result<Transacted, StoreError> {
    let mut meeting = 1;
    loop {
        let Err(error) = client.transact_write_items().set_transact_items(Some(items.clone())).send().await else {
            return Ok(Transacted::Written);
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Err(error.into());
        };
        let reasons = cancelled.cancellation_reasons();
        if reasons.iter().any(did_not_hold) {
            return Ok(Transacted::Refused(reasons.to_vec()));
        }
        // Somebody else's transaction is writing the same item. It decides what our conditions meet.
        if !reasons.iter().any(|reason| matches!(reason.code(), Some("TransactionConflict" | "ThrottlingError"))) {
            return Err(error.into());
        }
        if meeting >= MEETINGS {
            return Ok(Transacted::Met(error.into()));
        }
        tokio::time::sleep(pause(meeting)).await;
        meeting += 1;
    }
}

/// Whether this item's condition did not hold.
pub(crate) fn did_not_hold(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// The item that a condition met, if it was asked for and there was one.
pub(crate) fn met(reason: &CancellationReason) -> Option<&std::collections::HashMap<String, AttributeValue>> {
    reason.item.as_ref().filter(|item| !item.is_empty())
}

/// Anything up to 20 ms, 40 ms and so on: many who meet must not meet again.
fn pause(meeting: u32) -> Duration {
    let longest = 10 * 2_u64.pow(meeting.min(6));
    // Each state is a random one, and its empty hash as good as any other.
    Duration::from_millis(RandomState::new().hash_one(meeting) % longest + 1)
}
