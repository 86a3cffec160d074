//! Endpoints: made, read, changed and forgotten by their owner.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;
use slipway_domain::webhook::MAX_WEBHOOKS;
use slipway_domain::{Reach, TenantId, WebhookId};

use super::{TENANT, WEBHOOK, WebhookRecord, Webhooks, endpoint_key, tenant_pk};
use crate::events::LogEntry;
use crate::guards::{Guard, Hindrance, Repeated};
use crate::item::{Item, flag, get, key, number, read, text, text_of};
use crate::pages::{self, all_items, first_items};
use crate::transact::{delete_if, put_new, transact};
use crate::update::Update;
use crate::{Stale, StoreError, Write};

/// Why an endpoint was not added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointNotAdded {
    /// There are as many as there may be.
    TooMany,
    /// It is the repeat of an earlier request.
    Repeated(Repeated),
}

impl Webhooks {
    /// Keeps a new endpoint, with the entry that tells of it, unless the request's guard stands or there are
    /// [`MAX_WEBHOOKS`] already.
    pub async fn add(
        &self,
        webhook: &WebhookRecord,
        entry: &LogEntry,
        guard: Option<&Guard>,
        now: Timestamp,
    ) -> Result<Write<(), EndpointNotAdded>, StoreError> {
        let room = self.count(&webhook.tenant).add_up_to("count", 1, u64::try_from(MAX_WEBHOOKS).unwrap_or(u64::MAX));
        let items =
            vec![put_new(&self.table, item(webhook)?)?, room.in_transaction()?, self.events.in_transaction(entry)?];
        Ok(match self.guards().transact(guard, items, now).await? {
            Write::Done(()) => Write::Done(()),
            Write::Refused(Hindrance::Repeated(repeated)) => Write::Refused(EndpointNotAdded::Repeated(repeated)),
            Write::Refused(Hindrance::Reasons(_)) => Write::Refused(EndpointNotAdded::TooMany),
        })
    }

    /// The endpoint, if there is one of this id within reach: one that is told of no other brands.
    pub async fn get(&self, reach: &Reach, webhook: &WebhookId) -> Result<Option<WebhookRecord>, StoreError> {
        let item = get(&self.client, &self.table, endpoint_key(reach.tenant(), webhook)).await?;
        let found: Option<WebhookRecord> = item.map(read).transpose()?;
        Ok(found.filter(|webhook| reach.owns(&webhook.brands)))
    }

    /// All endpoints within reach, in the order in which they were made: [`MAX_WEBHOOKS`] at most.
    pub async fn list(&self, reach: &Reach) -> Result<Vec<WebhookRecord>, StoreError> {
        within(reach, all_items(self.of_tenant(reach.tenant())).await?)
    }

    /// Those within reach of up to `limit` endpoints behind `after`, in the order in which they were made, and where to go on
    /// if there are more.
    pub async fn page(
        &self,
        reach: &Reach,
        after: Option<&WebhookId>,
        limit: usize,
    ) -> Result<(Vec<WebhookRecord>, Option<WebhookId>), StoreError> {
        let after = after.map(|after| endpoint_key(reach.tenant(), after));
        let (items, more) = first_items(self.of_tenant(reach.tenant()), after, limit).await?;
        let last = items.last().filter(|_| more).and_then(|item| text_of(item, "id")?.parse().ok());
        Ok((within(reach, items)?, last))
    }

    fn of_tenant(&self, tenant: &TenantId) -> QueryFluentBuilder {
        pages::under(&self.client, &self.table, &tenant_pk(tenant), WEBHOOK)
    }

    /// Writes the endpoint as its owner wants it, which has a version more than the one that was read, and the entry that
    /// tells of it, if it is still the one that was read.
    ///
    /// How it does is left as it is, since deliveries may write that at the same moment; with `resets` it is forgotten.
    pub async fn replace(
        &self,
        next: &WebhookRecord,
        resets: bool,
        entry: &LogEntry,
    ) -> Result<Write<(), Stale>, StoreError> {
        let update = self.update(next, resets)?.in_transaction()?;
        Ok(transact(&self.client, vec![update, self.events.in_transaction(entry)?]).await?.bare())
    }

