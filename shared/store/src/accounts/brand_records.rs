//! Brands: made, listed, renamed and forgotten, each with the number of its accounts.
//!
//! The brand that a tenant has from the beginning is there without an item: it has one once it is renamed, or has
//! accounts. An account joins a brand in the transaction that connects it, so that none joins one that is going.

use std::str::FromStr as _;

use aws_sdk_dynamodb::types::{ReturnValue, TransactWriteItem};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::to_attribute_value;
use slipway_domain::{BrandId, Reach, TenantId};

use super::{Accounts, tenant_pk};
use crate::guards::{Guard, Hindrance, Repeated};
use crate::item::{Item, count_of, flag, key, number, read, text, text_of};
use crate::pages::{self, first_items};
use crate::transact::{delete_if, put_new, transact};
use crate::update::Update;
use crate::{NotThere, Stale, StoreError, Write};

/// A brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandRecord {
    /// Its id.
    pub id: BrandId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name was changed last.
    pub updated_at: Timestamp,
    /// How many accounts it has.
    pub accounts: u64,
}

/// Why a brand was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotBranded {
    /// There are as many as there may be.
    TooMany,
    /// It is the repeat of an earlier request.
    Repeated(Repeated),
}

/// What stands in the table. Of the brand that a tenant has from the beginning most of it is missing.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated_at: Option<Timestamp>,
    #[serde(default)]
    accounts: i64,
    #[serde(default)]
    is_going: bool,
}

/// What the brand that a tenant has from the beginning is called until it is renamed.
const OWN_NAME: &str = "Default";
const BRAND: &str = "BRAND#";
/// That a brand which is not a tenant's own is there.
const IS_THERE: &str = "attribute_exists(#name)";

impl Accounts {
    /// The brand, if it is within reach, there, and not being deleted.
    pub async fn brand(&self, reach: &Reach, id: &BrandId) -> Result<Option<BrandRecord>, StoreError> {
        if !reach.has(id) {
            return Ok(None);
        }
        let tenant = reach.tenant();
        let item = self.item(&tenant_pk(tenant), &brand_sk(id)).await?;
        Ok(record(tenant, id.clone(), item.map(read).transpose()?))
    }

    /// Up to `limit` brands behind `after` that are within reach, in the order in which they were made, and where to go on if
    /// there are more. Of some brands a page may be empty, and not the last one.
    pub async fn brands(
        &self,
        reach: &Reach,
        after: Option<&BrandId>,
        limit: usize,
    ) -> Result<(Vec<BrandRecord>, Option<BrandId>), StoreError> {
        let tenant = reach.tenant();
        let behind = |id: &BrandId| after.is_none_or(|after| id > after);
        if !reach.is_whole() {
            let mut wanted: Vec<_> = reach.brands().iter().filter(|id| behind(id)).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let more = wanted.len() > limit;
            wanted.truncate(limit);
            // Some of them may be gone, the last one, too.
            let next = wanted.last().filter(|_| more).map(|last| (*last).clone());
            let found = try_join_all(wanted.into_iter().map(|id| self.brand(reach, id))).await?;
            return Ok((found.into_iter().flatten().collect(), next));
        }
        let query = pages::under(&self.client, &self.table, &tenant_pk(tenant), BRAND)
            .filter_expression("attribute_not_exists(is_going)");
        let start = after.map(|after| key(tenant_pk(tenant), brand_sk(after)));
        let (items, more) = first_items(query, start, limit).await?;
        let mut brands = Vec::with_capacity(items.len() + 1);
        for item in items {
            let id = text_of(&item, "sk").and_then(|sk| BrandId::from_str(sk.strip_prefix(BRAND)?).ok());
            let id = id.ok_or_else(|| StoreError::unreadable("a brand has no id"))?;
            brands.extend(record(tenant, id, Some(read(item)?)));
        }
        let own = BrandId::default_of(tenant);
        // It is older than the others, so that it comes first.
        if behind(&own) && brands.iter().all(|brand| brand.id != own) {
            brands.extend(record(tenant, own, None));
        }
        brands.sort_by(|one, other| one.id.cmp(&other.id));
        let more = more || brands.len() > limit;
        brands.truncate(limit);
        let next = brands.last().filter(|_| more).map(|last| last.id.clone());
        Ok((brands, next))
    }

    /// How many brands a tenant has, its own one included.
    pub async fn brand_count(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        let Some(item) = self.item(&tenant_pk(tenant), COUNT).await? else { return Ok(1) };
        let others: i64 = count_of(&item, "count")?;
        Ok(1 + u64::try_from(others).unwrap_or_default())
    }

