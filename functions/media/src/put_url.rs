//! URLs to which a file, or a part of one, can be PUT without our credentials.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use slipway_domain::chain;
use slipway_http::ErrorResponse;
use slipway_store::media::{MediaRecord, MultipartUpload};

use crate::App;
use crate::part_plan::Part;

/// How long a PUT may be begun.
const LIFETIME: Duration = Duration::from_hours(1);

/// The URL, and the headers that must go with the PUT: S3 refuses it without them, or with others.
pub(crate) struct PutUrl {
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// Signs a PUT of this media: with its size and SHA-256 where they were announced, and with `content_type` if the
/// caller named one, so that S3 refuses anything else.
pub(crate) async fn whole(
    app: &App,
    record: &MediaRecord,
    content_type: Option<&str>,
) -> Result<PutUrl, ErrorResponse> {
    let digest = record.sha256.as_deref().and_then(|digest| hex::decode(digest).ok());
    let signed = app
        .bucket
        .object(&record.s3_key)
        .put()
        .set_content_type(content_type.map(str::to_owned))
        .set_content_length(record.declared_size.and_then(|size| i64::try_from(size).ok()))
        .set_checksum_sha256(digest.map(|digest| BASE64_STANDARD.encode(digest)))
        .presigned(config()?)
        .await
        .map_err(|error| ErrorResponse::internal(&chain(&error)))?;
    let headers = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(PutUrl { url: signed.uri().to_owned(), headers })
}

/// Signs a PUT of one part with its exact size, so that S3 refuses a longer or shorter one. Every client sends the
/// length by itself, browsers too, and nothing else is signed.
pub(crate) async fn part(
    app: &App,
    record: &MediaRecord,
    upload: &MultipartUpload,
    part: Part,
) -> Result<String, ErrorResponse> {
    let signed = app
        .bucket
        .object(&record.s3_key)
        .part(&upload.upload_id, part.number)
        .set_content_length(i64::try_from(part.size).ok())
        .presigned(config()?)
        .await
        .map_err(|error| ErrorResponse::internal(&chain(&error)))?;
    Ok(signed.uri().to_owned())
}

/// When URLs that are signed now or a moment later expire.
pub(crate) fn expiry(now: Timestamp) -> Timestamp {
    let lifetime = SignedDuration::try_from(LIFETIME).unwrap_or_default();
    now.saturating_add(lifetime).unwrap_or(now)
}

fn config() -> Result<PresigningConfig, ErrorResponse> {
    PresigningConfig::expires_in(LIFETIME).map_err(|error| ErrorResponse::internal(&error))
}
