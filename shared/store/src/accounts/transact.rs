//! Writes that hold all together or not at all.

use aws_sdk_dynamodb::types::TransactWriteItem;

use super::Accounts;
use crate::StoreError;
use crate::transact::{Transacted, transact};

impl Accounts {
    /// Answers whether the conditions held, and with them everything is written.
    pub(super) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        match transact(&self.client, items).await? {
            Transacted::Written => Ok(true),
            Transacted::Refused(_) => Ok(false),
            Transacted::Met(error) => Err(error),
        }
    }
}
