#![doc = include_str!("../README.md")]

mod adopt;
mod ask;
mod notification;

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use jiff::Timestamp;
use serde::Deserialize;
use slipway_contract::queue::{NotificationMessage, StatusCheckMessage, TransferMessage};
use slipway_domain::schedule::slow_check;
use slipway_domain::{Event, LogId, Outcome, PublishId, StatusWord, TargetState};
use slipway_media::Bucket;
use slipway_queue::{Queue, QueueError};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Seconds};
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::posts::{Change, NotAdvanced, Posts, TargetRecord};
use slipway_store::{Conflict, Epoch, Stale, StoreError, Write};
use slipway_tokens::{Tokens, TokensConfig};
use slipway_worker::{About, Handled, receive_count};

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// Accounts, their tokens, and TikTok.
        pub tokens: TokensConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// The media bucket, for copies that TikTok may fetch.
        pub bucket: Name = "MEDIA_BUCKET",
        /// Where a lost transfer is restarted.
        pub transfers: Name = "TRANSFERS_QUEUE_URL",
        /// Where the outcome is asked for.
        pub status_checks: Name = "STATUS_CHECKS_QUEUE_URL",
        /// Where TikTok's webhooks come from.
        pub tiktok_events: Name = "TIKTOK_EVENTS_QUEUE_URL",
        /// When the first status check of a small video is due.
        pub first_check: Seconds = "STATUS_FIRST_CHECK_SECONDS",
    }
}

/// Everything a step needs. Built once a process.
#[derive(Debug, Clone)]
pub struct PublishStatus {
    /// The posts table.
    pub posts: Posts,
    /// The log.
    pub events: Events,
    /// The accounts table.
    pub accounts: Accounts,
    /// Access tokens that are always fresh.
    pub tokens: Tokens,
    /// TikTok.
    pub tiktok: slipway_tiktok::Client,
    /// The media bucket, for copies that TikTok may fetch.
    pub bucket: Bucket,
    /// Where the outcome is asked for.
    pub status_checks: Queue,
    /// Where TikTok's webhooks come from.
    pub tiktok_events: Queue,
    /// Where a lost transfer is restarted.
    pub transfers: Queue,
    /// When the first status check of a small video is due.
    pub first_check: Duration,
}

/// A message of either queue.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// Ask TikTok.
    Check(StatusCheckMessage),
    /// TikTok reported something.
    Notification(NotificationMessage),
}

/// Why a step could not be finished. The message comes back.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// One conflict came after the other.
    #[error("the target kept changing")]
    Contended,
}

/// What came of an outcome for a target.
enum Settled {
    /// It is written.
    Written,
    /// It was known, or came too late. This is the target.
    Known(Box<TargetRecord>),
}

/// How often a write is tried again after a conflict with another writer.
const TRIES: u32 = 5;

impl PublishStatus {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, slipway_tiktok::BuildError> {
        let dynamodb = slipway_store::client(aws);
        let events = Events::new(dynamodb.clone(), config.tokens.events_table.clone().into_string());
        let tokens = Tokens::wired(aws, &dynamodb, config.tokens)?;
        let sqs = slipway_queue::client(aws);
        Ok(Self {
            posts: Posts::new(dynamodb, config.posts_table.into_string()).recording(events.clone()),
            events,
            accounts: tokens.accounts().clone(),
            tiktok: tokens.app().clone(),
            tokens,
            bucket: Bucket::new(aws, config.bucket.into_string()),
            status_checks: Queue::new(sqs.clone(), config.status_checks.into_string()),
            tiktok_events: Queue::new(sqs.clone(), config.tiktok_events.into_string()),
            transfers: Queue::new(sqs, config.transfers.into_string()),
            first_check: config.first_check.0,
        })
    }

    /// Works on one message of either queue, as of `now`.
    pub async fn step(&self, message: Message, record: &SqsMessage, now: Timestamp) -> Handled {
        let (stepped, about) = match &message {
            Message::Check(check) => {
                let about = About::target(check.target.post.as_str(), check.target.account.as_str());
                (ask::step(self, check, now).await, about)
            }
            Message::Notification(message) => {
                (notification::step(self, message, receive_count(record).unwrap_or(1), now).await, About::default())
            }
        };
        // These steps claim nothing, so that nobody takes over.
        Handled::at_end(stepped, |_| false, about)
    }

