//! Fetches media from an address that a customer gave, straight into S3, and verifies it.
//!
//! Every step may be the last one of this process, and may run next to a twin. What makes that safe:
//!
//! - a worker takes the media by a conditional write, and every later write of the import is on the condition that it
//!   still holds it;
//! - the id of its upload in S3 is stored before the first part. Who takes over gives that upload up before anything
//!   else: from then on nobody can complete it. If it was completed before, the whole file is there, and is verified;
//! - the object is there whole or not at all, and is looked at as if it had been uploaded.

mod copy;
mod hold;
mod refusal;
mod upload;
mod wake;

use std::time::{Duration, Instant};

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::ImportMessage;
use slipway_domain::ChunkPlan;
use slipway_fetch::{Bounds, BuildError, Client, FetchError, Limits, Slow, TrustedOrigins};
use slipway_media::{MediaRulesConfig, VerifyError, verify};
use slipway_queue::{Queue, QueueError};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Seconds};
use slipway_runtime::pause::later;
use slipway_store::StoreError;
use slipway_store::events::Events;
use slipway_store::media::{Judged, Media, MediaReason, MediaRecord, MediaState};
use slipway_store::posts::Posts;
use slipway_worker::{Deadline, Handled};

use crate::copy::{CopyError, copy};
use crate::hold::Hold;
use crate::refusal::{Advice, advice};
use crate::upload::{Object, S3Error};

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The events table.
        pub events_table: Name = "EVENTS_TABLE",
        /// The media table.
        pub media_table: Name = "MEDIA_TABLE",
        /// What the operator decides about media.
        pub media_rules: MediaRulesConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// The media bucket.
        pub bucket: Name = "MEDIA_BUCKET",
        /// What may be imported from although it is not public.
        pub trusted_origins: TrustedOrigins = "IMPORT_TRUSTED_ORIGINS",
        /// Where the messages come from.
        pub imports: Name = "IMPORTS_QUEUE_URL",
        /// Where posts go on that waited.
        pub transfers: Name = "TRANSFERS_QUEUE_URL",
        /// How long a claim holds without a sign of life.
        pub lease: Seconds = "IMPORT_LEASE_SECONDS",
    }
}

/// Everything a step needs. Built once a process.
#[derive(Debug, Clone)]
pub struct Importer {
    /// The media table.
    pub media: Media,
    /// The posts table, for the posts that wait.
    pub posts: Posts,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// The media bucket's name.
    pub bucket: String,
    /// The public internet.
    pub internet: Client,
    /// The queue that the messages come from.
    pub imports: Queue,
    /// Where posts go on that waited.
    pub transfers: Queue,
    /// How long a claim holds without a sign of life: a killed worker's import is taken up again after this time.
    pub lease: Duration,
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
    /// What was fetched could not be looked at.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// Somebody else works on this import, or the media was deleted.
    #[error("another worker took over, or the media is gone")]
    Fenced,
}

/// How a try ended.
enum Tried {
    /// The whole file is in S3.
    Fetched,
    /// Perhaps later; if that was the last try, for this reason.
    Later(MediaReason, Option<Duration>),
    /// Never.
    Refused(MediaReason),
}

/// How often an import is begun, by living and dying workers together.
const TRIES: u32 = 6;
/// How long the first pause between two tries is; each one is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// How soon a message comes back after a fault on our side.
const AFTER_FAULT: Duration = Duration::from_secs(5);

impl Importer {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, BuildError> {
        let (dynamodb, sqs) = (slipway_store::client(aws), slipway_queue::client(aws));
        let events = Events::new(dynamodb.clone(), config.events_table.into_string());
        Ok(Self {
            media: Media::new(dynamodb.clone(), config.media_table.into_string())
                .ruled_by(config.media_rules.into())
                .recording(events),
            posts: Posts::new(dynamodb, config.posts_table.into_string()),
            s3: slipway_media::client(aws),
            bucket: config.bucket.into_string(),
            internet: Client::new(config.trusted_origins, Limits::default())?,
            imports: Queue::new(sqs.clone(), config.imports.into_string()),
            transfers: Queue::new(sqs, config.transfers.into_string()),
            lease: config.lease.0,
        })
    }

