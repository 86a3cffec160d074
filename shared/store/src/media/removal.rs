//! Deleting media: a mark, then the object, then the record. Whoever finds the mark can go on.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use slipway_domain::limits::LATE_FILES;
use slipway_domain::schedule::REMOVAL_WITHIN;

use super::storage_count::Delta;
use super::{Media, MediaRecord, key};
use crate::item::{flag, number, read, seconds, text};
use crate::transact::{met, transact};
use crate::{Epoch, Stale, StoreError, Write};

impl Media {
    /// Marks it as being deleted if it is still as `record` says, and gives back what it took of the storage. From
    /// then on it is gone for everybody else, and no post can be made of it.
    ///
    /// Answers the marked media.
    pub async fn mark_deleting(&self, record: &MediaRecord, now: Timestamp) -> Result<Write<MediaRecord>, StoreError> {
        let marked = MediaRecord {
            deleting_since: Some(now),
            charged_bytes: 0,
            version: record.version.saturating_add(1),
            due_at: Epoch::from(now.saturating_add(REMOVAL_WITHIN).unwrap_or(now)),
            ..record.clone()
        };
        let update = self
            .update_unchanged(record)
            .set("deleting_since", text(now.to_string()))
            .set("charged_bytes", number(0))
            .set("version", number(marked.version))
            .set("due_at", seconds(marked.due_at));
        let mut items = vec![update.in_transaction()?];
        items.extend(
            self.count(&record.tenant, Delta { count: -1, before: record.charged_bytes, after: 0, plan: record.plan })?,
        );
        match transact(&self.client, items).await? {
            Write::Done(()) => Ok(Write::Done(marked)),
            Write::Refused(reasons) => {
                let now = reasons.first().and_then(met).cloned().map(read::<MediaRecord>).transpose()?;
                Ok(Write::Refused(now.into()))
            }
        }
    }

    /// Forgets marked media whose object was removed at `now`, or keeps the mark until no file can come any more.
    /// Safe to run twice and next to a twin. Refused if a twin has forgotten it.
    pub async fn forget(&self, marked: &MediaRecord, now: Timestamp) -> Result<Write<(), Stale>, StoreError> {
        let last = marked.created_at.saturating_add(LATE_FILES).unwrap_or(marked.created_at);
        if now < last {
            let update = self
                .update(marked)
                .set("due_at", seconds(last))
                .set("emptied", flag(true))
                .when("attribute_exists(deleting_since)");
            return Ok(update.send(&self.client, ReturnValue::None).await?.bare());
        }
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(&marked.tenant, &marked.id)))
            .condition_expression("attribute_exists(deleting_since)");
        match delete.send().await {
            Ok(_) => Ok(Write::Done(())),
            Err(error)
                if error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(Write::Refused(Stale))
            }
            Err(error) => Err(error.into()),
        }
    }
}
