//! Which accounts a key may see.

use std::collections::BTreeSet;

use slipway_domain::AccountId;
use slipway_http::auth::Caller;
use slipway_store::StoreError;

use crate::App;

/// How many accounts are read at once.
const AT_ONCE: usize = 100;

impl App {
    /// The accounts that a key may see, if it is restricted.
    pub(crate) async fn accounts_of(&self, caller: &Caller) -> Result<Option<BTreeSet<AccountId>>, StoreError> {
        if caller.brand_ids.is_empty() {
            return Ok(None);
        }
        let (mut allowed, mut after) = (BTreeSet::new(), None);
        loop {
            let page = self.accounts.list(&caller.tenant, &caller.brand_ids, after.as_ref(), AT_ONCE).await?;
            allowed.extend(page.accounts.into_iter().map(|account| account.id));
            after = page.next;
            if after.is_none() {
                return Ok(Some(allowed));
            }
        }
    }
}
