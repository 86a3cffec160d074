//! The `refresh_due` index: every account whose tokens can still be renewed, by the time of the next renewal.
//!
//! The index is sparse: an account that only its creator can repair is not in it, nor one that was forgotten.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use slipway_domain::{AccountId, TenantId, schedule};

use super::{AccountRecord, AccountStatus, Accounts, SealedTokens, read_keys, written};
use crate::item::{Item, number, seconds, text};
use crate::pages::Pages;
use crate::shards::Shards;
use crate::{Conflict, StoreError, Write};

/// How many partitions the index is spread over. A million accounts in daily use, renewed every two hours, are 300
/// writes a second over all of them.
pub const REFRESH_SHARDS: u8 = 8;

pub(super) const SHARDS: Shards = Shards::new("refresh", REFRESH_SHARDS);

/// When tokens that were stored at `now` are to be renewed.
pub fn refresh_at(tokens: &SealedTokens, last_used_at: Timestamp, now: Timestamp) -> Timestamp {
    schedule::refresh_at(tokens.access_expires_at, tokens.refresh_expires_at, last_used_at, now)
}

/// Part of a shard's accounts that are due, the longest overdue first. The index lags: read the account itself.
#[derive(Debug, Clone, Default)]
pub struct DueAccounts {
    /// The accounts.
    pub accounts: Vec<(TenantId, AccountId)>,
    /// Where to go on, if there may be more.
    pub next: Option<DueCursor>,
}

/// A place in a shard of the index.
#[derive(Debug, Clone)]
pub struct DueCursor(Item);

impl Accounts {
    /// Up to `most` accounts of this shard, from 0 to [`REFRESH_SHARDS`], that are due by `now`.
    pub async fn due_for_refresh(
        &self,
        shard: u8,
        now: Timestamp,
        most: usize,
        after: Option<DueCursor>,
    ) -> Result<DueAccounts, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("refresh_due")
            .key_condition_expression("refresh_shard = :shard AND refresh_at <= :now")
            .expression_attribute_values(":shard", text(SHARDS.name(shard)))
            .expression_attribute_values(":now", seconds(now));
        let mut pages = Pages::behind(query, after.map(|cursor| cursor.0));
        let accounts =
            pages.next_of(most).await?.items.unwrap_or_default().iter().map(read_keys).collect::<Result<_, _>>()?;
        Ok(DueAccounts { accounts, next: pages.rest().map(DueCursor) })
    }

    /// Puts a renewal that failed off until `until`, and counts the failure. It is refused if the account was renewed,
    /// lost, forgotten or put off by another writer since `account` was read.
    pub async fn put_off_refresh(
        &self,
        account: &AccountRecord,
        until: Timestamp,
    ) -> Result<Write<AccountRecord>, StoreError> {
        let Some(seen) = account.refresh_at else {
            return Ok(Write::Refused(Conflict::Changed(Box::new(account.clone()))));
        };
        let update = self
            .update(account)
            .set("refresh_at", seconds(until))
            .add("refresh_failures", number(1))
            .when("#version = :version AND #status.#name = :active AND #refresh_at = :seen")
            .with(":version", number(account.version))
            .with(":active", text(AccountStatus::ACTIVE))
            .with(":seen", seconds(seen));
        written(update.send(&self.client, ReturnValue::AllNew).await?)
    }
}