    /// Brings an outcome into the target, over and over while others write first. Late and repeated outcomes change
    /// nothing.
    async fn settle(
        &self,
        mut record: TargetRecord,
        publish_id: &PublishId,
        outcome: &Outcome,
        (said, note, log_id): (&StatusWord, &str, Option<&LogId>),
        now: Timestamp,
    ) -> Result<Settled, StepError> {
        if record.state.publish_id() == Some(publish_id) {
            self.remove_copies(&record).await;
        }
        for _ in 0..TRIES {
            let is_former = record.state.publish_id() != Some(publish_id) && record.former.contains(publish_id);
            let (publish, outcome) = (publish_id.clone(), outcome.clone());
            let event = if is_former {
                Event::FormerOutcome { publish_id: publish, outcome, at: now }
            } else {
                Event::Outcome { publish_id: publish, outcome, at: now }
            };
            let privacy = record.content.privacy_level();
            let with = |change: Change| {
                let due_at = slow_check(&change.state, privacy, 0, now).or(change.due_at);
                Change { tiktok_status: Some(said.clone()), due_at, ..change }.note(note, log_id)
            };
            match self.posts.advance(&record, event, now, with).await? {
                Write::Done(written) => {
                    tracing::info!(
                        post.id = %written.post, account.id = %written.account, tiktok.publish_id = %publish_id,
                        state = written.state.name().as_str(), note, "outcome"
                    );
                    if matches!(written.state, TargetState::Queued { .. }) {
                        let message = TransferMessage { target: written.target() };
                        self.transfers.send(written.tenant.as_str(), &message, Duration::ZERO).await?;
                    }
                    self.make_room(&record.state, &written).await;
                    return Ok(Settled::Written);
                }
                Write::Refused(NotAdvanced::Conflict(Conflict::Changed(now))) => record = *now,
                Write::Refused(NotAdvanced::Refused(_)) if is_former => {
                    return self.note_former(record, publish_id, (note, log_id), now).await;
                }
                Write::Refused(NotAdvanced::Refused(_) | NotAdvanced::Conflict(Conflict::Gone)) => {
                    return Ok(Settled::Known(Box::new(record)));
                }
            }
        }
        Err(StepError::Contended)
    }
}

impl PublishStatus {
    /// Notes once what TikTok reports about a publish that does not count any more, unless a worker is at work on the one
    /// that does: no write must come between it and TikTok.
    async fn note_former(
        &self,
        record: TargetRecord,
        publish_id: &PublishId,
        (note, log_id): (&str, Option<&LogId>),
        now: Timestamp,
    ) -> Result<Settled, StepError> {
        let note = format!("{note}, of the former publish {publish_id}");
        tracing::warn!(post.id = %record.post, tiktok.publish_id = %publish_id, note, "a former publish");
        let is_claimed = record.claimed_until.is_some_and(|until| until > now);
        let is_at_rest = !is_claimed && !record.state.name().is_being_sent();
        if is_at_rest && record.timeline.iter().all(|step| step.note != note) {
            let due_at = record.due_at.and_then(Epoch::moment);
            let change = Change { due_at, requeues: record.requeues, ..Change::to(record.state.clone(), now) };
            // Whoever writes first has something to say of the publish that counts, which is worth more.
            self.posts.change(&record, change.note(note, log_id)).await?.either_way();
        }
        Ok(Settled::Known(Box::new(record)))
    }

    /// Deletes the copies that TikTok has fetched, or will not fetch any more. Before the write after which nobody knows
    /// them; if it fails, the bucket's lifecycle does it.
    async fn remove_copies(&self, record: &TargetRecord) {
        if let Some(pull) = record.state.pull() {
            self.bucket.clear_copies(&pull.copies, &record.post).await;
        }
    }

    /// A draft that its creator has posted does not wait any more, and TikTok takes another one in its place. Without
    /// this write the account's line moves a day later, so a fault is no failure of the step.
    async fn make_room(&self, before: &TargetState, written: &TargetRecord) {
        if !matches!((before, &written.state), (TargetState::InInbox { .. }, TargetState::Published { .. })) {
            return;
        }
        match self.accounts.draft_was_posted(&written.tenant, &written.account, written.updated_at).await {
            // A busy line is no better than a fault, and an account that is gone has none.
            Ok(Write::Done(()) | Write::Refused(Stale)) => {}
            Err(error) => {
                tracing::warn!(%error, account.id = %written.account, "a posted draft keeps its place for a day");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("PublishStatusFunction");
    }
}
