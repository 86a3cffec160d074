//! Whose turn it is: one tenant, and one server, hold no more than their share of the workers.
//!
//! An import holds a slot of its tenant, and then one of the server that it fetches from, whoever's import it is. What
//! finds none leaves its worker at once and waits in line: nobody polls for it. Whoever frees a slot calls the next in
//! line by a message. A call that is lost is made good by the sweep.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::ImportMessage;
use slipway_domain::schedule::{IMPORT_CALL_LOST, SLOT_OUTLASTS_IT_BY};
use slipway_domain::{Reach, TenantId};
use slipway_runtime::Deadline;
use slipway_store::media::{MediaRecord, MediaState};
use slipway_store::slots::{Member, SlotLine, SlotTurn, imports_of};

use crate::{Importer, StepError};

/// How many in line are passed over at most because their media is gone or settled by now.
const PASSED_OVER: usize = 10;

impl Importer {
    /// Takes the import's slots, or has it wait in line. A worker that dies keeps them until its end; whoever goes on
    /// with the same import has them, too.
    pub(crate) async fn take_turn(&self, media: &MediaRecord, deadline: Deadline) -> Result<bool, StepError> {
        let note = serde_json::to_string(&media.import_message()).unwrap_or_default();
        let member = Member { name: media.id.to_string(), note };
        // One that waits for its server holds its tenant's slot all the while.
        let left = SignedDuration::try_from(deadline.left()).unwrap_or(IMPORT_CALL_LOST);
        let until = Timestamp::now() + left.max(IMPORT_CALL_LOST) + SLOT_OUTLASTS_IT_BY;
        for line in self.lines(media) {
            match self.slots.take(&line, &member, until).await? {
                SlotTurn::Now(next) => drop(self.call(&line, next).await?),
                SlotTurn::Waits => {
                    tracing::info!(media.id = %media.id, line = line.name, "no slot is free; waits in line");
                    // What is gone is no longer due.
                    self.media
                        .put_off(&media.tenant, &media.id, Timestamp::now() + IMPORT_CALL_LOST)
                        .await?
                        .either_way();
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Frees the import's slots, and calls who is next in line for each. Safe to repeat.
    pub(crate) async fn end_turn(&self, media: &MediaRecord) -> Result<(), StepError> {
        // The server's first: who is called for the tenant's may need one of this server.
        for line in self.lines(media).iter().rev() {
            self.free(line, media.id.as_str()).await?;
        }
        Ok(())
    }

    /// The same for media that is gone. Where it was to be fetched from is not known any more: that slot ends by itself.
    pub(crate) async fn end_turn_of_gone(&self, message: &ImportMessage) -> Result<(), StepError> {
        self.free(&self.line_of(&message.tenant), message.media.as_str()).await
    }

    async fn free(&self, line: &SlotLine, member: &str) -> Result<(), StepError> {
        for _ in 0..PASSED_OVER {
            let next = self.slots.free(line, member).await?;
            if next.is_empty() || self.call(line, next).await? {
                break;
            }
        }
        Ok(())
    }

    /// Calls these by a message each. Answers whether one of them still waits for something.
    async fn call(&self, line: &SlotLine, members: Vec<Member>) -> Result<bool, StepError> {
        let mut waits = false;
        for member in members {
            // Media that is gone is called, too: its tenant's slot, which it may have, is freed then.
            if let Ok(message) = serde_json::from_str::<ImportMessage>(&member.note) {
                self.imports.send(message.tenant.as_str(), &message, Duration::ZERO).await?;
                let media = self.media.get(&Reach::whole(&message.tenant), &message.media).await?;
                waits |= media.is_some_and(|media| media.state == MediaState::Pending);
            }
            self.slots.called(line, &member.name).await?;
        }
        Ok(waits)
    }

    /// What the import needs a slot of, in the order in which they are taken.
    fn lines(&self, media: &MediaRecord) -> Vec<SlotLine> {
        let url = media.import.as_ref().and_then(|import| self.internet.parse(import.url.expose()).ok());
        // An address that is not called any more holds no server.
        let server =
            url.map(|url| SlotLine { name: format!("import-server#{}", url.host()), slots: self.shares.server });
        [Some(self.line_of(&media.tenant)), server].into_iter().flatten().collect()
    }

    fn line_of(&self, tenant: &TenantId) -> SlotLine {
        SlotLine { name: imports_of(tenant), slots: self.shares.tenant }
    }
}
