//! Media whose time may be over: deletes it if no post needs it any more, and checks again later if one does.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::Timestamp;
use slipway_domain::schedule::{IMPORT_CHECKED_AGAIN, MEDIA_CHECKED_AGAIN, MEDIA_TRIED_AGAIN};
use slipway_domain::{MediaId, Reach, TenantId};
use slipway_media::{Bucket, remove, uses};
use slipway_queue::{Queue, QueueError};
use slipway_store::media::{Lifetimes, Media, MediaRecord, MediaState};
use slipway_store::posts::Posts;
use slipway_store::{Epoch, Stale, StoreError, Write};
use slipway_worker::in_turns;

use crate::{MOST, groups};

/// What deleting media needs. Built once a process.
#[derive(Debug, Clone)]
pub struct MediaSweep {
    /// The media table.
    pub media: Media,
    /// The posts, which may need media.
    pub posts: Posts,
    /// The media bucket.
    pub bucket: Bucket,
    /// Where media is imported.
    pub imports: Queue,
}

/// What a run found and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Media that was to be checked.
    pub due: usize,
    /// Media that was deleted.
    pub deleted: usize,
    /// Media that could not be dealt with: a later run does it.
    pub failed: usize,
}

/// Why media could not be dealt with.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    /// It could not be removed.
    #[error(transparent)]
    Media(#[from] slipway_media::MediaError),
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl MediaSweep {
    /// Checks all media whose time has come; the tenants take turns. Stops before `deadline`; the next run goes on.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Result<Swept, StoreError> {
        let due = in_turns(self.media.due(now, MOST).await?, |(tenant, _)| tenant.clone());
        let mut swept = Swept { due: due.len(), ..Swept::default() };
        for due in groups(&due, deadline) {
            let checked = join_all(due.iter().map(|(tenant, id)| self.check_or_put_off(tenant, id, now))).await;
            swept.deleted += checked.iter().filter(|checked| matches!(checked, Some(true))).count();
            swept.failed += checked.iter().filter(|checked| checked.is_none()).count();
        }
        tracing::info!(due = swept.due, deleted = swept.deleted, failed = swept.failed, "media swept");
        Ok(swept)
    }

    /// Answers whether it was deleted; nothing if it could not be dealt with.
    async fn check_or_put_off(&self, tenant: &TenantId, id: &MediaId, now: Timestamp) -> Option<bool> {
        match self.check(tenant, id, now).await {
            Ok(deleted) => Some(deleted),
            Err(error) => {
                tracing::error!(media.id = %id, tenant.id = %tenant, %error, "media could not be dealt with");
                match self.media.put_off(tenant, id, now + MEDIA_TRIED_AGAIN).await {
                    // What is gone is no longer due.
                    Ok(Write::Done(()) | Write::Refused(Stale)) => {}
                    Err(error) => tracing::warn!(media.id = %id, %error, "nor could it be put off"),
                }
                None
            }
        }
    }

    /// Requeues an import whose message was lost, or whose worker died. Its next time first: if this process dies
    /// between the two, that is the net.
    async fn requeue_import(&self, record: &MediaRecord, now: Timestamp) -> Result<(), CheckError> {
        // A message about media that is gone does no harm.
        self.media.put_off(&record.tenant, &record.id, now + IMPORT_CHECKED_AGAIN).await?.either_way();
        self.imports.send(record.tenant.as_str(), &record.import_message(), Duration::ZERO).await?;
        tracing::info!(media.id = %record.id, "an import is requeued");
        Ok(())
    }

    /// Answers whether it was deleted. Whatever it writes, it writes on the condition that the media is still as it
    /// was read: a post that takes it into use at this moment wins or finds it gone.
    async fn check(&self, tenant: &TenantId, id: &MediaId, now: Timestamp) -> Result<bool, CheckError> {
        let Some(record) = self.media.get_also_deleting(&Reach::whole(tenant), id).await? else { return Ok(false) };
        if record.due_at > Epoch::from(now) {
            return Ok(false); // the index lags: it was put off already
        }
        if !record.is_there() {
            // The deletion's worker has died, or a file may have come since.
            remove(&self.media, &self.bucket, &record).await?;
            return Ok(true);
        }
        let young = Lifetimes::may_be_imported(record.created_at, now);
        if record.import.is_some() && matches!(record.state, MediaState::Pending) && young {
            self.requeue_import(&record, now).await?;
            return Ok(false);
        }
        let uses = uses(&self.posts, &record).await?;
        if !uses.needed_by.is_empty() {
            // Changed meanwhile, it is due again as it then is.
            self.media.released(&record, &uses.ended, uses.last_end, now + MEDIA_CHECKED_AGAIN).await?.either_way();
            return Ok(false);
        }
        let last_use_ended_at = record.last_use_ended_at.max(uses.last_end);
        let unused = MediaRecord { last_use_ended_at, ..record.clone() };
        let end = unused.kept_until(&self.media.rules().lifetimes);
        if end > now {
            // As above.
            self.media.released(&record, &uses.ended, uses.last_end, end).await?.either_way();
            return Ok(false);
        }
        let Write::Done(marked) = self.media.mark_deleting(&record, now).await? else { return Ok(false) };
        remove(&self.media, &self.bucket, &marked).await?;
        Ok(true)
    }
}
