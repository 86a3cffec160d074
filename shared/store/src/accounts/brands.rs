//! The brands that events concern.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use slipway_domain::{AccountId, BrandId, TenantId};

use super::Accounts;
use crate::StoreError;
use crate::events::LogEntry;

/// How many accounts are read at the same time.
const AT_ONCE: usize = 20;

impl Accounts {
    /// The brands that each of these entries concerns, each account being read once. Most entries say it themselves. Of one
    /// that does not, with an account that is gone, nothing is known, and no brand is answered: it is for nobody who may
    /// see some brands only.
    pub async fn brands_of(&self, entries: &[&LogEntry]) -> Result<Vec<Vec<BrandId>>, StoreError> {
        let unsaid = entries.iter().filter(|entry| entry.said_brands().is_none());
        let accounts: BTreeSet<(&TenantId, &AccountId)> =
            unsaid.flat_map(|entry| entry.accounts.iter().map(|account| (&entry.tenant, account))).collect();
        let accounts: Vec<_> = accounts.into_iter().collect();
        let mut found = BTreeMap::new();
        for group in accounts.chunks(AT_ONCE) {
            let read = group.iter().map(async |(tenant, account)| {
                Ok::<_, StoreError>((*account, self.read_account(tenant, account).await?))
            });
            found.extend(try_join_all(read).await?);
        }
        let brand = |account: &AccountId| Some(found.get(account)?.as_ref()?.brand_or_default());
        let brands = entries.iter().map(|entry| {
            entry
                .said_brands()
                .unwrap_or_else(|| entry.accounts.iter().map(brand).collect::<Option<_>>().unwrap_or_default())
        });
        Ok(brands.collect())
    }
}
