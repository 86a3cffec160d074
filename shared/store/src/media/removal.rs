//! Deleting media: a mark, then the object, then the record. Whoever finds the mark can go on.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};

use super::usage::Change;
use super::{Media, MediaRecord, key, number, text};
use crate::StoreError;
use crate::posts::Epoch;
use crate::transact::{Transacted, transact};

/// How long after media was made S3 may still take a file for it: an upload URL is good for an hour, and a PUT that
/// was begun at its end takes its time. Until then a deleted record stays, so that such a file is removed, too.
pub const LATE_FILES: SignedDuration = SignedDuration::from_hours(2);

/// How long the one who began a deletion has until the sweep goes on with it.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

impl Media {
    /// Marks it as being deleted if it is still as `record` says, and gives back what it took of the storage. From
    /// then on it is gone for everybody else, and no post can be made of it.
    ///
    /// Answers the marked media; nothing if it changed since it was read: look again.
    pub async fn mark_deleting(&self, record: &MediaRecord, now: Timestamp) -> Result<Option<MediaRecord>, StoreError> {
        let marked = MediaRecord {
            deleting_since: Some(now),
            charged_bytes: 0,
            version: record.version.saturating_add(1),
            due_at: Epoch::from(now.saturating_add(GRACE).unwrap_or(now)),
            ..record.clone()
        };
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(&record.tenant, &record.id)))
            .update_expression("SET deleting_since = :now, charged_bytes = :zero, version = :version, due_at = :due")
            .condition_expression("version = :seen AND attribute_not_exists(deleting_since)")
            .expression_attribute_values(":now", text(now.to_string()))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":seen", number(record.version))
            .expression_attribute_values(":version", number(marked.version))
            .expression_attribute_values(":due", number(marked.due_at.0))
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        let mut items = vec![TransactWriteItem::builder().update(update).build()];
        items.extend(self.count(&record.tenant, Change { count: -1, before: record.charged_bytes, after: 0 })?);
        match transact(&self.client, items).await? {
            Transacted::Written => Ok(Some(marked)),
            Transacted::Refused(_) => Ok(None),
            Transacted::Met(error) => Err(error),
        }
    }

    /// Forgets marked media whose object was removed at `now`, or keeps the mark until no file can come any more.
    /// Safe to run twice and next to a twin.
    pub async fn forget(&self, marked: &MediaRecord, now: Timestamp) -> Result<(), StoreError> {
        let key = key(&marked.tenant, &marked.id);
        let last = marked.created_at.saturating_add(LATE_FILES).unwrap_or(marked.created_at);
        if now < last {
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key))
                .update_expression("SET due_at = :due, emptied = :yes")
                .condition_expression("attribute_exists(deleting_since)")
                .expression_attribute_values(":yes", AttributeValue::Bool(true))
                .expression_attribute_values(":due", number(Epoch::from(last).0));
            return match update.send().await {
                Err(error)
                    if !error
                        .as_service_error()
                        .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
                {
                    Err(error.into())
                }
                // The other case is that a twin has forgotten it.
                _ => Ok(()),
            };
        }
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .condition_expression("attribute_exists(deleting_since)");
        match delete.send().await {
            Err(error)
                if !error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }
}
