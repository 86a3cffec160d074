//! Writing down what media was found to be: once, with what it counts and the log entry that tells of it.

use jiff::Timestamp;
use serde_dynamo::to_attribute_value;

use super::storage_count::Delta;
use super::{Media, MediaReason, MediaRecord, MediaState, NoRoom};
use crate::item::{number, read, text};
use crate::transact::{did_not_hold, met, transact};
use crate::{StoreError, Write};

/// What became of a verdict.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    /// This is how the media is now: as it was judged, or as somebody judged it before.
    Now(Box<MediaRecord>),
    /// The media is gone.
    Gone,
    /// It is larger than the plan has room for; nothing was written.
    NoRoom(NoRoom),
}

/// How often a verdict is written anew because the media changed meanwhile.
const TRIES: u32 = 8;

impl Media {
    /// Writes down what was found. What is ready stays as it is, and so does a verdict on the very same object: then
    /// somebody was first. Safe to run twice and next to a twin.
    pub async fn mark_verified(
        &self,
        record: &MediaRecord,
        state: MediaState,
        now: Timestamp,
    ) -> Result<Judged, StoreError> {
        self.judge(record, state, now, |_| true).await.map(|judged| judged.unwrap_or(Judged::Gone))
    }

    /// Writes down that an import came to nothing, if `worker` still holds it. Answers nothing if it does not: then its
    /// failure says nothing about what another worker may yet bring.
    pub async fn fail_import(
        &self,
        record: &MediaRecord,
        worker: &str,
        reasons: Vec<MediaReason>,
        now: Timestamp,
    ) -> Result<Option<Judged>, StoreError> {
        let state = MediaState::Failed { object: None, findings: None, reasons };
        let held = |media: &MediaRecord| media.import.as_ref().is_some_and(|import| import.is_held_by(worker));
        self.judge(record, state, now, held).await
    }

    /// Judges the media as long as `may` holds of it.
    async fn judge(
        &self,
        record: &MediaRecord,
        state: MediaState,
        now: Timestamp,
        may: impl Fn(&MediaRecord) -> bool,
    ) -> Result<Option<Judged>, StoreError> {
        let mut before = record.clone();
        for _ in 0..TRIES {
            if !before.is_there() {
                return Ok(Some(Judged::Gone));
            }
            if !may(&before) {
                return Ok(None);
            }
            if before.state.outlasts(&state) {
                return Ok(Some(Judged::Now(Box::new(before))));
            }
            let judged = before.clone().judged(state.clone(), &self.rules.lifetimes, now);
            let delta = Delta { count: 0, before: before.charged_bytes, after: judged.charged_bytes };
            let update = self
                .update(&judged)
                .set("state", to_attribute_value(&judged.state)?)
                .set("version", number(judged.version))
                .set("charged_bytes", number(judged.charged_bytes))
                .set("updated_at", text(judged.updated_at.to_string()))
                .set("due_at", number(judged.due_at.0))
                .when("#version = :seen AND attribute_not_exists(deleting_since)")
                .with(":seen", number(before.version));
            let mut items = vec![update.in_transaction()?];
            let count = self.count(&judged.tenant, delta)?;
            let counts = count.is_some();
            items.extend(count);
            items.extend(self.log(&judged)?);
            let reasons = match transact(&self.client, items).await? {
                Write::Done(()) => return Ok(Some(Judged::Now(Box::new(judged)))),
                Write::Refused(reasons) => reasons,
            };
            match reasons.as_slice() {
                [changed, ..] if did_not_hold(changed) => match met(changed) {
                    Some(item) => before = read(item.clone())?,
                    None => return Ok(Some(Judged::Gone)),
                },
                [_, room, ..] if counts && did_not_hold(room) => {
                    return self.no_room(met(room), delta).map(|no_room| Some(Judged::NoRoom(no_room)));
                }
                _ => return Err(StoreError::Aws(format!("a verdict was refused for {reasons:?}"))),
            }
        }
        Err(StoreError::Aws("the media changed again and again while it was judged".to_owned()))
    }
}
