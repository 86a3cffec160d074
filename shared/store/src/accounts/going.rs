//! The accounts of a tenant that is being deleted, and what else stands beside them.

use std::time::Instant;

use aws_sdk_dynamodb::types::ReturnValue;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use slipway_domain::TenantId;

use super::double_notes::notes_pk;
use super::invites::LISTED as LISTED_INVITE;
use super::{ACCOUNT, Accounts, OPEN_ID, tenant_pk};
use crate::erase::{self, Erased};
use crate::item::{Item, flag, key, text_of};
use crate::pages::{Pages, under};
use crate::transact::delete_if;
use crate::update::Update;
use crate::{StoreError, Write};

/// How many accounts are read at once.
const PAGE: usize = 100;
/// How many are marked at once.
const AT_ONCE: usize = 16;
/// What an open id leads to is no account.
const LEFT: &str = "attribute_not_exists(account)";

impl Accounts {
    /// Has nothing begin for any account of a tenant that is being deleted. Begins no page after `until`; answers whether
    /// it came to the end. Safe to repeat.
    pub async fn close_all(&self, space: &TenantId, until: Instant) -> Result<bool, StoreError> {
        let open = self.each(space, (ACCOUNT, "attribute_not_exists(is_going)"), until, |account| self.mark(account));
        Ok(open.await?.is_all)
    }

    /// Its version counts its tokens, so that it stays.
    async fn mark(&self, account: Item) -> Result<(), StoreError> {
        let update = Update::of(&self.table, account).set("is_going", flag(true)).when("attribute_exists(pk)");
        // Who is gone meanwhile begins nothing.
        let (Write::Done(_) | Write::Refused(_)) = update.send(&self.client, ReturnValue::None).await?;
        Ok(())
    }

    /// Erases what else this table holds about a space than its accounts and its invites: brands, redirect URIs, counts,
    /// and what the double of TikTok remembers.
    /// Begins no page after `until`.
    pub async fn erase_rest(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        let notes = erase::partition(&self.client, &self.table, &notes_pk(space), &[], until).await?;
        // Accounts are forgotten by themselves, with what leads to them, and so are invites.
        let kept = [ACCOUNT, OPEN_ID, LISTED_INVITE];
        let rest = erase::partition(&self.client, &self.table, &tenant_pk(space), &kept, until).await?;
        let left = self.each(space, (OPEN_ID, LEFT), until, |owner| self.erase_left(owner)).await?;
        Ok(notes.and(rest).and(left))
    }

    /// Erases what an account has left, unless an account is there again.
    async fn erase_left(&self, owner: Item) -> Result<(), StoreError> {
        // Who is connected again meanwhile is found as an account.
        let (Write::Done(()) | Write::Refused(_)) =
            self.transact(vec![delete_if(&self.table, owner, LEFT, [])?]).await?;
        Ok(())
    }

    /// Has `done` to each item whose sort key begins so and of which this holds, and counts them. Begins no page after
    /// `until`.
    async fn each<F: Future<Output = Result<(), StoreError>>>(
        &self,
        space: &TenantId,
        (prefix, holds): (&str, &str),
        until: Instant,
        done: impl Fn(Item) -> F,
    ) -> Result<Erased, StoreError> {
        let query = under(&self.client, &self.table, &tenant_pk(space), prefix);
        let mut pages = Pages::of(query.filter_expression(holds).projection_expression("sk"));
        let mut items = 0;
        while !pages.are_over {
            if Instant::now() >= until {
                return Ok(Erased { items, is_all: false });
            }
            let found = pages.next_of(PAGE).await?.items.unwrap_or_default();
            items += found.len();
            let keys: Vec<Item> =
                found.iter().filter_map(|item| text_of(item, "sk")).map(|sk| key(tenant_pk(space), sk)).collect();
            stream::iter(keys.into_iter().map(&done)).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        Ok(Erased { items, is_all: true })
    }
}
