//! The events table: what happened, by tenant and in the order of time.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | log entry | `TENANT#{tenant}` | `{milliseconds since 1970, 15 digits}#{event id}` |
//!
//! An entry's id follows from what happened, so that recording it twice is recording it once. Where that is possible
//! an entry is written in the very transaction that makes it true.

pub mod view;

use std::collections::BTreeSet;
use std::time::Instant;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use slipway_contract::event::OfBrand;
use slipway_domain::plan::LONGEST_LOG;
use slipway_domain::{AccountId, BrandId, Chain, EventId, EventType, JsonText, LogKey, Reach, TenantId, Terms};

use crate::erase::{self, Erased};
use crate::error::unrestricted;
use crate::item::{Item, get, key, read, tenant_pk};
use crate::pages::{self, first_items};
use crate::transact::put;
use crate::{Epoch, StoreError};

/// Something that happened to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Its id, the same however often it is recorded.
    pub id: EventId,
    /// To whom.
    pub tenant: TenantId,
    /// What.
    pub kind: EventType,
    /// The id of the post, media, account, endpoint or key that it happened to.
    pub resource: String,
    /// The accounts that it concerns: of a post's, those whose share it speaks of.
    pub accounts: Vec<AccountId>,
    /// The brands that it concerns, where that is known besides what `data` says: of an account that is gone nothing else
    /// says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<BrandId>,
    /// When.
    pub at: Timestamp,
    /// What a webhook's `data` holds.
    pub data: JsonText,
    /// What holds for the tenant by its plan, where whoever writes the entry knows it.
    #[serde(skip)]
    pub terms: Option<Terms>,
}

/// The events table.
#[derive(Debug, Clone)]
pub struct Events {
    client: Client,
    table: String,
}

/// A part of a tenant's log.
#[derive(Debug, Clone)]
pub struct LogPage {
    /// The entries, the newest first.
    pub entries: Vec<LogEntry>,
    /// Where to go on, if there is more.
    pub next: Option<LogKey>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    pk: String,
    sk: String,
    id: EventId,
    tenant: TenantId,
    kind: EventType,
    /// Entries of an earlier version have none.
    #[serde(default)]
    resource: String,
    #[serde(default)]
    accounts: Vec<AccountId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    brands: Vec<BrandId>,
    at: Timestamp,
    /// JSON text.
    data: String,
    /// The time-to-live attribute.
    expires_at: Epoch,
}

/// What is told, before it has its id.
#[derive(Debug, Clone)]
pub struct Happened {
    /// What.
    pub kind: EventType,
    /// The id of what it happened to.
    pub resource: String,
    /// The accounts that it concerns.
    pub accounts: Vec<AccountId>,
    /// When.
    pub at: Timestamp,
}

impl LogEntry {
    /// `occasion` is what makes it this entry and no other of its kind in this tenant; with the time it must come out the
    /// same when the entry is recorded again, so both are taken from what is stored and not from the clock.
    ///
    /// `data` is what a webhook's `data` holds.
    pub fn new(
        tenant: TenantId,
        occasion: &str,
        happened: Happened,
        data: &impl Serialize,
    ) -> Result<Self, StoreError> {
        let Happened { kind, resource, accounts, at } = happened;
        let id = EventId::from_digest(&Sha256::digest(format!("{tenant} {kind} {occasion}")).into());
        let data = JsonText::of(data).map_err(|error| StoreError::Record(Chain::of(error)))?;
        Ok(Self { id, tenant, kind, resource, accounts, brands: Vec::new(), at, data, terms: None })
    }

    /// The same entry, which concerns these brands.
    #[must_use]
    pub fn of_brands(self, brands: impl IntoIterator<Item = BrandId>) -> Self {
        let brands: BTreeSet<_> = brands.into_iter().collect();
        Self { brands: brands.into_iter().collect(), ..self }
    }

    /// The brands that it concerns, where it says so itself.
    pub fn said_brands(&self) -> Option<Vec<BrandId>> {
        let said = || self.data.read::<OfBrand>().ok()?.brand_id.map(|brand| vec![brand]);
        if self.brands.is_empty() { said() } else { Some(self.brands.clone()) }
    }

    /// The same entry of a tenant for which this holds by its plan.
    #[must_use]
    pub fn by(self, terms: Terms) -> Self {
        Self { terms: Some(terms), ..self }
    }

    /// How long it is kept. What endpoints are told of is kept as long as the longest plan says: deliveries are made and
    /// shown out of it for longer than a short plan shows the log, and most of what writes it knows no plan. All else is
    /// kept by the tenant's plan, where that is known.
    fn kept_for(&self) -> SignedDuration {
        let terms = self.terms.filter(|_| !self.kind.is_delivered());
        terms.map_or(LONGEST_LOG, |terms| terms.log_kept_for())
    }

    /// Its key in its tenant's log.
    pub fn key(&self) -> LogKey {
        LogKey::of(self.at, &self.id)
    }

