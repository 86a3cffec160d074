//! The accounts of a tenant that is being deleted, and what else stands beside them.

use std::time::Instant;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use slipway_domain::TenantId;

use super::double_notes::notes_pk;
use super::{ACCOUNT, Accounts, tenant_pk};
use crate::StoreError;
use crate::erase::{self, Erased};
use crate::item::{Item, key, text_of};
use crate::pages::{self, behind};
use crate::update::Update;

/// How many accounts are read at once.
const PAGE: i32 = 100;
/// How many are marked at once.
const AT_ONCE: usize = 16;

impl Accounts {
    /// Has nothing begin for any account of a tenant that is being deleted. Begins no page after `until`; answers whether
    /// it came to the end. Safe to repeat.
    pub async fn close_all(&self, space: &TenantId, until: Instant) -> Result<bool, StoreError> {
        let mut start = None;
        loop {
            if Instant::now() >= until {
                return Ok(false);
            }
            let query = pages::under(&self.client, &self.table, &tenant_pk(space), ACCOUNT)
                .filter_expression("attribute_not_exists(is_going)")
                .projection_expression("sk")
                .limit(PAGE)
                .set_exclusive_start_key(start);
            let page = query.send().await?;
            let open = page.items.unwrap_or_default();
            let open: Vec<Item> =
                open.iter().filter_map(|item| text_of(item, "sk")).map(|sk| key(tenant_pk(space), sk)).collect();
            let marks = open.into_iter().map(|account| self.mark(account));
            stream::iter(marks).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
            start = behind(page.last_evaluated_key);
            if start.is_none() {
                return Ok(true);
            }
        }
    }

    /// Its version counts its tokens, so that it stays.
    async fn mark(&self, account: Item) -> Result<(), StoreError> {
        let update =
            Update::of(&self.table, account).set("is_going", AttributeValue::Bool(true)).when("attribute_exists(pk)");
        update.send(&self.client, ReturnValue::None).await.map(drop)
    }

    /// Erases what else this table holds about a space than its accounts and its invites: brands, redirect URIs, counts,
    /// and what the double of TikTok remembers.
    /// Begins no page after `until`.
    pub async fn erase_rest(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        let notes = erase::partition(&self.client, &self.table, &notes_pk(space), &[], until).await?;
        // Accounts are forgotten by themselves, with what leads to them, and so are invites.
        let kept = [ACCOUNT, "OPENID#", "INVITE#"];
        Ok(notes.and(erase::partition(&self.client, &self.table, &tenant_pk(space), &kept, until).await?))
    }
}
