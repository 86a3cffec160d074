//! Writes that hold all together or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;

use super::Accounts;
use crate::StoreError;

/// How often a transaction that met another one is run again.
const MEETINGS: u32 = 5;

impl Accounts {
    /// Answers whether the conditions held, and with them everything is written. A repetition of a request whose
    /// answer was lost carries the same request token, so that it is one write.
    pub(super) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        let mut meeting = 1;
        loop {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = request.send().await else { return Ok(true) };
            if was_canceled_for(&error, "ConditionalCheckFailed") {
                return Ok(false);
            }
            // Somebody else's transaction is writing the same item. It decides what our conditions meet.
            if !was_canceled_for(&error, "TransactionConflict") || meeting >= MEETINGS {
                return Err(error.into());
            }
            tokio::time::sleep(Duration::from_millis(20) * 2_u32.pow(meeting)).await;
            meeting += 1;
        }
    }
}

fn was_canceled_for<R>(error: &SdkError<TransactWriteItemsError, R>, code: &str) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
        return false;
    };
    canceled.cancellation_reasons().iter().any(|reason| reason.code() == Some(code))
}
