#![doc = include_str!("../README.md")]

mod attempt;
mod claim;
mod copy;
mod pace;
mod refusal;
mod turn;

use std::num::NonZeroUsize;
use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::Timestamp;
use slipway_contract::queue::{ImportMessage, TransferMessage};
use slipway_domain::schedule::{IMPORT_TRIES, LONGEST_IMPORT_PAUSE, import_pause};
use slipway_domain::{Reach, Shares};
use slipway_fetch::{BuildError, Client, Limits, TrustedOrigins};
use slipway_media::{Bucket, MediaConfig, MediaError, S3Error, Unverified, verify};
use slipway_queue::{Queue, QueueError};
use slipway_runtime::Deadline;
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Seconds};
use slipway_runtime::pause::later;
use slipway_store::media::{Media, MediaReason, MediaRecord, MediaState};
use slipway_store::posts::{Posts, TargetRecord};
use slipway_store::slots::Slots;
use slipway_store::{StoreError, Write};
use slipway_worker::{About, ClaimTime, Handled, Received, wait_for_claim};

use crate::attempt::{Tried, attempt};
use crate::claim::{Claim, Claimed};

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The events table.
        pub events_table: Name = "EVENTS_TABLE",
        /// The media table and bucket.
        pub media: MediaConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// What may be imported from although it is not public.
        pub trusted_origins: TrustedOrigins = "IMPORT_TRUSTED_ORIGINS",
        /// Where the messages come from.
        pub imports: Name = "IMPORTS_QUEUE_URL",
        /// Where posts go on that waited.
        pub transfers: Name = "TRANSFERS_QUEUE_URL",
        /// How long a claim lasts without renewal.
        pub claim_time: Seconds = "IMPORT_LEASE_SECONDS",
        /// How many files are fetched at the same time, for all tenants together.
        pub concurrency: NonZeroUsize = "IMPORT_CONCURRENCY",
    }
}

/// Everything a step needs. Built once a process.
#[derive(Debug, Clone)]
pub struct Importer {
    /// The media table.
    pub media: Media,
    /// The posts table, for the posts that wait.
    pub posts: Posts,
    /// The media bucket.
    pub bucket: Bucket,
    /// The public internet.
    pub internet: Client,
    /// The queue that the messages come from.
    pub imports: Queue,
    /// Where posts go on that waited.
    pub transfers: Queue,
    /// How long a claim lasts without renewal.
    pub claim_time: ClaimTime,
    /// Who fetches, and who waits in line for it.
    pub slots: Slots,
    /// How many of these workers one tenant, and one server, may hold.
    pub shares: Shares,
}

/// Why a step could not be finished here and now. The message comes back; the store says where to go on.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// S3 failed.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// What was fetched could not be verified.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// What was fetched is not there, or keeps changing: only this worker puts it there.
    #[error("what was fetched is not there as it was")]
    Unverified,
    /// Another worker works on this import, or the media was deleted.
    #[error("another worker took over, or the media is gone")]
    Fenced,
}

impl Importer {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, BuildError> {
        let (dynamodb, sqs) = (slipway_store::client(aws), slipway_queue::client(aws));
        let slots = Slots::new(dynamodb.clone(), config.media.table.clone().into_string());
        let (media, bucket) = config.media.wired(aws, &dynamodb, config.events_table);
        Ok(Self {
            slots,
            shares: Shares::of(config.concurrency.get()),
            media,
            posts: Posts::new(dynamodb, config.posts_table.into_string()),
            bucket,
            internet: Client::new(config.trusted_origins, Limits::default())?,
            imports: Queue::new(sqs.clone(), config.imports.into_string()),
            transfers: Queue::new(sqs, config.transfers.into_string()),
            claim_time: ClaimTime(config.claim_time.0),
        })
    }

    /// Works on one message until its media is ready or failed, or has to wait. Lambda ends this process at `deadline`.
    pub async fn step(&self, message: ImportMessage, record: &SqsMessage, deadline: Deadline) -> Handled {
        let ImportMessage { tenant, media } = &message;
        tracing::info!(tenant.id = %tenant, media.id = %media, "a message for an import");
        let receipt = record.receipt_handle.as_deref().unwrap_or_default();
        let stepped = Box::pin(self.run(&message, receipt, deadline)).await;
        Handled::at_end(stepped, |error| matches!(error, StepError::Fenced), About::media(media.as_str()))
    }

