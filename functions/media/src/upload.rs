//! `POST /v1/media/upload`: a small file in the request itself.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request, State};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::Value;
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::{ApiError, Cause, Diagnostics, ErrorCode, Issue};
use slipway_domain::MediaId;
use slipway_domain::media::shown_name;
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, in_progress, replayed};
use slipway_http::{Answer, ErrorResponse, json, unknown_fields};
use slipway_media::{S3Error, remove, state_of};
use slipway_store::Write;
use slipway_store::guards::Guard;
use slipway_store::media::{MediaRecord, MediaState, NotVerified, StoredObject};
use slipway_video::ProbeError;

use crate::form::{self, parameter};
use crate::items::made;
use crate::verify::verified;
use crate::{App, not_found, quota, view};

/// The largest file of a direct upload, in bytes.
///
/// Lambda takes 6 MiB (6,291,456 bytes) of JSON, in which a body is a third larger; what is over is for headers and
/// the form around the file.
pub const MAX_DIRECT_UPLOAD: usize = 4_500_000;

/// The largest body that is read at all, in bytes: what API Gateway lets through. So a file that is too large for us
/// is still refused with its size.
pub(crate) const MAX_BODY: usize = 10 * 1024 * 1024;

/// A file as it came.
struct File {
    name: String,
    declared_type: String,
    content: Bytes,
}

/// Takes the file, verifies it, and keeps it: ready, or failed with its reasons, as a file is that came another way.
pub(crate) async fn upload(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    mut request: Request,
) -> Answer {
    let unknown = unknown_fields(request.headers());
    if let Some(form) = request.headers().get(CONTENT_TYPE).and_then(form::content_type) {
        request.headers_mut().insert(CONTENT_TYPE, form);
    }
    let multipart = Multipart::from_request(request, &app).await.map_err(|_| {
        let message = "The body must be a form with a file. Send it as multipart/form-data with the part `file`.";
        ErrorResponse(ApiError::new(ErrorCode::Http415, message).with("field", "body").with_cause(Cause::Caller))
    })?;
    let mut noted = Diagnostics::default();
    let file = read(multipart, &mut noted).await?;
    let (id, now) = (MediaId::from_uuid(uuid::Uuid::now_v7()), Timestamp::now());
    // What the file says. The form around it has another boundary each time.
    let own = key.of(&[file.name.as_bytes(), file.declared_type.as_bytes(), &file.content], id.as_str(), now);
    if let Some(standing) = own.earlier(&app.media.guards(), now).await? {
        // What was taken once is not refused later.
        return again(&app, &caller, file, &standing, noted.finish(UnknownFields::Warn)?).await;
    }
    let warnings = noted.finish(unknown)?;
    // The record first, which takes its room: if we die in between, the sweep finds it, and an object with it.
    let record = MediaRecord::new(caller.tenant.clone(), id, file.name.clone(), file.declared_type.clone(), now);
    let size_bytes = u64::try_from(file.content.len()).unwrap_or(u64::MAX);
    // Nobody has an URL to put another file there.
    let record = MediaRecord { write_once: true, ..record.announced(Some(size_bytes)) };
    if let Write::Refused(why) = app.media.put_once(&record, own.guard()).await? {
        return again(&app, &caller, file, &quota::not_put(&own, why)?, warnings).await;
    }
    let kept = keep(&app, &record, file.content).await;
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
async fn again(app: &App, caller: &Caller, file: File, standing: &Guard, warnings: Vec<String>) -> Answer {
    let record = made(app, caller, standing).await?;
    let record = match record.state {
        MediaState::Pending => keep(app, &record, file.content).await?,
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
        Err(S3Error::Changed) => return verified(app, record, || in_progress(1)).await,
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

/// Reads the one part `file`, and notes the names of others.
async fn read(mut multipart: Multipart, noted: &mut Diagnostics) -> Result<File, ErrorResponse> {
    let mut file = None;
    while let Some(part) = multipart.next_field().await.map_err(|error| unreadable(&error))? {
        let name = says(&part, "name").unwrap_or_default();
        if !name.eq_ignore_ascii_case("file") {
            noted.unknown_part(&name);
            continue;
        }
        if file.is_some() {
            let cure = "Upload one file a request.";
            let issue = Issue::invalid("file", "the form has more than one part `file`", cure);
            return Err(ErrorResponse(ApiError::from_issue(issue)));
        }
        file = Some(read_file(part).await?);
    }
    file.ok_or_else(|| {
        ErrorResponse(ApiError::from_issue(Issue::required("file", "Send the file as the form's part `file`.")))
    })
}

/// What a part says about itself.
fn says(part: &Field<'_>, name: &str) -> Option<String> {
    let field = part.headers().get(CONTENT_DISPOSITION)?;
    parameter(str::from_utf8(field.as_bytes()).ok()?, name)
}

async fn read_file(mut part: Field<'_>) -> Result<File, ErrorResponse> {
    let name = shown_name(&says(&part, "filename").unwrap_or_default());
    let declared_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
    let (mut content, mut size) = (BytesMut::new(), 0_usize);
    while let Some(chunk) = part.chunk().await.map_err(|error| unreadable(&error))? {
        size = size.saturating_add(chunk.len());
        if size <= MAX_DIRECT_UPLOAD {
            content.extend_from_slice(&chunk);
        }
    }
    if size > MAX_DIRECT_UPLOAD {
        return Err(too_large(Some((&name, size))));
    }
    Ok(File { name, declared_type, content: content.freeze() })
}

fn unreadable(error: &MultipartError) -> ErrorResponse {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(None);
    }
    let message = format!("the form can't be read: {}", error.body_text());
    let cure = "Send multipart/form-data whose boundary fits its Content-Type; most clients do that by themselves.";
    ErrorResponse(ApiError::from_issue(Issue::invalid("body", message, cure).with_code(ErrorCode::BodyInvalid)))
}

/// Names the next call, ready to be made.
fn too_large(file: Option<(&str, usize)>) -> ErrorResponse {
    let size = file.map_or_else(|| "The file".to_owned(), |(_, size)| format!("The file has {size} bytes, which"));
    let message = format!(
        "{size} is too large for a direct upload of at most {MAX_DIRECT_UPLOAD} bytes. Ask POST /v1/media/upload-url \
         for an upload_url and PUT the file there."
    );
    let announced = file.map_or_else(
        || "{}".to_owned(),
        |(filename, size)| format!(r#"{{"filename":{},"size_bytes":{size}}}"#, Value::from(filename)),
    );
    ErrorResponse(
        ApiError::new(ErrorCode::MediaTooLarge, message)
            .with("field", "file")
            .with("max_bytes", MAX_DIRECT_UPLOAD)
            .with("size_bytes", file.map(|(_, size)| size))
            .with("next_step", format!("POST /v1/media/upload-url with {announced}, then PUT the file to upload_url"))
            .with_cause(Cause::Caller),
    )
}
