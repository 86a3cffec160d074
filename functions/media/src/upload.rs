//! `POST /v1/media/upload`: a small file in the request itself.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode};
use slipway_domain::MediaId;
use slipway_domain::limits::REQUEST_FILE_MAX_BYTES;
use slipway_http::auth::Caller;
use slipway_http::form::{FormFile, TooLarge};
use slipway_http::repeat::{IdempotencyKey, in_progress, replayed};
use slipway_http::{Answer, ErrorResponse, json, unknown_fields};
use slipway_media::{S3Error, remove, state_of};
use slipway_store::Write;
use slipway_store::guards::Guard;
use slipway_store::media::{MediaRecord, MediaState, NotVerified, StoredObject};
use slipway_video::ProbeError;

use crate::announced::content_type;
use crate::items::made;
use crate::verify::verified;
use crate::{App, not_found, quota, view};

/// Takes the file, verifies it, and keeps it: ready, or failed with its reasons, as a file is that came another way.
pub(crate) async fn upload(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    request: Request,
) -> Answer {
    let unknown = unknown_fields(request.headers());
    let mut noted = Diagnostics::default();
    let file = FormFile::read(request, &mut noted, too_large).await?;
    let (id, now) = (MediaId::from_uuid(uuid::Uuid::now_v7()), Timestamp::now());
    // What the file says. The form around it has another boundary each time.
    let own = key.of(&[file.name.as_bytes(), file.declared_type.as_bytes(), &file.content], id.as_str(), now);
    if let Some(standing) = own.earlier(&app.media.guards(), now).await? {
        // What was taken once is not refused later.
        return again(&app, &caller, file, &standing, noted.finish(UnknownFields::Warn)?).await;
    }
    let warnings = noted.finish(unknown)?;
    // The record first, which takes its room: if we die in between, the sweep finds it, and an object with it.
    // Only to show it: the content decides. One that no uploader could announce says nothing.
    let declared = content_type("", &file.declared_type, &mut Vec::new());
    let declared = declared.unwrap_or_else(|| "application/octet-stream".to_owned());
    let record = MediaRecord::new(caller.tenant().clone(), id, file.name.clone(), declared, now);
    let size_bytes = u64::try_from(file.content.len()).unwrap_or(u64::MAX);
    // Nobody has an URL to put another file there.
    let record = MediaRecord {
        write_once: true,
        ..record.announced(Some(size_bytes)).under(caller.plan).of_brands(caller.reach.brands())
    };
    if let Write::Refused(why) = app.media.put_once(&record, own.guard()).await? {
        return again(&app, &caller, file, &quota::not_put(&own, why)?, warnings).await;
    }
    let kept = keep(&app, &record, file.content.0).await;
    // Whoever has a key repeats the request, which then goes on with this record.
    if kept.is_err() && own.guard().is_none() {
        give_up(&app, &record).await;
    }
    let record = kept?;
    tracing::info!(media.id = %record.id, status = record.state.as_str(), size_bytes, "media uploaded");
    created(&app, &record, warnings).await
}

async fn created(app: &App, record: &MediaRecord, warnings: Vec<String>) -> Answer {
    Ok(json(StatusCode::CREATED, &view::uploaded(view::media(app, record).await?, warnings)))
}

/// The answer to a repeated request: the media as it is now. If the earlier request has died before its file was kept,
/// this one does what was left.
async fn again(app: &App, caller: &Caller, file: FormFile, standing: &Guard, warnings: Vec<String>) -> Answer {
    let record = made(app, caller, standing).await?;
    let record = match record.state {
        MediaState::Pending => keep(app, &record, file.content.0).await?,
        MediaState::Ready { .. } | MediaState::Failed { .. } => record,
    };
    Ok(replayed(created(app, &record, warnings).await?))
}

/// Stores the file of a record and writes down what it is. A twin may do the same at the same time: the first object
/// stays.
async fn keep(app: &App, record: &MediaRecord, content: Bytes) -> Result<MediaRecord, ErrorResponse> {
    let probe = match slipway_video::probe(&content).await {
        // The bytes are in memory; there is nothing to fail.
        Err(error @ ProbeError::Source(_)) => return Err(ErrorResponse::internal(&error)),
        probe => probe,
    };
    let size_bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
    let content_type = probe.as_ref().map_or("application/octet-stream", |probe| probe.container.content_type());
    let put = app.bucket.object(&record.s3_key).put().content_type(content_type).if_none_match("*");
    let etag = match put.body(content.into()).send().await.map_err(S3Error::from) {
        Ok(stored) => stored.e_tag.ok_or_else(|| ErrorResponse::internal(&"S3 stored an object without an ETag"))?,
        Err(S3Error::Changed) => return verified(app, record, in_progress).await,
        Err(error) => return Err(ErrorResponse::internal(&error)),
    };
    let state = state_of(probe, StoredObject { etag, size_bytes });
    match app.media.mark_verified(record, state, Timestamp::now()).await? {
        Write::Done(record) => Ok(record),
        Write::Refused(NotVerified::Gone) => Err(not_found()),
        Write::Refused(NotVerified::NoRoom(no_room)) => Err(quota::no_room(&no_room)),
    }
}

/// Takes back media whose object could not be stored. If that fails, too, the sweep does it in time.
async fn give_up(app: &App, record: &MediaRecord) {
    let given_up = async {
        match app.media.mark_deleting(record, Timestamp::now()).await? {
            Write::Done(marked) => remove(&app.media, &app.bucket, &marked).await,
            Write::Refused(_) => Ok(()),
        }
    };
    if let Err(error) = given_up.await {
        tracing::warn!(media.id = %record.id, %error, "left to the sweep");
    }
}

/// Names the next call, ready to be made.
fn too_large(file: TooLarge<'_>) -> ApiError {
    let size = file.map_or_else(|| "The file".to_owned(), |(_, size)| format!("The file has {size} bytes, which"));
    let message = format!(
        "{size} is too large for a direct upload of at most {REQUEST_FILE_MAX_BYTES} bytes. Ask POST /v1/media/upload-url \
         for an upload_url and PUT the file there."
    );
    let announced = file.map_or_else(
        || "{}".to_owned(),
        |(filename, size)| format!(r#"{{"filename":{},"size_bytes":{size}}}"#, Value::from(filename)),
    );
    ApiError::new(ErrorCode::MediaTooLarge, message)
        .with_field("file")
        .with_max_bytes(REQUEST_FILE_MAX_BYTES)
        .with_size_bytes(file.and_then(|(_, size)| size.try_into().ok()))
        .with_next_step(format!("POST /v1/media/upload-url with {announced}, then PUT the file to upload_url"))
        .with_cause(Cause::Caller)
}
