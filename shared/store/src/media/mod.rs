//! The media table: videos and photos, from the promise of an upload to the verdict about it.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | media | `TENANT#{tenant}` | `MED#{media}` |
//!
//! Ids sort by the time they were made, so a tenant's media is listed by time without an index. `expires_at` (epoch
//! seconds) is when DynamoDB may remove an item; it may be days late, so an item past it counts as gone.

mod findings;
mod import;
mod record;
mod state;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
pub use findings::{Allowed, Findings, Measured, MediaReason, MediaType, VerifiedObject};
pub use import::{IMPORT_GRACE, Import, ImportClaim, SourceUrl};
use jiff::Timestamp;
pub use record::{MediaRecord, MultipartUpload};
use slipway_domain::{MediaId, TenantId};
pub use state::MediaState;

use crate::StoreError;

/// The media table.
#[derive(Debug, Clone)]
pub struct Media {
    client: Client,
    table: String,
}

/// A part of a tenant's media.
#[derive(Debug, Clone)]
pub struct MediaPage {
    /// The media, newest first.
    pub media: Vec<MediaRecord>,
    /// Where to go on, if there is more.
    pub next: Option<MediaId>,
}

/// How much a tenant keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Objects that were uploaded and looked at.
    pub count: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

type Item = HashMap<String, AttributeValue>;

impl Media {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The media as it is now, or nothing if this tenant has none of this id.
    pub async fn get(&self, tenant: &TenantId, id: &MediaId) -> Result<Option<MediaRecord>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(tenant, id)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(read).transpose()?.filter(is_current))
    }

    /// Keeps new media. Safe to run twice: media that is there already stays as it is.
    pub async fn put(&self, record: &MediaRecord) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(key(&record.tenant, &record.id));
        let sent = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    /// Writes down what was found, unless the media is ready already: then somebody was first, and that stays.
    ///
    /// Answers the media as it then is, or nothing if it is gone. Safe to run twice and next to a twin.
    pub async fn mark_verified(
        &self,
        record: &MediaRecord,
        state: MediaState,
        now: Timestamp,
    ) -> Result<Option<MediaRecord>, StoreError> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&record.tenant, &record.id)))
            .update_expression("SET #state = :state, updated_at = :now, expires_at = :expires_at")
            .condition_expression("attribute_exists(pk) AND #state.#name <> :ready")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":ready", AttributeValue::S(MediaState::READY.to_owned()))
            .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
            .expression_attribute_values(":expires_at", AttributeValue::N(state.expiry(record.created_at).to_string()))
            .expression_attribute_values(":state", serde_dynamo::to_attribute_value(&state)?)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let item = match sent {
            Ok(answer) => answer.attributes,
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(lost)) => lost.item.clone(),
                _ => return Err(error.into()),
            },
        };
        item.filter(|item| !item.is_empty()).map(read).transpose()
    }

    /// Forgets media whose upload was given up, unless somebody has looked at its content by now. Answers whether it
    /// is forgotten.
    pub async fn forget_pending(&self, tenant: &TenantId, id: &MediaId) -> Result<bool, StoreError> {
        let sent = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(tenant, id)))
            .condition_expression("attribute_not_exists(pk) OR #state.#name = :pending")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":pending", AttributeValue::S(MediaState::PENDING.to_owned()))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(error.into()),
            },
        }
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
                if !is_current(&record) {
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

    /// How much this tenant keeps: what was uploaded and looked at.
    pub async fn usage(&self, tenant: &TenantId) -> Result<Usage, StoreError> {
        let mut usage = Usage::default();
        let mut start = None;
        loop {
            let answer = self.query(tenant).set_exclusive_start_key(start).send().await?;
            for item in answer.items.unwrap_or_default() {
                let record = read(item)?;
                if let Some(object) = record.state.object().filter(|_| is_current(&record)) {
                    usage.count = usage.count.saturating_add(1);
                    usage.bytes = usage.bytes.saturating_add(object.size_bytes);
                }
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(usage);
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
    let text = |value: String| AttributeValue::S(value);
    Item::from([("pk".to_owned(), text(format!("TENANT#{tenant}"))), ("sk".to_owned(), text(format!("MED#{id}")))])
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

#[expect(clippy::needless_pass_by_value, reason = "numbers are cheap")]
fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn read(item: Item) -> Result<MediaRecord, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}

fn is_current(record: &MediaRecord) -> bool {
    record.expires_at > Timestamp::now().as_second()
}
