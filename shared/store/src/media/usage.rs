//! How much a tenant keeps, counted in the same transactions that change it.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use slipway_domain::TenantId;

use super::{Item, Media, text};
use crate::StoreError;

/// How much a tenant keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// How many media there are, whatever state they are in.
    #[serde(rename = "media_count")]
    pub count: u64,
    /// What they take, in bytes: of an upload that was announced with its size that size, of others what was found.
    #[serde(rename = "used_bytes")]
    pub bytes: u64,
}

/// The plan has no room for this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{size_bytes} more bytes do not fit: {used_bytes} of {limit_bytes} bytes are used")]
pub struct NoRoom {
    /// What the tenant keeps already.
    pub used_bytes: u64,
    /// What it may keep.
    pub limit_bytes: u64,
    /// What was to be added.
    pub size_bytes: u64,
}

/// What a write changes in the tenant's usage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) count: i64,
    /// What it took before.
    pub(super) before: u64,
    /// What it takes now.
    pub(super) after: u64,
}

impl Media {
    /// How much this tenant may keep, in bytes; nothing means as much as it likes.
    pub fn storage_limit(&self) -> Option<u64> {
        self.rules.plan.storage_bytes()
    }

    /// How much this tenant keeps.
    pub async fn usage(&self, tenant: &TenantId) -> Result<Usage, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(tenant)))
            .consistent_read(true)
            .send()
            .await?;
        answer.item.map_or(Ok(Usage::default()), read)
    }

    /// The write that counts, as a part of a transaction; nothing if nothing changes. It is refused where it would go
    /// beyond the plan; whoever takes less than before is never refused.
    pub(super) fn count(&self, tenant: &TenantId, change: Change) -> Result<Option<TransactWriteItem>, StoreError> {
        let Change { count, before, after } = change;
        if count == 0 && before == after {
            return Ok(None);
        }
        let more = after.saturating_sub(before);
        let bytes = if after < before { format!("-{}", before - after) } else { more.to_string() };
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(tenant)))
            .update_expression("ADD used_bytes :bytes, media_count :count")
            .expression_attribute_values(":bytes", AttributeValue::N(bytes))
            .expression_attribute_values(":count", AttributeValue::N(count.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(limit) = self.storage_limit().filter(|_| more > 0) {
            update = match limit.checked_sub(more) {
                Some(room) => update
                    .condition_expression("attribute_not_exists(used_bytes) OR used_bytes <= :room")
                    .expression_attribute_values(":room", AttributeValue::N(room.to_string())),
                // Never, even for a tenant that keeps nothing yet: there is no item without its key.
                None => update.condition_expression("attribute_exists(pk) AND attribute_not_exists(pk)"),
            };
        }
        let update = update.build().map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }

    /// Why a count was refused, out of the item that its condition met.
    pub(super) fn no_room(&self, met: Option<&Item>, change: Change) -> Result<NoRoom, StoreError> {
        let used = met.cloned().map_or(Ok(Usage::default()), read)?;
        Ok(NoRoom {
            used_bytes: used.bytes,
            limit_bytes: self.storage_limit().unwrap_or(u64::MAX),
            size_bytes: change.after.saturating_sub(change.before),
        })
    }
}

fn key(tenant: &TenantId) -> Item {
    Item::from([("pk".to_owned(), text(format!("TENANT#{tenant}"))), ("sk".to_owned(), text("USAGE"))])
}

fn read(item: Item) -> Result<Usage, StoreError> {
    Ok(serde_dynamo::from_item(item)?)
}
