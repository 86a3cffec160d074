//! The accounts of a brand that is being deleted: each goes as if it were disconnected by itself.

use std::future::ready;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use slipway_domain::schedule::DELETION_CLAIM;
use slipway_domain::{AccountId, Reach, TenantId};
use slipway_store::StoreError;
use slipway_store::accounts::{AccountRecord, Accounts, GoingBrand};
use slipway_store::posts::Posts;

use crate::waiting::{self, Drafts};
use crate::{Tokens, Untold};

/// How far the accounts of a brand are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrandAccounts {
    /// None is left, and nothing waits for one.
    Gone(GoingBrand),
    /// Some are left, or something waits for one: the time was up, or something failed.
    Left(GoingBrand),
    /// Somebody else goes on with it.
    OfAnother,
}

/// How many accounts are read, and noted, at once.
const PAGE: usize = 20;
/// How many are disconnected at once.
const AT_ONCE: usize = 8;

impl Tokens {
    /// Disconnects the accounts of a brand page by page, and fails the posts that wait for them, and drafts. Begins
    /// nothing after `until`. Safe to repeat: what a page is about is noted before the first account of it goes, so that
    /// posts which wait for an account are found though it is gone.
    pub async fn brand_accounts_go(
        &self,
        accounts: &Accounts,
        posts: &Posts,
        mut going: GoingBrand,
        untold: Untold,
        until: Instant,
    ) -> Result<BrandAccounts, StoreError> {
        // A predecessor may have died between an account and its posts.
        let mut gone = Vec::new();
        for account in &going.accounts {
            if accounts.get(&Reach::whole(&going.tenant), account).await?.is_none() {
                gone.push(account.clone());
            }
        }
        let mut is_whole = nothing_waits(posts, &going.tenant, &gone, until).await;
        while is_whole && Instant::now() < until {
            let page = first_page(accounts, &going).await?;
            if page.is_empty() {
                return Ok(BrandAccounts::Gone(going));
            }
            let noted = page.iter().map(|account| account.id.clone()).collect();
            let Some(next) = accounts.note_going(&going, noted, Timestamp::now() + DELETION_CLAIM).await?.done() else {
                return Ok(BrandAccounts::OfAnother);
            };
            going = next;
            let all = page.len();
            let gone = self.disconnected(accounts, page, untold, until).await;
            is_whole = nothing_waits(posts, &going.tenant, &gone, until).await && gone.len() == all;
        }
        Ok(BrandAccounts::Left(going))
    }

    /// Disconnects accounts. Answers which are gone.
    async fn disconnected(
        &self,
        accounts: &Accounts,
        page: Vec<AccountRecord>,
        untold: Untold,
        until: Instant,
    ) -> Vec<AccountId> {
        let gone = stream::iter(page).map(async |account| {
            if Instant::now() >= until {
                return None;
            }
            let id = account.id.clone();
            match self.disconnect(accounts, account, untold).await {
                Ok(()) => Some(id),
                Err(error) => {
                    tracing::warn!(%error, account.id = %id, "still connected; it is tried again");
                    None
                }
            }
        });
        gone.buffer_unordered(AT_ONCE).filter_map(ready).collect().await
    }
}

/// Fails what waits for accounts that are gone, and drafts for them. Answers whether nothing is left that is known of.
async fn nothing_waits(posts: &Posts, tenant: &TenantId, accounts: &[AccountId], until: Instant) -> bool {
    let mut is_all = true;
    for account in accounts {
        is_all &= waiting::fail(posts, tenant, account, Drafts::Fail, until).await;
    }
    is_all
}

/// The first accounts that the brand still has.
async fn first_page(accounts: &Accounts, going: &GoingBrand) -> Result<Vec<AccountRecord>, StoreError> {
    let (reach, mut after) = (going.reach(), None);
    loop {
        let page = accounts.list(&reach, after.as_ref(), PAGE).await?;
        if !page.accounts.is_empty() || page.next.is_none() {
            return Ok(page.accounts);
        }
        after = page.next;
    }
}
