//! Which accounts a key may see, and of which brands accounts are.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use slipway_domain::{AccountId, BrandId, TenantId};
use slipway_http::auth::Caller;
use slipway_store::StoreError;
use slipway_store::accounts::AccountRecord;
use slipway_store::events::LogEntry;

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

    /// The brands of the accounts that each of these entries concerns.
    pub(crate) async fn brands_of(
        &self,
        tenant: &TenantId,
        entries: &[&LogEntry],
    ) -> Result<Vec<Vec<BrandId>>, StoreError> {
        let accounts: BTreeSet<&AccountId> = entries.iter().flat_map(|entry| &entry.accounts).collect();
        let found =
            accounts.into_iter().map(async |id| Ok::<_, StoreError>((id, self.accounts.get(tenant, id).await?)));
        let brands: Vec<_> = try_join_all(found).await?;
        let brand = |id: &AccountId| {
            let account = brands.iter().find(|(of, _)| *of == id).and_then(|(_, account)| account.as_ref());
            account.map(AccountRecord::brand_or_default)
        };
        Ok(entries.iter().map(|entry| entry.accounts.iter().filter_map(brand).collect()).collect())
    }
}
