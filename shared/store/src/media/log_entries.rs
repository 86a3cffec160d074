//! What verifying media writes into its tenant's log, in the same transaction that makes it so.

use aws_sdk_dynamodb::types::TransactWriteItem;
use slipway_contract::event::MediaEventData;
use slipway_contract::media::ReasonView;
use slipway_domain::EventType;

use super::{Findings, Media, MediaRecord, MediaState};
use crate::StoreError;
use crate::events::{Events, Happened, LogEntry};

impl Media {
    /// The table that records what media was found to be. Whoever verifies media needs one.
    #[must_use]
    pub fn recording(self, events: Events) -> Self {
        Self { events: Some(events), ..self }
    }

    /// The write of what this media was found to be, if it was verified, and if there is a log.
    pub(super) fn log(&self, verified: &MediaRecord) -> Result<Option<TransactWriteItem>, StoreError> {
        let kind = match verified.state {
            MediaState::Pending => return Ok(None),
            MediaState::Ready { .. } => EventType::MediaReady,
            MediaState::Failed { .. } => EventType::MediaFailed,
        };
        let Some(log) = &self.events else { return Ok(None) };
        // A version is written once, so that a state is one entry, however often it is asked for.
        let occasion = format!("{} {}", verified.id, verified.version);
        let happened =
            Happened { kind, resource: verified.id.to_string(), accounts: Vec::new(), at: verified.updated_at };
        let entry = LogEntry::new(verified.tenant.clone(), &occasion, happened, &data(verified))?;
        log.in_transaction(&entry).map(Some)
    }
}

fn data(media: &MediaRecord) -> MediaEventData {
    let found = media.state.findings();
    MediaEventData {
        media_id: media.id.clone(),
        status: (&media.state).into(),
        filename: media.filename.clone(),
        content_type: media.content_type().to_owned(),
        size_bytes: media.size_bytes(),
        duration_seconds: found.and_then(Findings::duration_seconds),
        width: found.and_then(|found| found.width),
        height: found.and_then(|found| found.height),
        reasons: media.state.reasons().iter().map(ReasonView::from).collect(),
    }
}