    /// Keeps a new brand if the tenant has fewer than `most`, its own one included, and the request's guard does not stand.
    pub async fn add_brand(
        &self,
        tenant: &TenantId,
        brand: &BrandRecord,
        most: u64,
        guard: Option<&Guard>,
        now: Timestamp,
    ) -> Result<Write<(), NotBranded>, StoreError> {
        let stored = Stored {
            name: Some(brand.name.clone()),
            created_at: Some(brand.created_at),
            updated_at: Some(brand.updated_at),
            ..Stored::default()
        };
        let mut item: Item = serde_dynamo::to_item(&stored)?;
        item.remove("is_going");
        item.extend(key(tenant_pk(tenant), brand_sk(&brand.id)));
        let room = Update::of(&self.table, key(tenant_pk(tenant), COUNT)).add_up_to("count", 1, most.saturating_sub(1));
        let items = vec![room.in_transaction()?, put_new(&self.table, item)?];
        Ok(match self.guards().transact(guard, items, now).await? {
            Write::Done(()) => Write::Done(()),
            Write::Refused(Hindrance::Repeated(repeated)) => Write::Refused(NotBranded::Repeated(repeated)),
            Write::Refused(Hindrance::Reasons(_)) => Write::Refused(NotBranded::TooMany),
        })
    }

    /// Gives a brand another name, if it is within reach, there, and not going. Answers it as it is then.
    pub async fn rename_brand(
        &self,
        reach: &Reach,
        id: &BrandId,
        name: &str,
        now: Timestamp,
    ) -> Result<Write<BrandRecord, NotThere>, StoreError> {
        if !reach.has(id) {
            return Ok(Write::Refused(NotThere));
        }
        let tenant = reach.tenant();
        let update = self.update_brand(tenant, id).set("name", text(name)).set("updated_at", to_attribute_value(now)?);
        match there(update, tenant, id).send(&self.client, ReturnValue::AllNew).await? {
            Write::Done(item) => Ok(record(tenant, id.clone(), Some(read(item)?)).into()),
            Write::Refused(_) => Ok(Write::Refused(NotThere)),
        }
    }

    /// The write that lets no account join the brand any more, if it is there and nobody has written it before.
    pub(super) fn closes(&self, tenant: &TenantId, id: &BrandId) -> Result<TransactWriteItem, StoreError> {
        let mark = self.update_brand(tenant, id).set("is_going", flag(true)).when(IS_THERE);
        mark.when("attribute_not_exists(#is_going)").in_transaction()
    }

    /// The write that counts a brand more, or less, that is being deleted.
    pub(super) fn counts_going(&self, tenant: &TenantId, more: i64) -> Update {
        Update::of(&self.table, key(tenant_pk(tenant), COUNT)).add("going", number(more))
    }

    /// Forgets a closed brand that has no accounts any more.
    pub async fn forget_brand(&self, tenant: &TenantId, id: &BrandId) -> Result<Write<(), Stale>, StoreError> {
        let condition = "attribute_exists(is_going) AND (attribute_not_exists(accounts) OR accounts <= :none)";
        let brand = key(tenant_pk(tenant), brand_sk(id));
        let delete = delete_if(&self.table, brand, condition, [(":none", number(0))])?;
        let room = Update::of(&self.table, key(tenant_pk(tenant), COUNT)).add("count", number(-1));
        Ok(transact(&self.client, vec![delete, room.in_transaction()?]).await?.bare())
    }

    /// The write by which an account joins its brand, on the condition that this is there.
    pub(super) fn joins(&self, tenant: &TenantId, brand: Option<&BrandId>) -> Result<TransactWriteItem, StoreError> {
        let own = BrandId::default_of(tenant);
        let brand = brand.unwrap_or(&own);
        there(self.update_brand(tenant, brand).add("accounts", number(1)), tenant, brand).in_transaction()
    }

    /// The write by which an account leaves its brand.
    pub(super) fn leaves(&self, tenant: &TenantId, brand: Option<&BrandId>) -> Result<TransactWriteItem, StoreError> {
        let own = BrandId::default_of(tenant);
        self.update_brand(tenant, brand.unwrap_or(&own)).add("accounts", number(-1)).in_transaction()
    }

    fn update_brand(&self, tenant: &TenantId, id: &BrandId) -> Update {
        Update::of(&self.table, key(tenant_pk(tenant), brand_sk(id)))
    }
}

/// On the condition that the brand is there and not going. A tenant's own one always is.
fn there(update: Update, tenant: &TenantId, id: &BrandId) -> Update {
    if *id == BrandId::default_of(tenant) {
        update
    } else {
        update.when(IS_THERE).when("attribute_not_exists(#is_going)")
    }
}

/// The brand, if there is one with what is stored, and it is not going.
fn record(tenant: &TenantId, id: BrandId, stored: Option<Stored>) -> Option<BrandRecord> {
    let is_own = id == BrandId::default_of(tenant);
    let Stored { name, created_at, updated_at, accounts, is_going } = match stored {
        Some(stored) => stored,
        None if is_own => Stored::default(),
        None => return None,
    };
    if is_going {
        return None;
    }
    // Accounts have left a brand that was never made, or is gone.
    let name = name.or_else(|| is_own.then(|| OWN_NAME.to_owned()))?;
    let created_at = created_at.unwrap_or_else(|| id.made_at().unwrap_or(Timestamp::UNIX_EPOCH));
    let accounts = u64::try_from(accounts).unwrap_or_default();
    Some(BrandRecord { id, name, created_at, updated_at: updated_at.unwrap_or(created_at), accounts })
}

const COUNT: &str = "COUNT#BRANDS";

pub(super) fn brand_sk(id: &BrandId) -> String {
    format!("{BRAND}{id}")
}