    fn stored(&self) -> Stored {
        Stored {
            pk: tenant_pk(&self.tenant),
            sk: self.key().into(),
            id: self.id.clone(),
            tenant: self.tenant.clone(),
            kind: self.kind,
            resource: self.resource.clone(),
            accounts: self.accounts.clone(),
            brands: self.brands.clone(),
            at: self.at,
            data: self.data.as_str().to_owned(),
            expires_at: Epoch::from(self.at + self.kept_for()),
        }
    }

    /// As the table's stream has it: an item in DynamoDB's own JSON.
    pub fn from_image(image: Value) -> Result<Self, StoreError> {
        let item: serde_dynamo::Item =
            serde_json::from_value(image).map_err(|error| StoreError::Record(Chain::of(error)))?;
        Self::read(serde_dynamo::from_item(item)?)
    }

    /// As it stands in the table.
    pub(crate) fn of_item(item: Item) -> Result<Self, StoreError> {
        Self::read(read(item)?)
    }

    fn read(stored: Stored) -> Result<Self, StoreError> {
        let Stored { id, tenant, kind, resource, accounts, brands, at, data, .. } = stored;
        let data = JsonText::parse(data).map_err(|error| StoreError::Record(Chain::of(error)))?;
        Ok(Self { id, tenant, kind, resource, accounts, brands, at, data, terms: None })
    }
}

impl Events {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The table's physical name.
    pub(crate) const fn table(&self) -> &String {
        &self.table
    }

    /// The key of the entry at this place of its tenant's log.
    pub(crate) fn key(tenant: &TenantId, place: &LogKey) -> Item {
        key(tenant_pk(tenant), place.as_str())
    }

    /// Records an entry. Recording it again, or next to a twin, changes nothing.
    pub async fn append(&self, entry: &LogEntry) -> Result<(), StoreError> {
        let item = serde_dynamo::to_item(entry.stored())?;
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// The write of an entry as a part of a transaction.
    pub fn in_transaction(&self, entry: &LogEntry) -> Result<TransactWriteItem, StoreError> {
        put(&self.table, serde_dynamo::to_item(entry.stored())?)
    }

    /// The entry at this place of its tenant's log.
    pub async fn at(&self, tenant: &TenantId, place: &LogKey) -> Result<Option<LogEntry>, StoreError> {
        get(&self.client, &self.table, Self::key(tenant, place)).await?.map(LogEntry::of_item).transpose()
    }

    /// Up to `limit` entries that are newer than this place, the oldest first, and whether there are more. Which brands an
    /// entry concerns the accounts may have to say: who is limited to brands can't ask here.
    pub async fn since(
        &self,
        reach: &Reach,
        place: &LogKey,
        limit: usize,
    ) -> Result<(Vec<LogEntry>, bool), StoreError> {
        let tenant = unrestricted(reach)?;
        let query = pages::beyond(&self.client, &self.table, &tenant_pk(tenant), place.as_str());
        let (items, more) = first_items(query, None, limit).await?;
        Ok((items.into_iter().map(LogEntry::of_item).collect::<Result<_, _>>()?, more))
    }

    /// Erases a space's log. Begins no page after `until`.
    pub async fn erase(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        erase::partition(&self.client, &self.table, &tenant_pk(space), &[], until).await
    }

    /// Up to `limit` entries behind `after`, the newest first, for whom [`since`](Self::since) has any.
    pub async fn list(&self, reach: &Reach, after: Option<&LogKey>, limit: usize) -> Result<LogPage, StoreError> {
        let tenant = unrestricted(reach)?;
        let query = pages::partition(&self.client, &self.table, &tenant_pk(tenant)).scan_index_forward(false);
        let after = after.map(|place| key(tenant_pk(tenant), place.as_str()));
        let (items, more) = first_items(query, after, limit).await?;
        let entries = items.into_iter().map(LogEntry::of_item).collect::<Result<Vec<_>, _>>()?;
        let next = entries.last().filter(|_| more).map(LogEntry::key);
        Ok(LogPage { entries, next })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use slipway_domain::{Plan, Plans};

    use super::*;

    #[test]
    fn what_nobody_is_told_of_is_kept_by_the_plan() {
        let days = |kind, plan: Option<Plan>| {
            let at = Timestamp::UNIX_EPOCH;
            let happened = Happened { kind, resource: "wh_1".to_owned(), accounts: Vec::new(), at };
            let entry = LogEntry::new("ten_1".parse().unwrap(), "x", happened, &json!({})).unwrap();
            let terms = plan.map(|plan| Plans::default().of(Some(plan)));
            LogEntry { terms, ..entry }.stored().expires_at.as_second() / 86_400
        };
        for (kind, plan, expected) in [
            (EventType::WebhookCreated, Some(Plan::Hobby), 1),
            (EventType::WebhookCreated, Some(Plan::Unlimited), 90),
            (EventType::WebhookCreated, None, 90),
            (EventType::PostPublished, Some(Plan::Hobby), 90),
        ] {
            assert_eq!(days(kind, plan), expected, "{kind} {plan:?}");
        }
    }
}