    fn lease_end(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::try_from(self.lease).unwrap_or(SignedDuration::from_secs(30))
    }

    /// Works on one message until its media is ready or failed, or has to wait. Lambda ends this process at `deadline`.
    pub async fn step(&self, message: ImportMessage, record: &SqsMessage, deadline: Deadline) -> Handled {
        let ImportMessage { tenant, media } = &message;
        tracing::info!(tenant.id = %tenant, media.id = %media, "a message for an import");
        let receipt = record.receipt_handle.as_deref().unwrap_or_default();
        match Box::pin(self.run(&message, receipt, deadline.at())).await {
            Ok(outcome) => outcome,
            Err(StepError::Fenced) => {
                tracing::info!(media.id = %media, "another worker took over, or the media is gone; leaving");
                Handled::Done
            }
            Err(error) => {
                tracing::warn!(media.id = %media, %error, "step failed; the message comes back");
                Handled::Again(AFTER_FAULT)
            }
        }
    }

    async fn run(&self, message: &ImportMessage, receipt: &str, deadline: Instant) -> Result<Handled, StepError> {
        let Some(media) = self.media.get(&message.tenant, &message.media).await? else { return Ok(Handled::Done) };
        let (MediaState::Pending, Some(import)) = (&media.state, &media.import) else {
            // Settled before, perhaps by a worker that died before it could tell.
            self.wake(&media).await?;
            return Ok(Handled::Done);
        };
        let now = Timestamp::now();
        if let Some(until) = import.claim.as_ref().map(|claim| claim.until).filter(|until| *until > now) {
            // A repeated message, or the sweep was early. If the other worker is dead, its claim runs out soon.
            let left = Duration::try_from(until.duration_since(now)).unwrap_or(AFTER_FAULT);
            return Ok(Handled::Again(left + Duration::from_secs(1)));
        }
        let Some(mut hold) = Hold::take(self, &media, receipt).await? else {
            return Ok(Handled::Again(Duration::from_secs(1)));
        };
        let tries = hold.import().map_or(TRIES, |import| import.tries);
        match Box::pin(self.attempt(&mut hold, tries, deadline)).await {
            Ok(Tried::Fetched) => {
                let verifying = Box::pin(verify(&self.media, &self.s3, &self.bucket, &media));
                match hold.while_hidden(verifying).await {
                    Ok(media) => {
                        self.wake(&media).await?;
                        Ok(Handled::Done)
                    }
                    Err(VerifyError::NoRoom(no_room)) => self.fail(hold, refusal::no_room(&no_room)).await,
                    Err(VerifyError::Gone) => Err(StepError::Fenced),
                    Err(error) => Err(error.into()),
                }
            }
            Ok(Tried::Later(_, wish)) if tries < TRIES => {
                let pause = pause(tries, wish);
                hold.let_go(pause).await?;
                Ok(Handled::Again(pause))
            }
            Ok(Tried::Later(reason, _) | Tried::Refused(reason)) => self.fail(hold, reason).await,
            Err(StepError::Fenced) => Err(StepError::Fenced),
            Err(error) => {
                tracing::warn!(media.id = %hold.record().id, %error, tries, "the import failed on our side");
                let pause = pause(tries, None);
                hold.let_go(pause).await?;
                Ok(Handled::Again(pause))
            }
        }
    }

