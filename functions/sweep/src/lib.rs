#![doc = include_str!("../README.md")]

pub mod bucket;
pub mod media;

use std::fmt::Display;
use std::time::Instant;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::{StatusCheckMessage, TransferMessage};
use slipway_domain::{AccountId, Event, PostId, TargetState};
use slipway_media::{Bucket, MediaConfig};
use slipway_queue::{Queue, QueueError};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::Name;
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::{Change, DueTarget, Posts, TargetRecord};
use slipway_store::{StoreError, Write};

use crate::bucket::BucketSweep;
use crate::media::MediaSweep;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The events table.
        pub events_table: Name = "EVENTS_TABLE",
        /// The media table and bucket.
        pub media: MediaConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// Where targets are transferred.
        pub transfers: Name = "TRANSFERS_QUEUE_URL",
        /// Where the outcome is asked for.
        pub status_checks: Name = "STATUS_CHECKS_QUEUE_URL",
        /// Where media is imported.
        pub imports: Name = "IMPORTS_QUEUE_URL",
    }
}

/// All sweeps: of targets, of media and of the bucket. Calls nobody.
pub fn wired(aws: &SdkConfig, config: Config) -> (Sweep, MediaSweep, BucketSweep) {
    let (dynamodb, sqs) = (slipway_store::client(aws), slipway_queue::client(aws));
    let media = MediaSweep {
        media: Media::new(dynamodb.clone(), config.media.table.into_string())
            .ruled_by(config.media.rules.into())
            .recording(Events::new(dynamodb.clone(), config.events_table.into_string())),
        posts: Posts::new(dynamodb, config.posts_table.into_string()),
        bucket: Bucket::new(aws, config.media.bucket.into_string()),
        imports: Queue::new(sqs.clone(), config.imports.into_string()),
    };
    let targets = Sweep {
        posts: media.posts.clone(),
        transfers: Queue::new(sqs.clone(), config.transfers.into_string()),
        status_checks: Queue::new(sqs, config.status_checks.into_string()),
    };
    let bucket = BucketSweep { media: media.media.clone(), bucket: media.bucket.clone() };
    (targets, media, bucket)
}

/// Everything a run needs. Built once a process.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The posts table.
    pub posts: Posts,
    /// Where targets are transferred.
    pub transfers: Queue,
    /// Where the outcome is asked for.
    pub status_checks: Queue,
}

/// What a run found and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Targets past their time.
    pub due: usize,
    /// Targets that were requeued.
    pub requeued: usize,
    /// Targets that could not be: a later run finds them again.
    pub failed: usize,
}

/// How many targets of each shard one run takes.
const MOST: i32 = 100;

/// What is worked on at once: as many as fit into one call of SQS, and no group after `deadline`.
fn groups<T>(due: &[T], deadline: Instant) -> impl Iterator<Item = &[T]> {
    due.chunks(Queue::MAX_BATCH).take_while(move |_| Instant::now() < deadline)
}