    fn update(&self, next: &WebhookRecord, resets: bool) -> Result<Update, StoreError> {
        let (accounts, brands) = (&next.accounts, &next.brands);
        let update = Update::of(&self.table, endpoint_key(&next.tenant, &next.id))
            .when("#version = :read")
            .with(":read", number(next.version - 1))
            .set("version", number(next.version))
            .set("url", text(&next.url.0))
            .set("events", to_attribute_value(&next.events)?)
            .set_or_remove("accounts", (!accounts.is_empty()).then(|| to_attribute_value(accounts)).transpose()?)
            .set_or_remove("brands", (!brands.is_empty()).then(|| to_attribute_value(brands)).transpose()?)
            .set_or_remove("narrowed_at", next.narrowed_at.as_ref().map(to_attribute_value).transpose()?)
            .set("secret", to_attribute_value(&next.secret)?)
            .set("secret_hint", text(&next.secret_hint))
            .set_or_remove("previous", next.previous.as_ref().map(to_attribute_value).transpose()?)
            .set("updated_at", to_attribute_value(next.updated_at)?)
            .set("is_active", flag(next.is_active));
        Ok(if resets {
            update.set("slow_in_a_row", number(0)).remove("failing_since").remove("rests_until")
        } else {
            update
        })
    }

    /// The same with the guard of the request that wants it.
    pub async fn rotate(
        &self,
        next: &WebhookRecord,
        entry: &LogEntry,
        guard: Option<&Guard>,
        now: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let items = vec![self.update(next, false)?.in_transaction()?, self.events.in_transaction(entry)?];
        Ok(self.guards().transact(guard, items, now).await?.bare())
    }

    /// Forgets the endpoint if it is there, with the entry that tells of it. What it was told goes by itself, later.
    pub async fn remove(&self, webhook: &WebhookRecord, entry: &LogEntry) -> Result<Write<(), Stale>, StoreError> {
        let key = endpoint_key(&webhook.tenant, &webhook.id);
        let delete = delete_if(&self.table, key, "attribute_exists(pk)", [])?;
        let room = self.count(&webhook.tenant).add("count", number(-1)).in_transaction()?;
        Ok(transact(&self.client, vec![delete, room, self.events.in_transaction(entry)?]).await?.bare())
    }

    /// Switches the endpoint off because it has failed for too long, with the entry that tells of it, if it is on and still
    /// the one that was read.
    pub async fn disable(&self, webhook: &WebhookRecord, entry: &LogEntry) -> Result<Write<(), Stale>, StoreError> {
        let update = Update::of(&self.table, endpoint_key(&webhook.tenant, &webhook.id))
            .set("is_active", flag(false))
            .increment("version")
            // Its owner may have mended it since it was read.
            .when("#is_active = :on AND #version = :read")
            .with(":on", flag(true))
            .with(":read", number(webhook.version));
        let items = vec![update.in_transaction()?, self.events.in_transaction(entry)?];
        Ok(transact(&self.client, items).await?.bare())
    }

    fn count(&self, tenant: &TenantId) -> Update {
        Update::of(&self.table, key(format!("{TENANT}{tenant}"), "COUNT"))
    }
}

fn within(reach: &Reach, items: Vec<Item>) -> Result<Vec<WebhookRecord>, StoreError> {
    let mut endpoints: Vec<WebhookRecord> = items.into_iter().map(read).collect::<Result<_, _>>()?;
    endpoints.retain(|webhook| reach.owns(&webhook.brands));
    Ok(endpoints)
}

fn item(webhook: &WebhookRecord) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(webhook)?;
    item.extend(endpoint_key(&webhook.tenant, &webhook.id));
    Ok(item)
}
