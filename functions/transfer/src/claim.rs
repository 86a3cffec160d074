//! A worker's hold on a target: the SQS message stays hidden and the target stays claimed while the worker lives.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{Event, TargetState, apply};
use slipway_store::posts::{Change, TargetRecord};

use slipway_worker::Deadline;

use crate::{StepError, Transfer};

/// The hold of one worker on one target.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    transfer: &'a Transfer,
    record: TargetRecord,
    receipt: &'a str,
    pub(crate) deadline: Deadline,
    written: Instant,
    /// Bytes that TikTok has and that no write has noted yet.
    sent: Option<u64>,
    /// Our own last write began this upload, so that certainly nothing of it has been sent.
    fresh: bool,
}

impl<'a> Claim<'a> {
    pub(crate) fn new(transfer: &'a Transfer, record: TargetRecord, receipt: &'a str, deadline: Deadline) -> Self {
        Self { transfer, record, receipt, deadline, written: Instant::now(), sent: None, fresh: false }
    }

    pub(crate) fn record(&self) -> &TargetRecord {
        &self.record
    }

    /// Keeps the message hidden for the length of the lease only, so that it comes back soon if we die.
    pub(crate) async fn hold_message(&self) {
        if let Err(error) = self.transfer.transfers.set_visibility(self.receipt, self.transfer.lease).await {
            tracing::warn!(%error, "could not extend the message's visibility");
        }
    }

    /// Writes a change if nobody else did meanwhile.
    pub(crate) async fn write(&mut self, change: Change) -> Result<(), StepError> {
        match self.transfer.posts.change(&self.record, change).await? {
            Ok(record) => {
                tracing::info!(
                    post.id = %record.post, account.id = %record.account, state = record.state.name(),
                    tiktok.publish_id = record.state.publish_id().map(tracing::field::display),
                    "target written"
                );
                self.fresh = matches!(
                    (&self.record.state, &record.state),
                    (TargetState::Initialising { .. }, TargetState::Uploading { .. })
                );
                self.record = record;
                self.written = Instant::now();
                self.sent = None;
                Ok(())
            }
            Err(_lost) => Err(StepError::Fenced),
        }
    }

    /// The same as [`Claim::write`], and the claim holds on.
    pub(crate) async fn write_and_hold(&mut self, change: Change) -> Result<(), StepError> {
        let until = self.lease_end();
        self.write(change.held_until(until)).await
    }

    /// When the claim runs out if there is no further sign of life.
    pub(crate) fn lease_end(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::try_from(self.transfer.lease).unwrap_or(SignedDuration::from_secs(30))
    }

    /// A sign of life; notes how many bytes TikTok has.
    pub(crate) async fn renew(&mut self, sent: u64) -> Result<(), StepError> {
        self.hold_message().await;
        self.note_sent(sent);
        self.write_and_hold(Change::to(self.state_with_sent(), Timestamp::now())).await
    }

    /// Whether our own last write began this upload, so that certainly nothing of it has been sent.
    pub(crate) fn holds_fresh_upload(&self) -> bool {
        self.fresh
    }

    /// Remembers how many bytes TikTok has, for the next write.
    pub(crate) fn note_sent(&mut self, bytes: u64) {
        self.sent = Some(bytes);
    }

    /// The state with what is known to be sent.
    fn state_with_sent(&self) -> TargetState {
        let noted = self.sent.and_then(|bytes| apply(&self.record.state, Event::Sent { bytes }).ok());
        noted.unwrap_or_else(|| self.record.state.clone())
    }

    /// Whether the last write is so long ago that progress is worth another one.
    pub(crate) fn is_stale(&self) -> bool {
        self.written.elapsed() >= self.transfer.tick()
    }

    /// Ends the hold, so that the next worker need not wait for it to run out.
    pub(crate) async fn let_go(&mut self, note: &str) -> Result<(), StepError> {
        self.write(Change::to(self.state_with_sent(), Timestamp::now()).note(note, None)).await
    }

    /// Notes progress and ends the hold until the sweep looks again at `due`.
    pub(crate) async fn wait_until(&mut self, due: Timestamp, note: &str) -> Result<(), StepError> {
        let mut change = Change::to(self.state_with_sent(), Timestamp::now()).due(due).note(note, None);
        change.nudges = self.record.nudges;
        self.write(change).await
    }
}
