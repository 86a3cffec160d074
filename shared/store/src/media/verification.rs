//! Writing down what media was found to be: once, with what it counts and the log entry that tells of it.

use jiff::Timestamp;
use serde_dynamo::to_attribute_value;
use slipway_domain::{Chain, WorkerId};

use super::storage_count::Delta;
use super::{Media, MediaReason, MediaRecord, MediaState, NoRoom};
use crate::item::{number, read, seconds, text};
use crate::transact::{did_not_hold, met, transact};
use crate::{Conflict, StoreError, Write};

/// Why it was not written down what media was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotVerified {
    /// The media is gone.
    Gone,
    /// It is larger than the plan has room for.
    NoRoom(NoRoom),
}

/// How often it is tried to write a state, if the media changes meanwhile.
const TRIES: u32 = 8;

impl Media {
    /// Writes down what was found. What is ready stays as it is, and so does what was found in the very same object:
    /// then another writer was first. If `record` has an object already, its caller has seen that another one has taken
    /// its place. Safe to run twice and next to a twin.
    ///
    /// Answers the media as it is now: as it was found to be by this caller, or by an earlier one.
    pub async fn mark_verified(
        &self,
        record: &MediaRecord,
        state: MediaState,
        now: Timestamp,
    ) -> Result<Write<MediaRecord, NotVerified>, StoreError> {
        Ok(match self.settle(record, state, now, |_| true).await? {
            Write::Done(media) => Write::Done(media),
            Write::Refused(Unsettled::NoRoom(no_room)) => Write::Refused(NotVerified::NoRoom(no_room)),
            Write::Refused(Unsettled::Conflict(_)) => Write::Refused(NotVerified::Gone),
        })
    }

    /// Writes down that an import came to nothing, if `worker` still holds it. Otherwise its failure says nothing about
    /// what another worker may yet bring.
    pub async fn fail_import(
        &self,
        record: &MediaRecord,
        worker: &WorkerId,
        reasons: Vec<MediaReason>,
        now: Timestamp,
    ) -> Result<Write<MediaRecord>, StoreError> {
        let state = MediaState::Failed { object: None, findings: None, reasons };
        let held = |media: &MediaRecord| media.import.as_ref().is_some_and(|import| import.is_held_by(worker));
        match self.settle(record, state, now, held).await? {
            Write::Done(media) => Ok(Write::Done(media)),
            Write::Refused(Unsettled::Conflict(conflict)) => Ok(Write::Refused(conflict)),
            Write::Refused(Unsettled::NoRoom(no_room)) => Err(StoreError::Aws(Chain::of(no_room))),
        }
    }

    /// Writes the state, as long as `may` holds of the media.
    async fn settle(
        &self,
        record: &MediaRecord,
        state: MediaState,
        now: Timestamp,
        may: impl Fn(&MediaRecord) -> bool,
    ) -> Result<Write<MediaRecord, Unsettled>, StoreError> {
        let conflict = |conflict| Ok(Write::Refused(Unsettled::Conflict(conflict)));
        let is_replaced = |own: &MediaState| {
            own.object().is_some() && own.object() == record.state.object() && own.object() != state.object()
        };
        let mut before = record.clone();
        for _ in 0..TRIES {
            if !before.is_there() {
                return conflict(Conflict::Gone);
            }
            if !may(&before) {
                return conflict(Conflict::Changed(Box::new(before)));
            }
            if before.state.outlasts(&state) && !is_replaced(&before.state) {
                return Ok(Write::Done(before));
            }
            let after = before.clone().verified(state.clone(), &self.rules.lifetimes, now);
            match self.write_state(&before, after).await? {
                Write::Refused(Unsettled::Conflict(Conflict::Changed(now))) => before = *now,
                settled => return Ok(settled),
            }
        }
        Err(StoreError::Busy(Chain::of("the media changed again and again while it was verified")))
    }

    /// Writes the state that follows upon `before`, with what it counts and its log entry, if nothing has changed since.
    pub(super) async fn write_state(
        &self,
        before: &MediaRecord,
        after: MediaRecord,
    ) -> Result<Write<MediaRecord, Unsettled>, StoreError> {
        let delta = Delta { count: 0, before: before.charged_bytes, after: after.charged_bytes, plan: after.plan };
        let update = self
            .update_unchanged(before)
            .set("state", to_attribute_value(&after.state)?)
            .set("version", number(after.version))
            .set("charged_bytes", number(after.charged_bytes))
            .set("updated_at", text(after.updated_at.to_string()))
            .set("due_at", seconds(after.due_at));
        let mut items = vec![update.in_transaction()?];
        let count = self.count(&after.tenant, delta)?;
        let counts = count.is_some();
        items.extend(count);
        items.extend(self.log(&after)?);
        let reasons = match transact(&self.client, items).await? {
            Write::Done(()) => return Ok(Write::Done(after)),
            Write::Refused(reasons) => reasons,
        };
        Ok(Write::Refused(match reasons.as_slice() {
            [changed, ..] if did_not_hold(changed) => {
                Unsettled::Conflict(met(changed).cloned().map(read::<MediaRecord>).transpose()?.into())
            }
            [_, room, ..] if counts && did_not_hold(room) => Unsettled::NoRoom(self.no_room(met(room), delta)?),
            _ => return Err(StoreError::refused("a state of media", &reasons)),
        }))
    }
}

/// Why a state was not written.
pub(super) enum Unsettled {
    Conflict(Conflict<MediaRecord>),
    NoRoom(NoRoom),
}
