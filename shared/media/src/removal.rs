//! Deletes media: finds out whether posts still need it, and removes what is marked as being deleted.

use jiff::Timestamp;
use slipway_domain::PostId;
use slipway_store::StoreError;
use slipway_store::media::{Media, MediaRecord};
use slipway_store::posts::{MediaNeed, Posts};

use crate::{Bucket, MediaError};

/// What the posts of some media are to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Those that may yet send it.
    pub needed_by: Vec<PostId>,
    /// Those that will not.
    pub ended: Vec<PostId>,
    /// When the last of those ended.
    pub last_end: Option<Timestamp>,
}

/// Asks each post that the media names. A post that is created meanwhile is not in the answer, but changes the media's
/// version: whoever acts on the answer does so on that condition.
pub async fn uses(posts: &Posts, media: &MediaRecord) -> Result<Uses, StoreError> {
    let mut uses = Uses::default();
    for post in &media.posts {
        match posts.media_need(&media.tenant, post, &media.id).await? {
            MediaNeed::Needed => uses.needed_by.push(post.clone()),
            MediaNeed::FreeSince(at) => {
                uses.last_end = uses.last_end.max(Some(at));
                uses.ended.push(post.clone());
            }
            MediaNeed::None => uses.ended.push(post.clone()),
        }
    }
    Ok(uses)
}

/// Removes marked media: what was uploaded of it, whole or in parts, and then the record. Safe to run twice, next to a
/// twin, and after a run that died anywhere in it. What fails stays marked, and the sweep tries again.
pub async fn remove(media: &Media, bucket: &Bucket, marked: &MediaRecord) -> Result<(), MediaError> {
    let object = bucket.object(&marked.s3_key);
    // The parts first: an upload that is completed in this moment leaves an object, which is deleted next.
    let own = marked.multipart.as_ref().map(|upload| &upload.upload_id);
    let imports = marked.import.as_ref().and_then(|import| import.upload_id.as_ref());
    for upload_id in own.into_iter().chain(imports) {
        object.abort(upload_id).await?;
    }
    object.delete().await?;
    media.forget(marked, Timestamp::now()).await?;
    tracing::info!(media.id = %marked.id, tenant.id = %marked.tenant, "media deleted");
    Ok(())
}
