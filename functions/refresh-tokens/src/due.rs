//! The due accounts of all shards, read page by page as they are needed.

use std::collections::VecDeque;

use jiff::Timestamp;
use slipway_domain::{AccountId, TenantId};
use slipway_store::accounts::{Accounts, DueCursor, REFRESH_SHARDS};

/// Accounts read at once from a shard.
const PAGE: usize = 100;

/// What is due at one moment. The shards take turns, so that none of them waits for another one's end.
pub(crate) struct Due<'a> {
    accounts: &'a Accounts,
    now: Timestamp,
    read: VecDeque<(TenantId, AccountId)>,
    places: VecDeque<(u8, Option<DueCursor>)>,
    unread_pages: usize,
}

impl<'a> Due<'a> {
    pub(crate) fn at(accounts: &'a Accounts, now: Timestamp) -> Self {
        let places = (0..REFRESH_SHARDS).map(|shard| (shard, None)).collect();
        Self { accounts, now, read: VecDeque::new(), places, unread_pages: 0 }
    }

    /// The next account, if there is one. A shard that can't be read is left to the next run.
    pub(crate) async fn next(&mut self) -> Option<(TenantId, AccountId)> {
        while self.read.is_empty() {
            let (shard, after) = self.places.pop_front()?;
            match self.accounts.due_for_refresh(shard, self.now, PAGE, after).await {
                Ok(page) => {
                    self.read.extend(page.accounts);
                    self.places.extend(page.next.map(|next| (shard, Some(next))));
                }
                Err(error) => {
                    tracing::error!(%error, shard, "due accounts could not be read");
                    self.unread_pages += 1;
                }
            }
        }
        self.read.pop_front()
    }

    /// How many pages could not be read.
    pub(crate) fn unread_pages(&self) -> usize {
        self.unread_pages
    }
}
