//! The net under everything: whatever must not sit has a time in the `due` index, and whatever is past its time is
//! set going again. A lost message, a crash between two writes, a delay that is over: all end up here. Media has such
//! an index of its own, by which it is deleted when no post needs it any more.

pub mod media;

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::{StatusCheckMessage, TransferMessage};
use slipway_domain::{Event, TargetState, apply};
use slipway_media::MediaRulesConfig;
use slipway_queue::{Queue, QueueError};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::Name;
use slipway_store::StoreError;
use slipway_store::media::Media;
use slipway_store::posts::{Change, DueTarget, Posts};

use crate::media::MediaSweep;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The media table.
        pub media_table: Name = "MEDIA_TABLE",
        /// What the operator decides about media.
        pub media_rules: MediaRulesConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// The media bucket.
        pub bucket: Name = "MEDIA_BUCKET",
        /// Where targets are transferred.
        pub transfers: Name = "TRANSFERS_QUEUE_URL",
        /// Where the outcome is asked for.
        pub status_checks: Name = "STATUS_CHECKS_QUEUE_URL",
        /// Where media is imported.
        pub imports: Name = "IMPORTS_QUEUE_URL",
    }
}

/// Both sweeps: of targets and of media. Calls nobody.
pub fn wired(aws: &SdkConfig, config: Config) -> (Sweep, MediaSweep) {
    let (dynamodb, sqs) = (slipway_store::client(aws), slipway_queue::client(aws));
    let media = MediaSweep {
        media: Media::new(dynamodb.clone(), config.media_table.into_string()).ruled_by(config.media_rules.into()),
        posts: Posts::new(dynamodb, config.posts_table.into_string()),
        s3: slipway_media::client(aws),
        bucket: config.bucket.into_string(),
        imports: Queue::new(sqs.clone(), config.imports.into_string()),
    };
    let targets = Sweep {
        posts: media.posts.clone(),
        transfers: Queue::new(sqs.clone(), config.transfers.into_string()),
        status_checks: Queue::new(sqs, config.status_checks.into_string()),
    };
    (targets, media)
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
    /// Targets that were set going.
    pub woken: usize,
    /// Targets that could not be: the next run finds them again.
    pub failed: usize,
}

/// Why a target could not be set going.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// DynamoDB failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// How many targets of each shard one run takes.
const MOST: i32 = 100;

impl Sweep {
    /// Sets everything going whose time has come. Stops before `deadline`; the next run goes on.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Result<Swept, SweepError> {
        let due = self.posts.due(now, MOST).await?;
        let mut swept = Swept { due: due.len(), ..Swept::default() };
        for target in due {
            if Instant::now() >= deadline {
                break;
            }
            match self.wake(&target, now).await {
                Ok(true) => swept.woken += 1,
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(post.id = %target.post, account.id = %target.account, %error, "could not be woken");
                    swept.failed += 1;
                }
            }
        }
        tracing::info!(due = swept.due, woken = swept.woken, failed = swept.failed, "targets swept");
        Ok(swept)
    }

    /// Writes the target's next time first, under its version: of two sweeps only one goes on to send. If it dies
    /// between the two, that next time is the net.
    async fn wake(&self, due: &DueTarget, now: Timestamp) -> Result<bool, SweepError> {
        let Some(record) = self.posts.target(&due.post, &due.account).await? else { return Ok(false) };
        if record.due_at.is_none_or(|at| at.0 > now.as_second()) {
            return Ok(false); // the index lags: it was set going already
        }
        let (state, queue) = match &record.state {
            TargetState::Scheduled { .. } => match apply(&record.state, Event::Enqueue) {
                Ok(state) => (state, Some(Go::Transfer)),
                Err(_) => return Ok(false),
            },
            TargetState::Queued { .. }
            | TargetState::Initialising { .. }
            | TargetState::Uploading { .. }
            | TargetState::Deferred { .. } => (record.state.clone(), Some(Go::Transfer)),
            TargetState::Processing { .. } | TargetState::Published { .. } | TargetState::InInbox { .. } => {
                (record.state.clone(), Some(Go::Check))
            }
            // Nothing is expected of these: take them out of the index.
            TargetState::Draft
            | TargetState::Failed { .. }
            | TargetState::Unconfirmed { .. }
            | TargetState::Cancelled => (record.state.clone(), None),
        };
        let mut change = Change::to(state, now);
        if queue.is_some() {
            change.nudges = record.nudges.saturating_add(1);
            change.due_at = Some(now + pause(record.nudges));
            if !matches!(record.state, TargetState::Published { .. } | TargetState::InInbox { .. }) {
                change = change.note("set going by the sweep", None);
            }
        }
        let Ok(record) = self.posts.change(&record, change).await? else { return Ok(false) };
        let target = record.target();
        let group = record.tenant.as_str();
        match queue {
            Some(Go::Transfer) => self.transfers.send(group, &TransferMessage { target }, Duration::ZERO).await?,
            Some(Go::Check) => {
                let look = record.nudges.saturating_sub(1);
                self.status_checks.send(group, &StatusCheckMessage { target, look }, Duration::ZERO).await?;
            }
            None => return Ok(false),
        }
        tracing::info!(post.id = %record.post, account.id = %record.account, state = record.state.name(), "woken");
        Ok(true)
    }
}

#[derive(Clone, Copy)]
enum Go {
    Transfer,
    Check,
}

/// How long until the sweep looks again at a target that it has set going `nudges` times in a row: a backlog must
/// not be made longer by messages about what waits in it.
fn pause(nudges: u32) -> SignedDuration {
    SignedDuration::from_secs(60 * 2_i64.pow(nudges.min(4)))
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
        let pauses: Vec<_> = (0..6).map(|nudges| pause(nudges).as_secs()).collect();
        assert_eq!(pauses, [60, 120, 240, 480, 960, 960]);
        assert_eq!(pause(u32::MAX).as_secs(), 960);
    }
}
