//! What a verdict writes into the event log, in the same transaction that makes it so.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde_json::{Value, json};

use super::{Findings, Media, MediaReason, MediaRecord, MediaState};
use crate::StoreError;
use crate::events::{Event, EventKind, Events};

impl Media {
    /// The table that records verdicts on media. Whoever judges media needs one.
    #[must_use]
    pub fn recording(self, events: Events) -> Self {
        Self { events: Some(events), ..self }
    }

    /// The write of the verdict that this media now has, if there is one, and a log.
    pub(super) fn note(&self, judged: &MediaRecord) -> Result<Option<TransactWriteItem>, StoreError> {
        let kind = match judged.state {
            MediaState::Pending => return Ok(None),
            MediaState::Ready { .. } => EventKind::MediaReady,
            MediaState::Failed { .. } => EventKind::MediaFailed,
        };
        let Some(log) = &self.events else { return Ok(None) };
        // A version is written once, so that a verdict is one event, however often it is asked for.
        let occasion = format!("{} {}", judged.id, judged.version);
        let event = Event::new(judged.tenant.clone(), kind, &occasion, judged.updated_at, data(judged));
        log.in_transaction(&event).map(Some)
    }
}

fn data(media: &MediaRecord) -> Value {
    let found = media.state.findings();
    json!({
        "media_id": media.id,
        "status": media.state.as_str(),
        "filename": media.filename,
        "content_type": found.map_or(media.declared_type.as_str(), |found| found.media_type.content_type()),
        "size_bytes": media.size_bytes(),
        "duration_seconds": found.and_then(Findings::duration_seconds),
        "width": found.and_then(|found| found.width),
        "height": found.and_then(|found| found.height),
        "reasons": media.state.reasons().iter().map(reason).collect::<Vec<_>>(),
    })
}

fn reason(reason: &MediaReason) -> Value {
    json!({
        "code": reason.code,
        "message": reason.message,
        "cure": reason.cure,
        "measured": reason.measured,
        "allowed": reason.allowed,
    })
}
