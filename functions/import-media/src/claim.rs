//! An import under this worker's claim.

use std::time::Duration;

use jiff::Timestamp;
use slipway_domain::schedule::pause_is_checked;
use slipway_domain::{UploadId, WorkerId};
use slipway_store::media::{Import, ImportClaim, Media, MediaRecord};
use slipway_worker::{ClaimTime, Claimable};

use crate::StepError;

/// A worker's claim on an import.
pub(crate) type Claim<'a> = slipway_worker::Claim<'a, Claimed<'a>>;

/// The media of an import as this worker read or wrote it last.
#[derive(Debug)]
pub(crate) struct Claimed<'a> {
    media: &'a Media,
    record: MediaRecord,
    worker: WorkerId,
    claim_time: ClaimTime,
}

impl<'a> Claimed<'a> {
    /// Claims the import, unless the media was changed since it was read.
    pub(crate) async fn take(
        media: &'a Media,
        read: &MediaRecord,
        claim_time: ClaimTime,
    ) -> Result<Option<Self>, StepError> {
        let worker = WorkerId::new(uuid::Uuid::now_v7().simple().to_string());
        let claim = ImportClaim { worker: worker.clone(), until: claim_time.end() };
        let claimed = media.claim_import(read, claim).await?;
        Ok(claimed.done().map(|record| Self { media, record, worker, claim_time }))
    }

    pub(crate) const fn record(&self) -> &MediaRecord {
        &self.record
    }

    /// The name under which it is claimed.
    pub(crate) fn worker(&self) -> &WorkerId {
        &self.worker
    }

    /// The upload in S3 that was begun last, by this worker or one before it.
    pub(crate) fn upload_id(&self) -> Option<UploadId> {
        self.import().and_then(|import| import.upload_id.clone())
    }

    pub(crate) const fn import(&self) -> Option<&Import> {
        self.record.import.as_ref()
    }

    /// Writes down which upload was begun. From then on the worker that takes over aborts it first.
    pub(crate) async fn note_upload(&mut self, upload_id: UploadId) -> Result<(), StepError> {
        self.write(Some(upload_id), self.claim_time.end()).await
    }

    async fn write(&mut self, upload_id: Option<UploadId>, until: Timestamp) -> Result<(), StepError> {
        let claim = ImportClaim { worker: self.worker.clone(), until };
        let written = self.media.hold_import(&self.record, upload_id, claim).await?;
        self.record = written.done().ok_or(StepError::Fenced)?;
        Ok(())
    }
}

impl Claimable for Claimed<'_> {
    type Error = StepError;

    async fn renew(&mut self, until: Timestamp) -> Result<(), StepError> {
        self.write(self.upload_id(), until).await
    }

    /// If the message is lost, the sweep sends another one soon after the pause.
    async fn release(&mut self, pause: Duration, _why: &str) -> Result<(), StepError> {
        let due = pause_is_checked(pause, Timestamp::now());
        // Where it is refused another worker has it by now.
        self.media.release_import(&self.record, &self.worker, due).await?.either_way();
        Ok(())
    }
}
