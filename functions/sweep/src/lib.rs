#![doc = include_str!("../README.md")]

pub mod bucket;
pub mod media;
mod times;
pub mod webhooks;

use std::fmt::Display;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join};
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::{StatusCheckMessage, TransferMessage};
use slipway_domain::schedule::{GRACE, POSTS_AHEAD, requeue_pause, seconds_until};
use slipway_domain::{AccountId, PostId, Worker};
use slipway_media::MediaConfig;
use slipway_queue::{Queue, QueueError};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::Name;
use slipway_store::events::Events;
use slipway_store::posts::{Change, DueTarget, Posts, TargetRecord};
use slipway_store::webhooks::Webhooks;
use slipway_store::{Epoch, StoreError};
use slipway_worker::in_turns;

use crate::bucket::BucketSweep;
use crate::media::MediaSweep;
use crate::times::times;
use crate::webhooks::WebhookSweep;

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
        /// The webhooks table.
        pub webhooks_table: Name = "WEBHOOKS_TABLE",
        /// Where customers' endpoints are told.
        pub deliveries: Name = "DELIVERIES_QUEUE_URL",
    }
}

/// All sweeps: of targets, of media, of the bucket and of deliveries. Calls nobody.
pub fn wired(aws: &SdkConfig, config: Config) -> (Sweep, MediaSweep, BucketSweep, WebhookSweep) {
    let (dynamodb, sqs) = (slipway_store::client(aws), slipway_queue::client(aws));
    let events = Events::new(dynamodb.clone(), config.events_table.clone().into_string());
    let (media, bucket) = config.media.wired(aws, &dynamodb, config.events_table);
    let webhooks = Webhooks::new(dynamodb.clone(), config.webhooks_table.into_string(), events.clone());
    let deliveries = Queue::new(sqs.clone(), config.deliveries.into_string());
    let media = MediaSweep {
        media,
        posts: Posts::new(dynamodb, config.posts_table.into_string()).recording(events),
        bucket,
        imports: Queue::new(sqs.clone(), config.imports.into_string()),
    };
    let targets = Sweep {
        posts: media.posts.clone(),
        transfers: Queue::new(sqs.clone(), config.transfers.into_string()),
        status_checks: Queue::new(sqs, config.status_checks.into_string()),
    };
    let bucket = BucketSweep { media: media.media.clone(), bucket: media.bucket.clone() };
    let webhooks = WebhookSweep { webhooks, deliveries };
    (targets, media, bucket, webhooks)
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

/// How much of each shard one run reads of a backlog, be it targets, media or deliveries: a few megabytes of keys.
const MOST: usize = 2_500;
/// How many groups of targets are worked on at once.
const GROUPS_AT_ONCE: usize = 10;

/// What is worked on at once: as many as fit into one call of SQS, and no group after `deadline`.
fn groups<T>(due: &[T], deadline: Instant) -> impl Iterator<Item = &[T]> {
    due.chunks(Queue::MAX_BATCH).take_while(move |_| Instant::now() < deadline)
}

/// What is to be done about a target that is due.
enum Due {
    /// It waits for its own time, at which a message is to come.
    Begins(DueTarget, Timestamp),
    /// It may have been left behind.
    IsLate(DueTarget),
}

impl Due {
    const fn target(&self) -> &DueTarget {
        let (Self::Begins(target, _) | Self::IsLate(target)) = self;
        target
    }
}

/// The tenants take turns, and within a tenant what begins and what was left behind: of more than a run can hand over,
/// what the last run has sent is late by the next one, and must not hold up what was never sent.
fn in_order(due: impl Iterator<Item = Due>) -> Vec<Due> {
    in_turns(due, |due| {
        let target = due.target();
        // An index that does not say whose targets they are says at least which account's.
        let whose = target.tenant.as_ref().map_or_else(|| target.account.to_string(), ToString::to_string);
        (whose, matches!(due, Due::IsLate(_)))
    })
}

impl Sweep {
    /// Hands over what is about to begin, ahead of its time, and requeues what was left behind, as many targets at once as
    /// fit into one call of SQS, and several such groups. The tenants take turns. Begins nothing after `deadline`; the next
    /// run goes on.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Result<Swept, StoreError> {
        let started = Instant::now();
        let (begins, late) = try_join(self.posts.beginning(now + POSTS_AHEAD, MOST), self.posts.due(now, MOST)).await?;
        let times = times(&begins, now);
        let begins = begins.into_iter().zip(times).map(|(target, at)| Due::Begins(target, at));
        let due = in_order(late.into_iter().map(Due::IsLate).chain(begins));
        let mut swept = Swept { due: due.len(), ..Swept::default() };
        let clock = || now + SignedDuration::try_from(started.elapsed()).unwrap_or_default();
        let groups = stream::iter(groups(&due, deadline)).map(|group| self.group(group, now, clock));
        let mut groups = groups.buffer_unordered(GROUPS_AT_ONCE);
        while let Some(group) = groups.next().await {
            swept.requeued += group.requeued;
            swept.failed += group.failed;
        }
        tracing::info!(due = swept.due, requeued = swept.requeued, failed = swept.failed, "targets swept");
        Ok(swept)
    }

    /// Writes the next times of these targets, then sends the messages about them.
    async fn group(&self, due: &[Due], now: Timestamp, clock: impl Fn() -> Timestamp) -> Swept {
        let mut swept = Swept::default();
        let written = join_all(due.iter().map(|due| self.write(due, now))).await;
        let (mut transfers, mut checks) = (Vec::new(), Vec::new());
        for (due, written) in due.iter().zip(written) {
            match written {
                Ok(Some(Message { to: Worker::Transfer, target, at })) => transfers.push((target, at)),
                Ok(Some(Message { to: Worker::StatusCheck, target, at })) => checks.push((target, at)),
                Ok(None) => {}
                Err(error) => swept.fail(&due.target().post, &due.target().account, &error),
            }
        }
        let now = clock();
        let messages: Vec<_> = transfers.iter().map(|(record, at)| transfer(record, seconds_until(*at, now))).collect();
        swept.count(&transfers, self.transfers.send_all(&messages).await);
        let messages: Vec<_> =
            checks.iter().map(|(record, at)| status_check(record, seconds_until(*at, now))).collect();
        swept.count(&checks, self.status_checks.send_all(&messages).await);
        swept
    }

    /// Writes when the target is due next. Answers the message that is to be sent then, if there is to be one.
    async fn write(&self, due: &Due, now: Timestamp) -> Result<Option<Message>, StoreError> {
        match due {
            Due::Begins(target, at) => {
                let written = self.posts.hand_over(target, *at + GRACE).await?.done();
                Ok(written.and_then(|target| Some(Message { to: target.state.name().worker()?, target, at: *at })))
            }
            Due::IsLate(target) => {
                let written = self.put_off(target, now).await?;
                Ok(written.map(|(target, to)| Message { to, target, at: now }))
            }
        }
    }

    /// Writes the target's next time, under its version: of two sweeps only one goes on to send. If that one dies before
    /// it has, or SQS refuses the message, the next time is the net. Answers where the message goes, if there is to be
    /// one.
    async fn put_off(&self, due: &DueTarget, now: Timestamp) -> Result<Option<(TargetRecord, Worker)>, StoreError> {
        let Some(record) = self.posts.target(&due.post, &due.account).await? else { return Ok(None) };
        if record.due_at.is_none_or(|at| at > Epoch::from(now)) {
            return Ok(None); // the index lags: it was requeued already
        }
        let to = record.state.name().worker();
        let mut change = Change::to(record.state.clone(), now);
        if to.is_some() {
            change.requeues = record.requeues.saturating_add(1);
            change.due_at = Some(now + requeue_pause(record.requeues));
            if !record.state.name().reached_tiktok() {
                change = change.note("set going by the sweep", None);
            }
        }
        Ok(self.posts.change(&record, change).await?.done().zip(to))
    }
}

