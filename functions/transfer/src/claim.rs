//! A target under this worker's claim, and what the worker knows of it that is not yet written.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use slipway_domain::tiktok_code::tiktok_says;
use slipway_domain::{Event, Failure, LogId, PublishId, StatusWord, TargetState, apply};
use slipway_store::accounts::{AccountRecord, PaceWrite};
use slipway_store::posts::view::failed;
use slipway_store::posts::{Change, NotAdvanced, NotInLine, Note, Posts, TargetRecord};
use slipway_store::{Conflict, Write};
use slipway_worker::{ClaimTime, Claimable};

use crate::{StepError, Stop, Then};

/// A worker's claim on a target.
pub(crate) type Claim<'a> = slipway_worker::Claim<'a, Target<'a>>;

/// A target as this worker read or wrote it last.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    posts: &'a Posts,
    record: TargetRecord,
    claim_time: ClaimTime,
    written: Instant,
    /// Bytes that TikTok has and that no write has noted yet.
    sent: Option<u64>,
    /// The last chunk is about to be sent, and no write has noted it yet.
    last_chunk: bool,
    /// Our own last write began this transfer, so that certainly nothing of it has been sent.
    fresh: bool,
    /// TikTok has refused the account's access token in this invocation.
    token_refused: bool,
    /// What was seen since the last write: it goes into the timeline with the next one, and costs none of its own.
    seen: Seen,
}

/// What TikTok answered that no write has noted yet.
#[derive(Debug, Default)]
struct Seen {
    notes: Vec<Note>,
    /// The status of its last answer.
    status: Option<StatusWord>,
}

impl Seen {
    /// The change, and before it what was seen.
    fn noted_with(self, change: Change) -> Change {
        let change = change.after(self.notes);
        Change { tiktok_status: change.tiktok_status.clone().or(self.status), ..change }
    }
}

impl<'a> Target<'a> {
    pub(crate) fn new(posts: &'a Posts, record: TargetRecord, claim_time: ClaimTime) -> Self {
        Self {
            posts,
            record,
            claim_time,
            written: Instant::now(),
            sent: None,
            last_chunk: false,
            fresh: false,
            token_refused: false,
            seen: Seen::default(),
        }
    }

    pub(crate) const fn record(&self) -> &TargetRecord {
        &self.record
    }

    /// Lets an event happen to the target, which ends the claim. `with` says what else is written. An event that the
    /// target's state refuses ends the step.
    pub(crate) async fn advance(
        &mut self,
        event: Event,
        at: Timestamp,
        with: impl FnOnce(Change) -> Change,
    ) -> Result<(), Stop> {
        let seen = std::mem::take(&mut self.seen);
        match self.posts.advance(&self.record, event, at, |change| seen.noted_with(with(change))).await? {
            Write::Done(record) => {
                self.wrote(record);
                Ok(())
            }
            Write::Refused(NotAdvanced::Refused(_)) => Err(Stop::With(Then::Done)),
            Write::Refused(NotAdvanced::Conflict(_)) => Err(StepError::Fenced.into()),
        }
    }

    /// Lets the target begin, since its time has come. That is worth no write of its own: the next one says more.
    pub(crate) fn enqueue(&mut self) -> Result<(), Stop> {
        self.record.state = apply(&self.record.state, Event::Enqueue).map_err(|_| Stop::With(Then::Done))?;
        Ok(())
    }

    /// The same as [`advance`](Self::advance), and the claim goes on.
    pub(crate) async fn advance_claimed(
        &mut self,
        event: Event,
        at: Timestamp,
        with: impl FnOnce(Change) -> Change,
    ) -> Result<(), Stop> {
        let end = self.claim_end();
        self.advance(event, at, |change| with(change).held_until(end)).await
    }

    /// Lets an event happen to the target together with the place that it takes in its account's line, or neither.
    /// `with` says what else is written. An event that the target's state refuses ends the step.
    pub(crate) async fn advance_in_line(
        &mut self,
        event: Event,
        at: Timestamp,
        with: impl FnOnce(Change) -> Change,
        place: &PaceWrite,
    ) -> Result<Write<(), Conflict<AccountRecord>>, Stop> {
        let Ok(state) = apply(&self.record.state, event) else { return Err(Stop::With(Then::Done)) };
        // A conflict in the line comes before any call to TikTok: there is nothing seen that could be lost.
        let change = std::mem::take(&mut self.seen).noted_with(with(Change::to(state, at)));
        match self.posts.change_in_line(&self.record, change, place).await? {
            Write::Done(record) => {
                self.wrote(record);
                Ok(Write::Done(()))
            }
            Write::Refused(NotInLine::Target(_)) => Err(StepError::Fenced.into()),
            Write::Refused(NotInLine::Pace(conflict)) => Ok(Write::Refused(conflict)),
        }
    }

