//! Deletes media: finds out whether posts still need it, and removes what is marked as being deleted.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use jiff::Timestamp;
use slipway_domain::{Chain, PostId};
use slipway_runtime::AwsFailure;
use slipway_store::StoreError;
use slipway_store::media::{Media, MediaRecord};
use slipway_store::posts::{MediaNeed, Posts};

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

/// Why media could not be removed. It stays marked, and the sweep tries again.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// S3 failed.
    #[error("S3: {0}")]
    Storage(#[source] Chain),
    /// The media table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
/// twin, and after a run that died anywhere in it.
pub async fn remove(media: &Media, s3: &Client, bucket: &str, marked: &MediaRecord) -> Result<(), RemoveError> {
    // The parts first: an upload that is completed in this moment leaves an object, which is deleted next.
    let own = marked.multipart.as_ref().map(|upload| &upload.upload_id);
    let imports = marked.import.as_ref().and_then(|import| import.upload_id.as_ref());
    for upload_id in own.into_iter().chain(imports) {
        let abort = s3.abort_multipart_upload().bucket(bucket).key(&marked.s3_key).upload_id(upload_id);
        match abort.send().await {
            Err(error) if !is_gone(&error) => return Err(RemoveError::Storage(Chain::of(AwsFailure::from(error)))),
            _ => {}
        }
    }
    s3.delete_object()
        .bucket(bucket)
        .key(&marked.s3_key)
        .send()
        .await
        .map_err(|error| RemoveError::Storage(Chain::of(AwsFailure::from(error))))?;
    media.forget(marked, Timestamp::now()).await?;
    tracing::info!(media.id = %marked.id, tenant.id = %marked.tenant, "media deleted");
    Ok(())
}

/// Whether S3 knows no such upload: it was completed or aborted.
fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("NoSuchUpload")
}
