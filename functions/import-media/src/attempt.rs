//! One try to fetch the whole file into S3.

use std::time::Duration;

use slipway_domain::ChunkPlan;
use slipway_domain::schedule::IMPORT_TRIES;
use slipway_fetch::{Bounds, FetchError, Slow};
use slipway_media::S3Error;
use slipway_store::media::{MediaReason, MediaRecord};

use crate::claim::Claim;
use crate::copy::{CopyError, copy};
use crate::pace::{Progress, until_too_slow};
use crate::refusal::{self, Advice, advice};
use crate::{Importer, StepError};

/// What is left at the last call, at most: for completing the upload in S3 and verifying the file.
const FINISHING_UP: Duration = Duration::from_secs(30);

/// How a try ended.
pub(crate) enum Tried {
    /// The whole file is in S3.
    Fetched,
    /// Perhaps later; if that was the last try, for this reason.
    Later(MediaReason, Option<Duration>),
    /// Never.
    Refused(MediaReason),
}

/// Makes try number `tries`.
pub(crate) async fn attempt(importer: &Importer, claim: &mut Claim<'_>, tries: u32) -> Result<Tried, StepError> {
    let key = claim.record().s3_key.clone();
    let object = importer.bucket.object(&key);
    if let Some(before) = claim.upload_id() {
        object.abort(&before).await?;
        if object.head().await?.is_some() {
            return Ok(Tried::Fetched);
        }
    }
    if tries > IMPORT_TRIES {
        return Ok(Tried::Refused(refusal::interrupted()));
    }
    let Some(import) = claim.import() else { return Err(StepError::Fenced) };
    // The rules may have become narrower since it was stored.
    let url = match importer.internet.parse(import.url.expose()) {
        Ok(url) => url,
        Err(refused) => return Ok(Tried::Refused(refusal::not_public(&refused))),
    };
    let upload_id = object.begin(None).await?;
    if let Err(error) = claim.note_upload(upload_id.clone()).await {
        object.abort(&upload_id).await?;
        return Err(error);
    }
    let until = claim.deadline().last_call(FINISHING_UP);
    let bounds = Bounds { most: room(importer, claim.record()).await?, until };
    let progress = Progress::default();
    let copying = async {
        let copying = Box::pin(copy(&importer.internet, &url, object, &upload_id, bounds, &progress));
        tokio::select! {
            copied = copying => copied,
            () = until_too_slow(&importer.imports, &progress, importer.claim_time.heartbeat()) => {
                Err(FetchError::Slow(Slow::Drip).into())
            }
        }
    };
    let copied = claim.while_renewed(until, copying).await?.unwrap_or(Err(FetchError::Slow(Slow::Total).into()));
    let refused = match copied {
        Ok(parts) => {
            claim.renew().await?;
            object.complete(&upload_id, parts).send().await.map_err(S3Error::from)?;
            tracing::info!(media.id = %claim.record().id, host = url.host(), tries, "fetched");
            return Ok(Tried::Fetched);
        }
        Err(CopyError::S3(error)) => return Err(error.into()),
        Err(CopyError::NotMedia(error)) => {
            tracing::info!(media.id = %claim.record().id, host = url.host(), %error, "not media");
            Tried::Refused(refusal::not_media(&error))
        }
        Err(CopyError::Fetch(error)) => {
            tracing::info!(media.id = %claim.record().id, host = url.host(), %error, tries, "not fetched");
            match advice(&error) {
                Advice::Reconnect(reason) => Tried::Later(reason, None),
                Advice::Wait(reason, wish) => Tried::Later(reason, wish),
                Advice::GiveUp(reason) => Tried::Refused(reason),
            }
        }
    };
    object.abort(&upload_id).await?;
    Ok(refused)
}

/// The largest file that is worth fetching: TikTok's limit, or what is left of the plan's storage.
async fn room(importer: &Importer, media: &MediaRecord) -> Result<u64, StepError> {
    let Some(limit) = importer.media.storage_limit(media.plan) else { return Ok(ChunkPlan::MAX_FILE) };
    let used = importer.media.usage(&media.tenant).await?.bytes;
    Ok(limit.saturating_sub(used).min(ChunkPlan::MAX_FILE))
}
