//! Letting an event happen to a target: the rules decide, one conditional write follows.

use jiff::Timestamp;
use slipway_domain::{Event, Refused, apply};

use super::{Change, Posts, TargetRecord};
use crate::{Conflict, StoreError, Write};

/// Why an event changed nothing.
#[derive(Debug)]
pub enum NotAdvanced {
    /// The event does not apply to the target's state: late and repeated events are normal.
    Refused(Refused),
    /// Another writer was first.
    Conflict(Conflict<TargetRecord>),
}

impl Posts {
    /// Lets `event` happen to the target as it was `read`, and writes the state that follows. `with` says what else the
    /// write changes, such as a note in the timeline.
    pub async fn advance(
        &self,
        read: &TargetRecord,
        event: Event,
        at: Timestamp,
        with: impl FnOnce(Change) -> Change,
    ) -> Result<Write<TargetRecord, NotAdvanced>, StoreError> {
        let state = match apply(&read.state, event) {
            Ok(state) => state,
            Err(refused) => return Ok(Write::Refused(NotAdvanced::Refused(refused))),
        };
        Ok(match self.change(read, with(Change::to(state, at))).await? {
            Write::Done(written) => Write::Done(written),
            Write::Refused(conflict) => Write::Refused(NotAdvanced::Conflict(conflict)),
        })
    }
}
