//! What callers are shown: what more than one route of this function shows is made here.

use aws_sdk_s3::presigning::PresigningConfig;
use jiff::Timestamp;
use slipway_contract::Time;
use slipway_contract::media::{
    ImportAccepted, MediaView, PartProgress, PartUrl, ReasonView, StorageView, UploadAborted, UploadInParts,
    UploadProgress, UploadUrl, Uploaded, Verified,
};
use slipway_domain::limits::LINK_LIFETIME;
use slipway_domain::{MediaId, chain};
use slipway_http::ErrorResponse;
use slipway_store::media::{Findings, MediaRecord, MultipartUpload, Usage};

use crate::App;
use crate::links::Links;
use crate::multipart::Progress;
use crate::put_url::PutUrl;

/// The media, with a link to its content that expires.
pub(crate) async fn media(app: &App, record: &MediaRecord) -> Result<MediaView, ErrorResponse> {
    // Once a post was made of it, its time begins with that post's end.
    let expires_at = record.posts.is_empty().then(|| record.kept_until(&app.media.rules().lifetimes));
    Ok(with_link(record, link(app, record).await?, expires_at))
}

async fn link(app: &App, record: &MediaRecord) -> Result<String, ErrorResponse> {
    let config =
        PresigningConfig::expires_in(LINK_LIFETIME.unsigned_abs()).map_err(|error| ErrorResponse::internal(&error))?;
    let get = app.bucket.object(&record.s3_key).get().response_content_type(record.content_type());
    // What nobody has verified may be anything, a page with a script too: a browser saves it and shows nothing.
    let unverified = record.state.findings().is_none().then(|| "attachment".to_owned());
    let get = get.set_response_content_disposition(unverified);
    let signed = get.presigned(config).await.map_err(|error| ErrorResponse::internal(&chain(&error)))?;
    Ok(signed.uri().to_owned())
}

fn with_link(record: &MediaRecord, url: String, expires_at: Option<Timestamp>) -> MediaView {
    let found = record.state.findings();
    MediaView {
        id: record.id.clone(),
        filename: record.filename.clone(),
        content_type: record.content_type().to_owned(),
        size_bytes: record.size_bytes().unwrap_or(0),
        status: (&record.state).into(),
        url: url.into(),
        created_at: record.created_at.into(),
        updated_at: record.updated_at.into(),
        expires_at: expires_at.map(Time::from),
        duration_seconds: found.and_then(Findings::duration_seconds),
        width: found.and_then(|found| found.width),
        height: found.and_then(|found| found.height),
        rotation: found.map(|found| found.rotation),
        frame_rate: found.and_then(|found| found.frame_rate),
        variable_frame_rate: found.map(|found| found.variable_frame_rate),
        video_codec: found.and_then(|found| found.video_codec.clone()),
        has_audio: found.map(|found| found.has_audio),
        reasons: record.state.reasons().iter().map(ReasonView::from).collect(),
        warnings: record.state.warnings().iter().map(|warning| warning.warning(&record.id)).collect(),
    }
}

/// The answer to a direct upload.
pub(crate) fn uploaded(mut media: MediaView, warnings: Vec<String>) -> Uploaded {
    media.warnings.extend(warnings);
    Uploaded { media_id: media.id.clone(), media }
}

/// The answer to a verification.
pub(crate) fn verified(media: MediaView) -> Verified {
    Verified { success: true, media_id: media.id.clone(), media }
}

/// The answer to an import that was accepted.
pub(crate) fn import_accepted(mut media: MediaView, warnings: Vec<String>) -> ImportAccepted {
    media.warnings.extend(warnings);
    ImportAccepted { media_id: media.id.clone(), media }
}

/// Where to PUT the file; `parts` are the URLs of an upload in parts.
pub(crate) fn upload_url(
    record: &MediaRecord,
    whole: PutUrl,
    parts: Option<(&MultipartUpload, Vec<PartUrl>)>,
    links: Links,
    expires_at: Timestamp,
    warnings: Vec<String>,
) -> UploadUrl {
    UploadUrl {
        media_id: record.id.clone(),
        upload_url: whole.url.into(),
        method: "PUT",
        headers: whole.headers,
        expires_at: expires_at.into(),
        status: (&record.state).into(),
        verify_url: links.verify,
        in_parts: parts.map(|(upload, parts)| UploadInParts {
            part_size: upload.part_size,
            parts,
            complete_url: links.complete,
            abort_url: links.abort,
            resume_url: links.resume,
        }),
        warnings,
    }
}

/// How far an upload in parts has come.
pub(crate) fn progress(
    record: &MediaRecord,
    upload: &MultipartUpload,
    progress: &Progress,
    parts: Vec<PartProgress>,
    links: Links,
    expires_at: Timestamp,
) -> UploadProgress {
    UploadProgress {
        media_id: record.id.clone(),
        status: (&record.state).into(),
        size_bytes: record.size_bytes(),
        part_size: upload.part_size,
        uploaded_bytes: progress.uploaded_bytes(),
        expires_at: expires_at.into(),
        parts,
        complete_url: links.complete,
        abort_url: links.abort,
    }
}

/// An upload that was given up.
pub(crate) fn aborted(id: MediaId) -> UploadAborted {
    UploadAborted { success: true, media_id: id }
}

/// How much a tenant keeps.
pub(crate) fn storage(usage: &Usage, limit: Option<u64>) -> StorageView {
    let limit_bytes = limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    StorageView { used_bytes: usage.bytes, limit_bytes, count: usage.count }
}

#[cfg(test)]
mod tests;
