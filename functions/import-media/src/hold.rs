//! A worker's hold on an import: the SQS message stays hidden and the media stays claimed while the worker lives.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_store::media::{Import, ImportClaim, MediaRecord};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::{Importer, StepError};

/// The hold of one worker on one import.
#[derive(Debug)]
pub(crate) struct Hold<'a> {
    importer: &'a Importer,
    record: MediaRecord,
    worker: String,
    receipt: &'a str,
}

impl<'a> Hold<'a> {
    /// Takes the import, unless somebody changed the media since it was read.
    pub(crate) async fn take(
        importer: &'a Importer,
        read: &MediaRecord,
        receipt: &'a str,
    ) -> Result<Option<Self>, StepError> {
        let worker = uuid::Uuid::now_v7().simple().to_string();
        let claim = ImportClaim { worker: worker.clone(), until: importer.lease_end() };
        let Some(record) = importer.media.claim_import(read, claim).await? else { return Ok(None) };
        let hold = Self { importer, record, worker, receipt };
        hold.hide_message().await;
        Ok(Some(hold))
    }

    pub(crate) const fn record(&self) -> &MediaRecord {
        &self.record
    }

    /// The name under which it is held.
    pub(crate) fn worker(&self) -> &str {
        &self.worker
    }

    /// The upload in S3 that was begun last, by whomever.
    pub(crate) fn upload_id(&self) -> Option<String> {
        self.import().and_then(|import| import.upload_id.clone())
    }

    pub(crate) const fn import(&self) -> Option<&Import> {
        self.record.import.as_ref()
    }

    /// Writes down which upload was begun. From then on whoever takes over will give it up first.
    pub(crate) async fn note_upload(&mut self, upload_id: String) -> Result<(), StepError> {
        self.write(Some(upload_id)).await
    }

    /// A sign of life.
    pub(crate) async fn renew(&mut self) -> Result<(), StepError> {
        self.hide_message().await;
        self.write(self.upload_id()).await
    }

    async fn write(&mut self, upload_id: Option<String>) -> Result<(), StepError> {
        let claim = ImportClaim { worker: self.worker.clone(), until: self.importer.lease_end() };
        let written = self.importer.media.hold_import(&self.record, upload_id, claim).await?;
        self.record = written.ok_or(StepError::Fenced)?;
        Ok(())
    }

    /// Works on, and gives signs of life meanwhile. Stops the work if somebody took over.
    pub(crate) async fn while_alive<T>(&mut self, mut work: impl Future<Output = T> + Unpin) -> Result<T, StepError> {
        let mut tick = self.ticks();
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                _ = tick.tick() => self.renew().await?,
            }
        }
    }

    /// Works on behind the hidden message, without a write: for work that any number of workers may do, and whose own
    /// write must not find the media changed by ours.
    pub(crate) async fn while_hidden<T>(&self, mut work: impl Future<Output = T> + Unpin) -> T {
        let mut tick = self.ticks();
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = tick.tick() => self.hide_message().await,
            }
        }
    }

    /// When signs of life are due. One that was late is not made up for: the work comes first.
    fn ticks(&self) -> Interval {
        let pause = self.importer.lease / 3;
        let mut ticks = tokio::time::interval_at(Instant::now() + pause, pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    }

    /// Ends the hold; the message comes back after `pause`, and if it is lost the sweep sends another one.
    pub(crate) async fn let_go(self, pause: Duration) -> Result<(), StepError> {
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::from_mins(5));
        let due = Timestamp::now() + pause + slipway_store::media::IMPORT_GRACE;
        self.importer.media.release_import(&self.record, &self.worker, due).await?;
        Ok(())
    }

    async fn hide_message(&self) {
        if let Err(error) = self.importer.imports.set_visibility(self.receipt, self.importer.lease).await {
            tracing::warn!(%error, "could not extend the message's visibility");
        }
    }
}
