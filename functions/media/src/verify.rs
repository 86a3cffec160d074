//! `POST /v1/media/{id}/verify`: verifies what was uploaded, unless it is ready already.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_media::{Unverified, drop_parts, refuse};
use slipway_store::Write;
use slipway_store::media::{MediaRecord, MediaState, NoRoom};

use crate::items::find;
use crate::{App, conflict, not_found, quota, view};

/// Verifies what was PUT.
pub(crate) async fn verify(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let record = find(&app, &caller, &id).await?;
    let verified = verified(&app, &record, || not_uploaded(&record)).await?;
    if matches!(record.state, MediaState::Pending) {
        drop_parts(&app.bucket, &record).await;
    }
    answer(&app, &verified).await
}

/// The media as its object makes it; what `not_uploaded` says if there is no object.
pub(crate) async fn verified(
    app: &App,
    record: &MediaRecord,
    not_uploaded: impl FnOnce() -> ErrorResponse,
) -> Result<MediaRecord, ErrorResponse> {
    let verified = slipway_media::verify(&app.media, &app.bucket, record).await;
    let verified = verified.map_err(|error| ErrorResponse::internal(&error))?;
    Err(match verified {
        Write::Done(media) => return Ok(media),
        Write::Refused(Unverified::NotUploaded) => not_uploaded(),
        Write::Refused(Unverified::Changing) => {
            let message = "The file was replaced while it was being read. Verify it again when the upload is done.";
            conflict(message, &format!("POST /v1/media/{}/verify", record.id))
        }
        Write::Refused(Unverified::Gone) => not_found(),
        Write::Refused(Unverified::NoRoom(no_room)) => {
            refused(app, record, &no_room).await;
            quota::not_kept(&no_room)
        }
    })
}

/// Removes what there is no room for. What can't be removed now the sweep removes, and an import its worker.
async fn refused(app: &App, record: &MediaRecord, no_room: &NoRoom) {
    if record.import.is_some() {
        return;
    }
    if let Err(error) = refuse(&app.media, &app.bucket, record, no_room, Timestamp::now()).await {
        tracing::warn!(media.id = %record.id, %error, "what the plan has no room for is left to the sweep");
    }
}

/// Success, and the media.
pub(crate) async fn answer(app: &App, record: &MediaRecord) -> Answer {
    Ok(json(StatusCode::OK, &view::verified(view::media(app, record).await?)))
}

/// What is missing, and how it comes.
pub(crate) fn not_uploaded(record: &MediaRecord) -> ErrorResponse {
    if record.import.is_some() {
        let (message, next_step) = match record.state {
            MediaState::Failed { .. } => (
                "This file could not be fetched; its reasons say why. Import it again.",
                "POST /v1/media/import".into(),
            ),
            MediaState::Pending | MediaState::Ready { .. } => (
                "This file is still being fetched, and is verified by itself when it has come. Look again in a moment.",
                format!("GET /v1/media/{}", record.id),
            ),
        };
        return conflict(message, &next_step);
    }
    if let MediaState::Failed { object: None, .. } = record.state {
        let message = "Nothing is kept of this file; its reasons say why. Upload it again.";
        return conflict(message, "POST /v1/media/upload-url");
    }
    if record.multipart.is_some() {
        let message = "The parts of this file have not been put together. PUT those that are missing, then POST to \
                       complete_url, which verifies the file, too.";
        return conflict(message, &format!("POST /v1/media/{}/complete", record.id));
    }
    let message = "Nothing has been uploaded for this media yet. PUT the file to the upload_url that came with its id, \
                   then verify it.";
    conflict(message, "PUT the file to upload_url")
}
