//! A post takes media into use, in the transaction that creates the post: media that is in use is not deleted, and
//! no post is made of media that is being deleted.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use jiff::Timestamp;
use slipway_domain::{MediaId, PostId, TenantId};

use super::{Media, MediaRecord, MediaState, key, number, text};
use crate::StoreError;
use crate::posts::Epoch;

/// The use of media by a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaUse {
    /// Whose media.
    pub tenant: TenantId,
    /// The media.
    pub media: MediaId,
    /// The object that was verified: with another one it is not the media that the post was checked with. Nothing if
    /// the media is still being imported: then whatever that brings.
    pub etag: Option<String>,
    /// When the post will have started: before that, the sweep need not look whether it has ended.
    pub starts_at: Timestamp,
}

/// The condition on media that is taken into use.
const USABLE: &str = "attribute_not_exists(deleting_since) AND (attribute_not_exists(posts) OR size(posts) < :most)";

impl Media {
    /// The write that takes the media into use, as a part of a transaction. It is refused if the media is gone, is
    /// being deleted, is not ready with this very object, or has [`MediaRecord::MAX_POSTS`] posts already.
    pub(crate) fn use_in_transaction(&self, usage: &MediaUse, post: &PostId) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder().table_name(&self.table).set_key(Some(key(&usage.tenant, &usage.media)));
        let update = match &usage.etag {
            Some(etag) => {
                let look = usage.starts_at.saturating_add(self.rules.lifetimes.after_last_post);
                update
                    .update_expression("SET due_at = :due, version = version + :one ADD posts :posts")
                    .condition_expression(format!(
                        "{USABLE} AND #state.#name = :ready AND #state.#object.#etag = :etag"
                    ))
                    .expression_attribute_names("#object", "object")
                    .expression_attribute_names("#etag", "etag")
                    .expression_attribute_values(":due", number(Epoch::from(look.unwrap_or(Timestamp::MAX)).0))
                    .expression_attribute_values(":etag", text(etag))
            }
            // Its time is the import's. It may have become ready since it was looked at: so much the better.
            None => update
                .update_expression("SET version = version + :one ADD posts :posts")
                .condition_expression(format!(
                    "{USABLE} AND attribute_exists(#import) AND #state.#name IN (:pending, :ready)"
                ))
                .expression_attribute_names("#import", "import")
                .expression_attribute_values(":pending", text(MediaState::PENDING)),
        };
        let update = update
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":posts", AttributeValue::Ss(vec![post.to_string()]))
            .expression_attribute_values(":ready", text(MediaState::READY))
            .expression_attribute_values(":most", AttributeValue::N(MediaRecord::MAX_POSTS.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
