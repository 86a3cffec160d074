//! Removes what was uploaded: of media that no post needs any more and is marked as being deleted, of media that there is
//! no room for, and parts beside a whole file.

use jiff::Timestamp;
use slipway_domain::PostId;
use slipway_store::StoreError;
use slipway_store::media::{Media, MediaRecord, NoRoom};
use slipway_store::posts::{MediaNeed, Posts};

use crate::{Bucket, MediaError, S3Error, after_deleting};

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
    take_away(bucket, marked).await?;
    // A twin that was first has done the same.
    media.forget(marked, Timestamp::now()).await?.either_way();
    tracing::info!(media.id = %marked.id, tenant.id = %marked.tenant, "media deleted");
    Ok(())
}

/// Refuses media that the plan has no room for: it fails with the reason, and what was uploaded of it is removed. Answers
/// whether it did: not if the media is no longer as `record` says. Safe to run twice and next to a twin; if it dies in
/// between, the sweep goes on.
pub async fn refuse(
    media: &Media,
    bucket: &Bucket,
    record: &MediaRecord,
    no_room: &NoRoom,
    now: Timestamp,
) -> Result<bool, MediaError> {
    let reason = no_room.reason(&after_deleting("upload it again"));
    // The refusal first: from then on nobody can verify what is deleted next.
    if !media.refuse(record, vec![reason], now).await?.is_done() {
        return Ok(false);
    }
    take_away(bucket, record).await?;
    Ok(true)
}

/// Gives up an upload in parts that nobody needs, such as one of media whose file was PUT whole. A failure is only logged:
/// the bucket's lifecycle removes what is left.
pub async fn drop_parts(bucket: &Bucket, media: &MediaRecord) {
    let Some(upload) = &media.multipart else { return };
    if let Err(error) = bucket.object(&media.s3_key).abort(&upload.upload_id).await {
        tracing::warn!(media.id = %media.id, %error, "unused parts are left to the bucket's lifecycle");
    }
}

/// Removes whatever was uploaded, whole and in parts.
async fn take_away(bucket: &Bucket, record: &MediaRecord) -> Result<(), S3Error> {
    let object = bucket.object(&record.s3_key);
    // The parts first: an upload that is completed in this moment leaves an object, which is deleted next.
    let own = record.multipart.as_ref().map(|upload| &upload.upload_id);
    let imports = record.import.as_ref().and_then(|import| import.upload_id.as_ref());
    for upload_id in own.into_iter().chain(imports) {
        object.abort(upload_id).await?;
    }
    object.delete().await
}
