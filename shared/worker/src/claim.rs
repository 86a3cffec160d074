//! A worker's claim on a record: the record stays claimed and its message hidden while the worker lives.

use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use slipway_queue::{Queue, QueueError};
use slipway_runtime::Deadline;
use tokio::time::{Interval, MissedTickBehavior};

use crate::Handled;
use crate::handled::AFTER_FAULT;

/// A record that one worker at a time works on, with what this worker knows of it.
///
/// Every write is on the condition that no other worker wrote since. So a worker that lost its claim is fenced: its next
/// write fails with an error that says so, and it leaves.
pub trait Claimable {
    /// Why a write failed. One of the reasons is that another worker took over.
    type Error;

    /// Writes what the worker knows by now, and that its claim lasts until then.
    fn renew(&mut self, until: Timestamp) -> impl Future<Output = Result<(), Self::Error>>;

    /// Ends the claim before its time, so that the next worker, which comes after `pause`, need not wait for its end.
    /// `why` is for the record's history, if it has one.
    fn release(&mut self, pause: Duration, why: &str) -> impl Future<Output = Result<(), Self::Error>>;
}

/// How long a claim lasts without renewal: a killed worker's record is taken over after this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimTime(pub Duration);

impl ClaimTime {
    /// When a claim ends that is written now.
    pub fn end(self) -> Timestamp {
        Timestamp::now() + SignedDuration::try_from(self.0).unwrap_or(SignedDuration::from_secs(30))
    }

    /// How much time passes between two renewals. Two may fail before the claim ends.
    pub fn heartbeat(self) -> Duration {
        self.0 / 3
    }
}

/// What to answer about a message whose record another worker has claimed until then. Nothing if no claim lasts.
///
/// It is a repeated message, or the sweep was early. If the other worker is dead, its claim ends soon.
pub fn wait_for_claim(until: Option<Timestamp>) -> Option<Handled> {
    let now = Timestamp::now();
    let until = until.filter(|until| *until > now)?;
    let left = Duration::try_from(until.duration_since(now)).unwrap_or(AFTER_FAULT);
    Some(Handled::Again(left + Duration::from_secs(1)))
}

/// The message that brought a worker to its record.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// Where it came from.
    pub queue: &'a Queue,
    /// SQS's name of this delivery.
    pub receipt: &'a str,
}

/// The claim of one worker on one record, and on the message that brought it there.
#[derive(Debug)]
pub struct Claim<'a, R> {
    record: R,
    message: Received<'a>,
    time: ClaimTime,
    deadline: Deadline,
}

impl<R> Deref for Claim<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.record
    }
}

impl<R> DerefMut for Claim<'_, R> {
    fn deref_mut(&mut self) -> &mut R {
        &mut self.record
    }
}

impl<'a, R: Claimable> Claim<'a, R> {
    /// A worker's claim, whose message is hidden from now on. Lambda ends the worker at `deadline`.
    pub async fn new(record: R, message: Received<'a>, time: ClaimTime, deadline: Deadline) -> Self {
        let claim = Self { record, message, time, deadline };
        claim.hide_message().await;
        claim
    }

    /// When Lambda ends the worker.
    pub const fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Extends the claim, and the time for which the message is hidden.
    pub async fn renew(&mut self) -> Result<(), R::Error> {
        self.hide_message().await;
        self.record.renew(self.time.end()).await
    }

    /// Runs `work` and renews the claim with every heartbeat meanwhile. Breaks it off at `until`, with nothing as its
    /// result, and at a renewal that fails.
    pub async fn while_renewed<T>(
        &mut self,
        until: Instant,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, R::Error> {
        let (mut work, mut heartbeat) = (pin!(work), self.heartbeat());
        let mut end = pin!(tokio::time::sleep_until(until.into()));
        loop {
            tokio::select! {
                done = &mut work => return Ok(Some(done)),
                () = &mut end => return Ok(None),
                _ = heartbeat.tick() => self.renew().await?,
            }
        }
    }

    /// Runs `work` and keeps the message hidden, without renewing the claim: `work` ends with a conditional write of
    /// its own, which a renewal would defeat.
    pub async fn while_hidden<T>(&self, work: impl Future<Output = T>) -> T {
        let (mut work, mut heartbeat) = (pin!(work), self.heartbeat());
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = heartbeat.tick() => self.hide_message().await,
            }
        }
    }

    /// Releases the record; the message comes back after `pause`.
    pub async fn again(&mut self, pause: Duration, why: &str) -> Result<Handled, R::Error> {
        self.record.release(pause, why).await?;
        Ok(Handled::Again(pause))
    }

    /// Releases the record because the deadline is near, and sends `message` to the same queue, so that another
    /// invocation goes on.
    pub async fn hand_over(&mut self, group: &str, message: &impl Serialize) -> Result<Handled, R::Error>
    where
        R::Error: From<QueueError>,
    {
        self.record.release(Duration::ZERO, "stopped before the deadline; goes on in another invocation").await?;
        self.message.queue.send(group, message, Duration::ZERO).await?;
        Ok(Handled::Done)
    }

    /// When renewals are due. One that was late is not made up for: the work comes first.
    fn heartbeat(&self) -> Interval {
        let pause = self.time.heartbeat();
        let mut heartbeat = tokio::time::interval_at(tokio::time::Instant::now() + pause, pause);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat
    }

    /// Hides the message for the claim time only, so that it comes back soon if this worker dies.
    async fn hide_message(&self) {
        if let Err(error) = self.message.queue.set_visibility(self.message.receipt, self.time.0).await {
            tracing::warn!(%error, "could not extend the message's visibility");
        }
    }
}
