//! The media table: videos and photos, from the promise of an upload to their deletion.
//!
//! | item | pk | sk | index |
//! |---|---|---|---|
//! | media | `TENANT#{tenant}` | `MED#{media}` | `due`: `due_shard`, `due_at` |
//! | how much a tenant keeps | `TENANT#{tenant}` | `USAGE` | |
//!
//! Ids sort by the time they were made, so a tenant's media is listed by time without an index.
//!
//! A media item is changed only under the condition that its `version` is still the one that was read, or by a
//! condition that says as much, and every such write counts it up. Only the time of the sweep's next look may be moved
//! without. Nothing here is deleted by a time-to-live: what media takes
//! of a tenant's storage is counted in the same transaction that makes, judges or deletes it.

mod due;
mod findings;
mod import;
mod lifetimes;
mod notes;
mod record;
mod removal;
mod state;
mod usage;
mod uses;
mod verdict;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use slipway_domain::{MediaId, Plan, TenantId};

pub use findings::{Allowed, Findings, Measured, MediaReason, VerifiedObject};
pub use import::{IMPORT_GRACE, Import, ImportClaim, SourceUrl};
pub use lifetimes::Lifetimes;
pub use record::{MediaRecord, MultipartUpload};
pub use removal::LATE_FILES;
pub use state::MediaState;
pub use usage::{NoRoom, Usage};
pub use uses::MediaUse;
pub use verdict::Judged;

use crate::StoreError;
use crate::events::Events;
use crate::transact::{Transacted, did_not_hold, met, transact};

/// The media table.
#[derive(Debug, Clone)]
pub struct Media {
    client: Client,
    table: String,
    rules: MediaRules,
    /// Where verdicts are recorded, in the transaction that makes them so.
    events: Option<Events>,
}

/// What the operator decides about media.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MediaRules {
    /// The plan of every tenant, which limits how much it may keep.
    pub plan: Plan,
    /// How long media is kept.
    pub lifetimes: Lifetimes,
}

/// What became of new media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is there.
    Kept,
    /// The plan has no room for it; nothing was written.
    NoRoom(NoRoom),
}

/// A part of a tenant's media.
#[derive(Debug, Clone)]
pub struct MediaPage {
    /// The media, newest first.
    pub media: Vec<MediaRecord>,
    /// Where to go on, if there is more.
    pub next: Option<MediaId>,
}

type Item = HashMap<String, AttributeValue>;

impl Media {
    /// The table by its physical name, without limits; see [`ruled_by`](Self::ruled_by).
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, rules: MediaRules::default(), events: None }
    }

    /// The same table under these rules.
    #[must_use]
    pub fn ruled_by(self, rules: MediaRules) -> Self {
        Self { rules, ..self }
    }

    /// The rules.
    pub const fn rules(&self) -> &MediaRules {
        &self.rules
    }

    /// The media as it is now, or nothing if this tenant has none of this id.
    pub async fn get(&self, tenant: &TenantId, id: &MediaId) -> Result<Option<MediaRecord>, StoreError> {
        Ok(self.get_also_deleting(tenant, id).await?.filter(MediaRecord::is_there))
    }

    /// The same, and also media that is being deleted: for those who delete.
    pub async fn get_also_deleting(&self, tenant: &TenantId, id: &MediaId) -> Result<Option<MediaRecord>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(tenant, id)))
            .consistent_read(true)
            .send()
            .await?;
        answer.item.map(read).transpose()
    }

    /// Keeps new media, and charges what it says that it takes. Safe to run twice: media that is there already stays
    /// as it is, and is charged once.
    pub async fn put(&self, record: &MediaRecord) -> Result<Kept, StoreError> {
        let change = usage::Change { count: 1, before: 0, after: record.charged_bytes };
        let mut items = vec![self.put_in_transaction(record)?];
        items.extend(self.count(&record.tenant, change)?);
        match transact(&self.client, items).await? {
            Transacted::Written => Ok(Kept::Kept),
            Transacted::Met(error) => Err(error),
            Transacted::Refused(reasons) => match reasons.as_slice() {
                [there, ..] if did_not_hold(there) => Ok(Kept::Kept),
                [_, room] if did_not_hold(room) => self.no_room(met(room), change).map(Kept::NoRoom),
                _ => Err(StoreError::Aws(format!("new media was refused for {reasons:?}"))),
            },
        }
    }

    fn put_in_transaction(&self, record: &MediaRecord) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(key(&record.tenant, &record.id));
        item.insert("due_shard".to_owned(), text(due::shard(&record.id)));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Up to `limit` media made before `before`, or the newest.
    pub async fn list(
        &self,
        tenant: &TenantId,
        before: Option<&MediaId>,
        limit: usize,
    ) -> Result<MediaPage, StoreError> {
        let mut media: Vec<MediaRecord> = Vec::new();
        // A sort key is only a place in the order: the media there may be gone by now.
        let mut start = before.map(|id| key(tenant, id));
        loop {
            let answer = self.query(tenant).scan_index_forward(false).set_exclusive_start_key(start).send().await?;
            for item in answer.items.unwrap_or_default() {
                let record = read(item)?;
                if !record.is_there() {
                    continue;
                }
                if media.len() == limit {
                    let next = media.last().map(|last| last.id.clone());
                    return Ok(MediaPage { media, next });
                }
                media.push(record);
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(MediaPage { media, next: None });
            }
        }
    }

    fn query(&self, tenant: &TenantId) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", AttributeValue::S(format!("TENANT#{tenant}")))
            .expression_attribute_values(":sk", AttributeValue::S("MED#".to_owned()))
            .consistent_read(true)
    }
}

fn key(tenant: &TenantId, id: &MediaId) -> Item {
    Item::from([("pk".to_owned(), text(format!("TENANT#{tenant}"))), ("sk".to_owned(), text(format!("MED#{id}")))])
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

fn read(item: Item) -> Result<MediaRecord, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}