    /// Writes TikTok's id of the pull that this worker has just told it of. Whoever took the target over meanwhile does not
    /// know it: it is written over what they wrote, as long as that is about the same pull.
    pub(crate) async fn know(&mut self, publish_id: &PublishId, log_id: Option<&LogId>) -> Result<(), Stop> {
        let told = self.record.state.pull().cloned();
        let copies = |record: &TargetRecord| record.state.pull().map(|pull| pull.copies.clone());
        loop {
            let at = Timestamp::now();
            let event = Event::PullKnown { publish_id: publish_id.clone(), at };
            let note = format!("TikTok accepted the post as {publish_id}, and fetches it");
            match self.posts.advance(&self.record, event, at, |change| change.note(note, log_id)).await? {
                Write::Done(record) => {
                    self.wrote(record);
                    return Ok(());
                }
                Write::Refused(NotAdvanced::Conflict(Conflict::Changed(now)))
                    if copies(&now).is_some() && copies(&now) == told.as_ref().map(|pull| pull.copies.clone()) =>
                {
                    self.record = *now;
                }
                // A webhook was faster.
                Write::Refused(NotAdvanced::Refused(_) | NotAdvanced::Conflict(_)) => {
                    return Err(StepError::Fenced.into());
                }
            }
        }
    }

    /// When a claim ends that is written now.
    pub(crate) fn claim_end(&self) -> Timestamp {
        self.claim_time.end()
    }

    /// Ends a target that can't be published; at most a part of its bytes is at TikTok.
    pub(crate) async fn abandon(&mut self, failure: Failure, log_id: Option<&LogId>) -> Result<Then, Stop> {
        let at = Timestamp::now();
        let note = format!("given up: {}", failed(&failure).message);
        self.advance(Event::Abandon { failure, at }, at, |change| change.note(note, log_id)).await?;
        Ok(Then::Done)
    }

    /// Writes a change if no other worker wrote meanwhile.
    pub(crate) async fn write(&mut self, change: Change) -> Result<(), StepError> {
        let change = std::mem::take(&mut self.seen).noted_with(change);
        let written = self.posts.change(&self.record, change).await?;
        self.wrote(written.done().ok_or(StepError::Fenced)?);
        Ok(())
    }

    /// Takes over a transfer that another worker began: from this write on that one, if it lives, is fenced.
    pub(crate) async fn take_over(&mut self) -> Result<(), StepError> {
        let change = Change::to(self.record.state.clone(), Timestamp::now());
        self.write(change.held_until(self.claim_time.end()).note("a worker resumes the upload", None)).await
    }

    /// Notes progress and ends the claim; the sweep requeues the target at `due`. `with` says what else is written.
    pub(crate) async fn wait_until(
        &mut self,
        due: Timestamp,
        with: impl FnOnce(Change) -> Change,
    ) -> Result<(), StepError> {
        let requeues = self.record.requeues;
        let change = Change { requeues, ..Change::to(self.state_with_sent(), Timestamp::now()).due(due) };
        self.write(with(change)).await
    }

    /// Whether certainly nobody has sent the last of several chunks.
    pub(crate) const fn lacks_last_chunk(&self) -> bool {
        matches!(self.record.state, TargetState::Uploading { last_chunk_unsent: true, .. })
    }

    /// Remembers that the last chunk is about to be sent, for the next write.
    pub(crate) const fn note_last_chunk(&mut self) {
        self.last_chunk = true;
    }

    /// Remembers what TikTok answered, for the timeline and the next write.
    pub(crate) fn saw(&mut self, what: impl Into<String>, log_id: Option<&LogId>) {
        self.seen.notes.push(Note::new(Timestamp::now(), what, log_id));
    }

    /// Remembers the status that TikTok reported, for the next write.
    pub(crate) fn saw_status(&mut self, status: StatusWord, log_id: Option<&LogId>) {
        self.saw(tiktok_says(&status), log_id);
        self.seen.status = Some(status);
    }

    /// The last status that TikTok reported.
    pub(crate) fn last_status(&self) -> Option<&StatusWord> {
        self.seen.status.as_ref().or(self.record.tiktok_status.as_ref())
    }

    /// Remembers how many bytes TikTok has, for the next write.
    pub(crate) const fn note_sent(&mut self, bytes: u64) {
        self.sent = Some(bytes);
    }

    /// Whether our own last write began this transfer, so that certainly nothing of it has been sent.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Remembers that TikTok has refused the account's access token. Answers whether it did so before in this invocation:
    /// then a refresh does not help.
    pub(crate) const fn token_was_refused(&mut self) -> bool {
        std::mem::replace(&mut self.token_refused, true)
    }

    /// Whether the last write is so long ago that progress is worth another one.
    pub(crate) fn is_stale(&self) -> bool {
        self.written.elapsed() >= self.claim_time.heartbeat()
    }

    /// The state with what is known to be sent, or about to be.
    fn state_with_sent(&self) -> TargetState {
        let noted = self.sent.map(|bytes| Event::Sent { bytes }).into_iter();
        let noted = noted.chain(self.last_chunk.then_some(Event::LastChunk));
        // What is noted already is refused, and stays.
        noted.fold(self.record.state.clone(), |state, event| apply(&state, event).unwrap_or(state))
    }

    fn wrote(&mut self, record: TargetRecord) {
        tracing::info!(
            post.id = %record.post, account.id = %record.account, state = record.state.name().as_str(),
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
        self.last_chunk = false;
    }
}

impl Claimable for Target<'_> {
    type Error = StepError;

    async fn renew(&mut self, until: Timestamp) -> Result<(), StepError> {
        self.write(Change::to(self.state_with_sent(), Timestamp::now()).held_until(until)).await
    }

    /// The pause is SQS's business: the sweep looks when it always does.
    async fn release(&mut self, _pause: Duration, why: &str) -> Result<(), StepError> {
        self.write(Change::to(self.state_with_sent(), Timestamp::now()).note(why, None)).await
    }
}