impl Sweep {
    /// Requeues everything whose time has come, as many targets at once as fit into one call of SQS. Begins nothing
    /// after `deadline`; the next run goes on.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Result<Swept, StoreError> {
        let due = self.posts.due(now, MOST).await?;
        let mut swept = Swept { due: due.len(), ..Swept::default() };
        for due in groups(&due, deadline) {
            let put_off = join_all(due.iter().map(|target| self.put_off(target, now))).await;
            let (mut transfers, mut checks) = (Vec::new(), Vec::new());
            for (target, put_off) in due.iter().zip(put_off) {
                match put_off {
                    Ok(Some((record, To::Transfer))) => transfers.push(record),
                    Ok(Some((record, To::StatusCheck))) => checks.push(record),
                    Ok(None) => {}
                    Err(error) => swept.fail(&target.post, &target.account, &error),
                }
            }
            let messages: Vec<_> = transfers.iter().map(transfer).collect();
            swept.count(&transfers, self.transfers.send_all(&messages).await);
            let messages: Vec<_> = checks.iter().map(status_check).collect();
            swept.count(&checks, self.status_checks.send_all(&messages).await);
        }
        tracing::info!(due = swept.due, requeued = swept.requeued, failed = swept.failed, "targets swept");
        Ok(swept)
    }

    /// Writes the target's next time, under its version: of two sweeps only one goes on to send. If that one dies before
    /// it has, or SQS refuses the message, the next time is the net. Answers where the message goes, if there is to be
    /// one.
    async fn put_off(&self, due: &DueTarget, now: Timestamp) -> Result<Option<(TargetRecord, To)>, StoreError> {
        let Some(record) = self.posts.target(&due.post, &due.account).await? else { return Ok(None) };
        if record.due_at.is_none_or(|at| at.0 > now.as_second()) {
            return Ok(None); // the index lags: it was requeued already
        }
        let to = To::of(&record.state);
        let with = |mut change: Change| {
            if to.is_some() {
                change.requeues = record.requeues.saturating_add(1);
                change.due_at = Some(now + pause(record.requeues));
                if !matches!(record.state, TargetState::Published { .. } | TargetState::InInbox { .. }) {
                    change = change.note("set going by the sweep", None);
                }
            }
            change
        };
        if let TargetState::Scheduled { .. } = record.state {
            return Ok(match self.posts.advance(&record, Event::Enqueue, now, with).await? {
                Write::Done(record) => to.map(|to| (record, to)),
                Write::Refused(_) => None,
            });
        }
        let written = self.posts.change(&record, with(Change::to(record.state.clone(), now))).await?;
        Ok(written.done().zip(to))
    }
}

impl Swept {
    /// Counts what became of the messages about these targets.
    fn count(&mut self, records: &[TargetRecord], sent: Vec<Result<(), QueueError>>) {
        for (record, sent) in records.iter().zip(sent) {
            match sent {
                Ok(()) => {
                    let state = record.state.name();
                    tracing::info!(post.id = %record.post, account.id = %record.account, state, "requeued");
                    self.requeued += 1;
                }
                Err(error) => self.fail(&record.post, &record.account, &error),
            }
        }
    }

    fn fail(&mut self, post: &PostId, account: &AccountId, error: &impl Display) {
        tracing::error!(post.id = %post, account.id = %account, %error, "could not be requeued; it stays due");
        self.failed += 1;
    }
}

/// Where a target goes on.
#[derive(Clone, Copy)]
enum To {
    /// Its bytes are moved.
    Transfer,
    /// TikTok is asked for the outcome.
    StatusCheck,
}

impl To {
    /// Where a target in this state goes on. Nothing is expected of the others: they leave the index.
    const fn of(state: &TargetState) -> Option<Self> {
        match state {
            TargetState::Scheduled { .. }
            | TargetState::Queued { .. }
            | TargetState::Initialising { .. }
            | TargetState::Uploading { .. }
            | TargetState::Pulling { .. }
            | TargetState::Deferred { .. } => Some(Self::Transfer),
            TargetState::Processing { .. } | TargetState::Published { .. } | TargetState::InInbox { .. } => {
                Some(Self::StatusCheck)
            }
            TargetState::Draft
            | TargetState::Failed { .. }
            | TargetState::Unconfirmed { .. }
            | TargetState::Cancelled => None,
        }
    }
}

/// A message to the transfers, with its group.
fn transfer(record: &TargetRecord) -> (&str, TransferMessage) {
    (record.tenant.as_str(), TransferMessage { target: record.target() })
}

/// A message to the status checks, with its group.
fn status_check(record: &TargetRecord) -> (&str, StatusCheckMessage) {
    let look = record.requeues.saturating_sub(1);
    (record.tenant.as_str(), StatusCheckMessage { target: record.target(), look })
}

/// How long until the sweep comes back to a target that it has requeued `requeues` times in a row: a backlog must
/// not be made longer by messages about what waits in it.
fn pause(requeues: u32) -> SignedDuration {
    SignedDuration::from_secs(60 * 2_i64.pow(requeues.min(4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("SweepFunction");
    }

    #[test]
    fn a_stubborn_target_is_looked_at_ever_less_often_but_never_forgotten() {
        let pauses: Vec<_> = (0..6).map(|requeues| pause(requeues).as_secs()).collect();
        assert_eq!(pauses, [60, 120, 240, 480, 960, 960]);
        assert_eq!(pause(u32::MAX).as_secs(), 960);
    }
}