    async fn run(&self, message: &ImportMessage, receipt: &str, deadline: Deadline) -> Result<Handled, StepError> {
        let Some(media) = self.media.get(&Reach::whole(&message.tenant), &message.media).await? else {
            self.end_turn_of_gone(message).await?;
            return Ok(Handled::Done);
        };
        let (MediaState::Pending, Some(import)) = (&media.state, &media.import) else {
            // Settled before, perhaps by a worker that died before it could tell.
            self.requeue_waiting(&media).await?;
            self.end_turn(&media).await?;
            return Ok(Handled::Done);
        };
        if let Some(wait) = wait_for_claim(import.claim.as_ref().map(|claim| claim.until)) {
            return Ok(wait);
        }
        if !self.take_turn(&media, deadline).await? {
            return Ok(Handled::Done);
        }
        let Some(claimed) = Claimed::take(&self.media, &media, self.claim_time).await? else {
            return Ok(Handled::SOON);
        };
        let received = Received { queue: &self.imports, receipt };
        let claim = Claim::new(claimed, received, self.claim_time, deadline).await;
        let handled = match self.fetch(claim, &media).await {
            // Another worker goes on with the same slots, unless there is nothing to go on with.
            Err(StepError::Fenced) if self.media.get(&Reach::whole(&media.tenant), &media.id).await?.is_some() => {
                return Err(StepError::Fenced);
            }
            handled => handled,
        };
        self.end_turn(&media).await?;
        handled
    }

    /// Fetches the file, for which this worker has the claim and the slots, until it is ready or failed, or has to wait.
    async fn fetch(&self, mut claim: Claim<'_>, media: &MediaRecord) -> Result<Handled, StepError> {
        let tries = claim.import().map_or(IMPORT_TRIES, |import| import.tries);
        match Box::pin(attempt(self, &mut claim, tries)).await {
            Ok(Tried::Fetched) => {
                let verifying = Box::pin(verify(&self.media, &self.bucket, media));
                match claim.while_hidden(verifying).await? {
                    Write::Done(media) => {
                        self.requeue_waiting(&media).await?;
                        Ok(Handled::Done)
                    }
                    Write::Refused(Unverified::NoRoom(no_room)) => self.fail(claim, refusal::no_room(&no_room)).await,
                    Write::Refused(Unverified::Gone) => Err(StepError::Fenced),
                    Write::Refused(Unverified::NotUploaded | Unverified::Changing) => Err(StepError::Unverified),
                }
            }
            Ok(Tried::Later(_, wish)) if tries < IMPORT_TRIES => {
                claim.again(pause(tries, wish), "the file could not be fetched; trying again later").await
            }
            Ok(Tried::Later(reason, _) | Tried::Refused(reason)) => self.fail(claim, reason).await,
            Err(StepError::Fenced) => Err(StepError::Fenced),
            Err(error) => {
                tracing::warn!(media.id = %claim.record().id, %error, tries, "the import failed on our side");
                claim.again(pause(tries, None), "a fault on our side; trying again later").await
            }
        }
    }

    /// Writes down that there will be no file, unless another worker took over.
    async fn fail(&self, mut claim: Claim<'_>, reason: MediaReason) -> Result<Handled, StepError> {
        claim.renew().await?;
        tracing::info!(media.id = %claim.record().id, reason = reason.code.as_str(), "the import failed");
        let failed = self.media.fail_import(claim.record(), claim.worker(), vec![reason], Timestamp::now()).await?;
        let Write::Done(media) = failed else { return Err(StepError::Fenced) };
        // What was fetched but found no room.
        if media.state.object().is_none() {
            self.bucket.object(&media.s3_key).delete().await?;
        }
        self.requeue_waiting(&media).await?;
        Ok(Handled::Done)
    }

    /// Has the posts that wait for this media go on at once, and not at the sweep's next look. A message too many is
    /// harmless, and one that is lost is the sweep's.
    async fn requeue_waiting(&self, media: &MediaRecord) -> Result<(), StepError> {
        let mut messages = Vec::new();
        for id in &media.posts {
            let Some(post) = self.posts.get(&Reach::whole(&media.tenant), id).await? else { continue };
            let waiting = post.targets.iter().filter(|target| target.awaits(&media.id));
            let message = |target: &TargetRecord| TransferMessage { target: target.target() };
            messages.extend(waiting.map(|target| (media.tenant.as_str(), message(target), Duration::ZERO)));
        }
        Ok(self.transfers.send_all(&messages).await.into_iter().collect::<Result<(), _>>()?)
    }
}

/// How long to wait after a try: longer and longer, and not shorter than the server wishes within reason.
fn pause(tries: u32, wish: Option<Duration>) -> Duration {
    later(import_pause(tries)).max(wish.unwrap_or_default()).min(LONGEST_IMPORT_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("ImportMediaFunction");
    }

    #[test]
    fn the_wish_of_a_server_counts_within_reason() {
        let all: Duration = (1..IMPORT_TRIES).map(|tries| pause(tries, None)).sum();
        assert!(all > Duration::from_mins(5) && all < Duration::from_mins(10), "{all:?}");
        assert_eq!(pause(1, Some(Duration::from_hours(9))), Duration::from_mins(10));
        assert_eq!(pause(u32::MAX, None), Duration::from_mins(10));
    }
}