impl Swept {
    /// Counts what became of the messages about these targets.
    fn count(&mut self, targets: &[(TargetRecord, Timestamp)], sent: Vec<Result<(), QueueError>>) {
        for ((record, _), sent) in targets.iter().zip(sent) {
            match sent {
                Ok(()) => {
                    let state = record.state.name().as_str();
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

/// A message that is to be sent.
struct Message {
    to: Worker,
    target: TargetRecord,
    /// When it is to come.
    at: Timestamp,
}

/// A message to the transfers, with its group.
fn transfer(record: &TargetRecord, delay: Duration) -> (&str, TransferMessage, Duration) {
    (record.tenant.as_str(), TransferMessage { target: record.target() }, delay)
}

/// A message to the status checks, with its group.
fn status_check(record: &TargetRecord, delay: Duration) -> (&str, StatusCheckMessage, Duration) {
    let look = record.requeues.saturating_sub(1);
    (record.tenant.as_str(), StatusCheckMessage { target: record.target(), look }, delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("SweepFunction");
    }

    #[test]
    fn what_was_sent_in_vain_does_not_hold_up_what_was_never_sent() {
        let target = |post: &str| DueTarget {
            tenant: Some("ten_1".parse().unwrap()),
            post: post.parse().unwrap(),
            account: "acc_1".parse().unwrap(),
            at: Timestamp::UNIX_EPOCH.into(),
        };
        let late = ["post_a", "post_b", "post_c"].map(|post| Due::IsLate(target(post)));
        let begins = ["post_d", "post_e"].map(|post| Due::Begins(target(post), Timestamp::UNIX_EPOCH));
        let order = in_order(late.into_iter().chain(begins));
        let posts: Vec<_> = order.iter().map(|due| due.target().post.as_str()).collect();
        assert_eq!(posts, ["post_a", "post_d", "post_b", "post_e", "post_c"]);
    }
}
