//! Which pulls of an account TikTok may not have answered yet. What is heard of a pull whose id never reached us is then
//! not taken for another one's.

use serde_dynamo::to_attribute_value;
use slipway_domain::PostId;

use super::{AccountRecord, Accounts, PaceWrite};
use crate::StoreError;

impl Accounts {
    /// The write that has these posts' pulls be those that may be unanswered, if nobody has changed that since `account`
    /// was read. It goes with the write that is about to make the last of them.
    pub fn pulls_write(&self, account: &AccountRecord, pulls: &[PostId]) -> Result<PaceWrite, StoreError> {
        let update = self.update(account).set("pulls", to_attribute_value(pulls)?);
        let update = if account.pulls.is_empty() {
            // An account that was disconnected must not come back as this alone.
            update.when("attribute_exists(pk) AND attribute_not_exists(#pulls)")
        } else {
            update.when("#pulls = :seen_pulls").with(":seen_pulls", to_attribute_value(&account.pulls)?)
        };
        Ok(PaceWrite { account: account.id.clone(), item: update.in_transaction()? })
    }
}