    /// One try to fetch the whole file.
    async fn attempt(&self, hold: &mut Hold<'_>, tries: u32, deadline: Instant) -> Result<Tried, StepError> {
        let key = hold.record().s3_key.clone();
        let object = Object { s3: &self.s3, bucket: &self.bucket, key: &key };
        if let Some(before) = hold.upload_id() {
            object.abort(&before).await?;
            if object.is_there().await? {
                return Ok(Tried::Fetched);
            }
        }
        if tries > TRIES {
            return Ok(Tried::Refused(refusal::interrupted()));
        }
        let Some(import) = hold.import() else { return Err(StepError::Fenced) };
        // The rules may have become narrower since it was stored.
        let url = match self.internet.parse(import.url.expose()) {
            Ok(url) => url,
            Err(refused) => return Ok(Tried::Refused(refusal::not_public(&refused))),
        };
        let upload_id = object.begin().await?;
        if let Err(error) = hold.note_upload(upload_id.clone()).await {
            object.abort(&upload_id).await?;
            return Err(error);
        }
        let until = last_call(Instant::now(), deadline);
        let bounds = Bounds { most: self.room(hold.record()).await?, until };
        let copying = copy(&self.internet, &url, object, &upload_id, bounds);
        let copying = Box::pin(tokio::time::timeout_at(until.into(), copying));
        let copied = hold.while_alive(copying).await?.unwrap_or(Err(FetchError::Slow(Slow::Total).into()));
        let refused = match copied {
            Ok(parts) => {
                hold.renew().await?;
                object.complete(&upload_id, parts).await?;
                tracing::info!(media.id = %hold.record().id, host = url.host(), tries, "fetched");
                return Ok(Tried::Fetched);
            }
            Err(CopyError::S3(error)) => return Err(error.into()),
            Err(CopyError::NotMedia(error)) => {
                tracing::info!(media.id = %hold.record().id, host = url.host(), %error, "not media");
                Tried::Refused(refusal::not_media(&error))
            }
            Err(CopyError::Fetch(error)) => {
                tracing::info!(media.id = %hold.record().id, host = url.host(), %error, tries, "not fetched");
                match advice(&error) {
                    Advice::Reconnect(reason) => Tried::Later(reason, None),
                    Advice::Later(reason, wish) => Tried::Later(reason, wish),
                    Advice::Final(reason) => Tried::Refused(reason),
                }
            }
        };
        object.abort(&upload_id).await?;
        Ok(refused)
    }

    /// The largest file that is worth fetching: TikTok's limit, or what is left of the plan's storage.
    async fn room(&self, media: &MediaRecord) -> Result<u64, StepError> {
        let Some(limit) = self.media.storage_limit() else { return Ok(ChunkPlan::MAX_FILE) };
        let used = self.media.usage(&media.tenant).await?.bytes;
        Ok(limit.saturating_sub(used).min(ChunkPlan::MAX_FILE))
    }

    /// Writes down that there will be no file, unless somebody else took over.
    async fn fail(&self, mut hold: Hold<'_>, reason: MediaReason) -> Result<Handled, StepError> {
        hold.renew().await?;
        tracing::info!(media.id = %hold.record().id, reason = reason.code, "the import failed");
        let judged = self.media.fail_import(hold.record(), hold.worker(), vec![reason], Timestamp::now()).await?;
        let Some(Judged::Now(media)) = judged else { return Err(StepError::Fenced) };
        // What was fetched but found no room.
        let object = Object { s3: &self.s3, bucket: &self.bucket, key: &media.s3_key };
        if media.state.object().is_none() {
            object.delete().await?;
        }
        self.wake(&media).await?;
        Ok(Handled::Done)
    }
}

/// When to stop fetching: what is left then is for finishing up.
fn last_call(now: Instant, deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(now);
    now + left.saturating_sub(left.min(Duration::from_mins(4)) / 8)
}

/// How long to wait after a try: longer and longer, and not shorter than the server wishes within reason.
fn pause(tries: u32, wish: Option<Duration>) -> Duration {
    const LONGEST: Duration = Duration::from_mins(10);
    let own = later(FIRST_PAUSE * 2_u32.saturating_pow(tries.saturating_sub(1).min(6)));
    own.max(wish.unwrap_or_default()).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("ImportMediaFunction");
    }

    #[test]
    fn tries_spread_over_minutes_and_end() {
        let all: Duration = (1..TRIES).map(|tries| pause(tries, None)).sum();
        assert!(all > Duration::from_mins(5) && all < Duration::from_mins(10), "{all:?}");
        assert_eq!(pause(1, Some(Duration::from_hours(9))), Duration::from_mins(10));
        assert!(pause(u32::MAX, None) <= Duration::from_mins(12));
    }

    #[test]
    fn there_is_time_left_to_finish_up() {
        let now = Instant::now();
        for (left, least) in [(900, 20), (80, 5), (8, 1)] {
            let margin =
                (now + Duration::from_secs(left)).duration_since(last_call(now, now + Duration::from_secs(left)));
            assert!(margin >= Duration::from_secs(least) && margin <= Duration::from_secs(30), "{left}: {margin:?}");
        }
        assert_eq!(last_call(now, now), now);
    }
}
