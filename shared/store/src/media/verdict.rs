//! Writing a verdict down: once, with what it counts and the event that tells of it.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;

use super::usage::Change;
use super::{Media, MediaReason, MediaRecord, MediaState, NoRoom, key, number, read, text};
use crate::StoreError;
use crate::transact::{Transacted, did_not_hold, met, transact};

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
            let change = Change { count: 0, before: before.charged_bytes, after: judged.charged_bytes };
            let mut items = vec![self.verdict(&before, &judged)?];
            let count = self.count(&judged.tenant, change)?;
            let counts = count.is_some();
            items.extend(count);
            items.extend(self.note(&judged)?);
            let reasons = match transact(&self.client, items).await? {
                Transacted::Written => return Ok(Some(Judged::Now(Box::new(judged)))),
                Transacted::Met(error) => return Err(error),
                Transacted::Refused(reasons) => reasons,
            };
            match reasons.as_slice() {
                [changed, ..] if did_not_hold(changed) => match met(changed) {
                    Some(item) => before = read(item.clone())?,
                    None => return Ok(Some(Judged::Gone)),
                },
                [_, room, ..] if counts && did_not_hold(room) => {
                    return self.no_room(met(room), change).map(|no_room| Some(Judged::NoRoom(no_room)));
                }
                _ => return Err(StoreError::Aws(format!("a verdict was refused for {reasons:?}"))),
            }
        }
        Err(StoreError::Aws("the media changed again and again while it was judged".to_owned()))
    }

    fn verdict(&self, before: &MediaRecord, judged: &MediaRecord) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(&judged.tenant, &judged.id)))
            .update_expression(
                "SET #state = :state, version = :version, charged_bytes = :charged, updated_at = :now, due_at = :due",
            )
            .condition_expression("version = :seen AND attribute_not_exists(deleting_since)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", to_attribute_value(&judged.state)?)
            .expression_attribute_values(":seen", number(before.version))
            .expression_attribute_values(":version", number(judged.version))
            .expression_attribute_values(":charged", number(judged.charged_bytes))
            .expression_attribute_values(":now", text(judged.updated_at.to_string()))
            .expression_attribute_values(":due", number(judged.due_at.0))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
