//! A post takes media into use, in the transaction that creates the post: media that is in use is not deleted, and
//! no post is made of media that is being deleted.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use slipway_domain::limits::POSTS_PER_MEDIA;
use slipway_domain::{MediaId, PostId, TenantId};

use super::{Media, MediaState, key};
use crate::StoreError;
use crate::item::{count, seconds, text, texts};
use crate::update::Update;

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
    /// being deleted, is not ready with this very object, or has [`POSTS_PER_MEDIA`] posts already.
    pub(crate) fn use_in_transaction(&self, usage: &MediaUse, post: &PostId) -> Result<TransactWriteItem, StoreError> {
        let update = Update::of(&self.table, key(&usage.tenant, &usage.media))
            .increment("version")
            .add("posts", texts(std::slice::from_ref(post)))
            .when(USABLE)
            .with(":most", count(POSTS_PER_MEDIA))
            .with(":ready", text(MediaState::READY));
        let update = match &usage.etag {
            Some(etag) => {
                let look = usage.starts_at.saturating_add(self.rules.lifetimes.after_last_post);
                update
                    .set("due_at", seconds(look.unwrap_or(Timestamp::MAX)))
                    .when("#state.#name = :ready AND #state.#object.#etag = :etag")
                    .with(":etag", text(etag))
            }
            // Its time is the import's. It may have become ready since it was read: so much the better.
            None => update
                .when("attribute_exists(#import) AND #state.#name IN (:pending, :ready)")
                .with(":pending", text(MediaState::PENDING)),
        };
        update.in_transaction()
    }
}
