//! An URL to which a file can be PUT without our credentials.

use std::time::Duration;

use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::presigning::PresigningConfig;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};
use slipway_runtime::http::Failure;
use slipway_store::media::MediaRecord;

use crate::App;

/// How long a PUT may be begun.
pub(crate) const LIFETIME: Duration = Duration::from_hours(1);

/// The URL, and the headers that must go with the PUT: S3 refuses it without them, or with others.
pub(crate) struct PutUrl {
    pub(crate) url: String,
    pub(crate) headers: Map<String, Value>,
}

/// Signs a PUT of this media: with its size and SHA-256 where they were announced, and with `content_type` if the
/// caller named one, so that S3 refuses anything else.
pub(crate) async fn sign(app: &App, record: &MediaRecord, content_type: Option<&str>) -> Result<PutUrl, Failure> {
    let config = PresigningConfig::expires_in(LIFETIME).map_err(|error| Failure::internal(&error))?;
    let digest = record.sha256.as_deref().and_then(|digest| hex::decode(digest).ok());
    let signed = app
        .s3
        .put_object()
        .bucket(&app.bucket)
        .key(&record.s3_key)
        .set_content_type(content_type.map(str::to_owned))
        .set_content_length(record.declared_size.and_then(|size| i64::try_from(size).ok()))
        .set_checksum_sha256(digest.map(|digest| BASE64_STANDARD.encode(digest)))
        .presigned(config)
        .await
        .map_err(|error| Failure::internal(&DisplayErrorContext(error)))?;
    let headers = signed.headers().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    Ok(PutUrl { url: signed.uri().to_owned(), headers })
}
