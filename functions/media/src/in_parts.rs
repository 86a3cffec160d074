//! An upload in parts on its way: how far it is, its end, and giving it up.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::media::PartProgress;
use slipway_domain::Hidden;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, json};
use slipway_media::{drop_parts, remove};
use slipway_store::media::{MediaRecord, MediaState, MultipartUpload};

use crate::items::{find_own, find_to_end};
use crate::links::Links;
use crate::multipart::{self, Completed, Progress};
use crate::verify::{self, answer, verified};
use crate::{App, conflict, named, put_url, view};

/// `GET /v1/media/{id}/upload`: which parts are there, and new URLs for those that are not.
pub(crate) async fn resume(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    let record = find_own(&app, &caller, &id).await?;
    let upload = in_progress(&record)?;
    let now = Timestamp::now();
    let Some(progress) = multipart::progress(&app, &record, upload).await? else {
        let message = "S3 knows no upload in parts of this media any more: it was completed, or given up. Complete it \
                       to learn which.";
        return Err(conflict(message, &format!("POST /v1/media/{}/complete", record.id)));
    };
    let mut parts = Vec::new();
    for (part, uploaded) in progress.parts() {
        let url = if uploaded { None } else { Some(put_url::part(&app, &record, upload, part).await?) };
        let url = url.map(Hidden);
        parts.push(PartProgress { number: part.number, size: part.size, uploaded, url });
    }
    let links = Links::of(&app, &headers, &record.id);
    let answer = view::progress(&record, upload, &progress, parts, links, put_url::expiry(now));
    Ok(json(StatusCode::OK, &answer))
}

/// `POST /v1/media/{id}/complete`: puts the parts together and verifies the file.
///
/// Each step asks S3 how things are, so it may be repeated after any crash and run next to a twin: once the parts are
/// an object, all that is left is to look at it. Media without parts is verified, no more.
pub(crate) async fn complete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let record = find_own(&app, &caller, &id).await?;
    let is_ready = matches!(record.state, MediaState::Ready { .. });
    let mut parts = Parts::None;
    if let Some(upload) = record.multipart.as_ref().filter(|_| !is_ready) {
        parts = put_together(&app, &record, upload).await?;
    }
    let verified = verified(&app, &record, || not_uploaded(&record)).await?;
    if parts == Parts::BesideAWhole {
        drop_parts(&app.bucket, &record).await;
    }
    answer(&app, &verified).await
}

/// The parts that are left when a file can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parts {
    /// None: they were put together, or there never were any.
    None,
    /// Some, which nobody needs: the file was PUT whole.
    BesideAWhole,
}

async fn put_together(app: &App, record: &MediaRecord, upload: &MultipartUpload) -> Result<Parts, ErrorResponse> {
    let Some(progress) = multipart::progress(app, record, upload).await? else { return Ok(Parts::None) };
    if !progress.missing().is_empty() {
        let whole = app.bucket.object(&record.s3_key).head().await.map_err(|error| ErrorResponse::internal(&error))?;
        return if whole.is_some() { Ok(Parts::BesideAWhole) } else { Err(incomplete(record, &progress)) };
    }
    match multipart::complete(app, record, upload, &progress).await? {
        Completed::Done => {
            tracing::info!(media.id = %record.id, size_bytes = record.declared_size, "parts put together");
            Ok(Parts::None)
        }
        Completed::NoSuchUpload => Ok(Parts::None),
        Completed::ObjectExists => Ok(Parts::BesideAWhole),
        Completed::Changing => {
            let message = "A part is being replaced at this very moment. Complete the upload again when that is done.";
            Err(conflict(message, &format!("POST /v1/media/{}/complete", record.id)))
        }
    }
}

/// `POST /v1/media/{id}/abort`: gives an upload up that nobody has verified yet; the media is gone.
///
/// It is marked first, so that nobody completes what is being torn down. Repeated after a crash it goes on where it
/// was; if it is not repeated, the sweep does.
pub(crate) async fn abort(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = named(&id)?;
    let record = find_to_end(&app, &caller, &id).await?;
    let marked = if !record.is_there() {
        record
    } else if !matches!(record.state, MediaState::Pending) {
        return Err(is_over(&record));
    } else {
        app.media.mark_deleting(&record, Timestamp::now()).await?.done().ok_or_else(|| {
            let message = "The media is being changed by another request at this moment. Give it up again in a second.";
            conflict(message, &format!("POST /v1/media/{id}/abort"))
        })?
    };
    remove(&app.media, &app.bucket, &marked).await.map_err(|error| ErrorResponse::internal(&error))?;
    tracing::info!(media.id = %marked.id, "upload given up");
    Ok(json(StatusCode::OK, &view::aborted(marked.id)))
}

/// The upload in parts, if there may still be one.
fn in_progress(record: &MediaRecord) -> Result<&MultipartUpload, ErrorResponse> {
    match (&record.state, &record.multipart) {
        (MediaState::Pending, Some(upload)) => Ok(upload),
        (MediaState::Pending, None) => {
            let message = "This media is not uploaded in parts. PUT the file to the upload_url that came with its id.";
            Err(conflict(message, "PUT the file to upload_url"))
        }
        (MediaState::Ready { .. } | MediaState::Failed { .. }, _) => Err(is_over(record)),
    }
}

fn is_over(record: &MediaRecord) -> ErrorResponse {
    let message =
        "The upload of this media is over: its file was verified. GET the media for the verdict, or DELETE it.";
    conflict(message, &format!("GET /v1/media/{}", record.id))
}

/// Names what is missing.
fn incomplete(record: &MediaRecord, progress: &Progress) -> ErrorResponse {
    let missing = progress.missing();
    let message = format!(
        "{} of {} parts are missing, or have another size than announced. PUT them, then complete the upload. GET \
         /v1/media/{}/upload gives new URLs.",
        missing.len(),
        progress.parts().count(),
        record.id
    );
    let ErrorResponse(error) = conflict(&message, &format!("GET /v1/media/{}/upload", record.id));
    ErrorResponse(error.with_missing_parts(missing).with_uploaded_bytes(progress.uploaded_bytes()))
}

/// What is said of an upload whose parts are gone after [`Lifetimes::PENDING`](slipway_store::media::Lifetimes::PENDING).
const NOT_FINISHED: &str = "The upload was given up, or not finished within two days. Begin a new one.";

/// There are no parts any more and no object either.
fn not_uploaded(record: &MediaRecord) -> ErrorResponse {
    if record.multipart.is_none() || !matches!(record.state, MediaState::Pending) {
        return verify::not_uploaded(record);
    }
    let ErrorResponse(error) = conflict(NOT_FINISHED, "POST /v1/media/upload-url");
    ErrorResponse(error.with_retryable(false))
}

#[cfg(test)]
mod tests {
    use slipway_store::media::Lifetimes;

    use super::*;

    #[test]
    fn how_long_an_upload_may_take_is_what_callers_are_told() {
        assert_eq!((Lifetimes::PENDING.as_hours(), NOT_FINISHED.contains("two days")), (2 * 24, true));
    }
}
