//! Letting an event happen to a target: the rules decide, one conditional write follows.

use jiff::Timestamp;
use slipway_domain::{Event, Refused, apply};

use super::{Change, Lost, Posts, TargetRecord};
use crate::StoreError;

/// What came of an event for a target.
#[derive(Debug)]
pub enum Advanced {
    /// The state that follows is written. This is the target now.
    Written(Box<TargetRecord>),
    /// The event does not apply to the target's state: late and repeated events are normal. Nothing was written.
    Refused(Refused),
    /// Another writer was first. This is what it wrote, if the target is still there: read it, never overwrite it.
    Conflict(Option<Box<TargetRecord>>),
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
    ) -> Result<Advanced, StoreError> {
        let state = match apply(&read.state, event) {
            Ok(state) => state,
            Err(refused) => return Ok(Advanced::Refused(refused)),
        };
        Ok(match self.change(read, with(Change::to(state, at))).await? {
            Ok(written) => Advanced::Written(Box::new(written)),
            Err(Lost(now)) => Advanced::Conflict(now),
        })
    }
}
