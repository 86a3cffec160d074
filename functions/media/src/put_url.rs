//! URLs to which a file, or a part of one, can be PUT without our credentials.

use std::collections::BTreeMap;

use aws_sdk_s3::presigning::PresigningConfig;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use slipway_domain::limits::PUT_URL_LIFETIME;
use slipway_domain::{Part, chain};
use slipway_http::ErrorResponse;
use slipway_store::media::{MediaRecord, MultipartUpload};

use crate::App;

/// The URL, and the headers that must go with the PUT: S3 refuses it without them, or with others. Those that every
/// client sends by itself are left out, and so are those that are not signed.
pub(crate) struct PutUrl {
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// Signs a PUT of this media: with its size and SHA-256 where they were announced, and with `content_type` if the
/// caller named one, so that S3 refuses anything else. If it is written once, S3 also refuses whatever comes after the
/// first file.
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
        .set_if_none_match(record.write_once.then(|| "*".to_owned()))
        .set_checksum_sha256(digest.map(|digest| BASE64_STANDARD.encode(digest)))
        .presigned(config()?)
        .await
        .map_err(|error| ErrorResponse::internal(&chain(&error)))?;
    let headers = signed.headers().filter(|(name, _)| is_to_send(signed.uri(), name));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(PutUrl { url: signed.uri().to_owned(), headers })
}

/// Whether the caller has to send this header. Lambda has the SDK add one about traces, which it does not sign.
fn is_to_send(url: &str, name: &str) -> bool {
    const BY_EVERY_CLIENT: [&str; 2] = ["host", "content-length"];
    let signed = url.split(['?', '&']).find_map(|pair| pair.strip_prefix("X-Amz-SignedHeaders=")).unwrap_or_default();
    let is_signed = signed.split("%3B").any(|signed| signed == name);
    is_signed && !BY_EVERY_CLIENT.contains(&name)
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
    now.saturating_add(PUT_URL_LIFETIME).unwrap_or(now)
}

fn config() -> Result<PresigningConfig, ErrorResponse> {
    PresigningConfig::expires_in(PUT_URL_LIFETIME.unsigned_abs()).map_err(|error| ErrorResponse::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_to_be_sent_if_it_is_signed_and_clients_leave_it_out() {
        let url =
            "https://s3/a?X-Amz-Date=1&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&x=1";
        for (name, is_sent) in [
            ("content-type", true),
            ("if-none-match", true),
            ("content-length", false),
            ("host", false),
            ("x-amzn-trace-id", false),
            ("content", false),
        ] {
            assert_eq!(is_to_send(url, name), is_sent, "{name}");
        }
        assert!(!is_to_send("https://s3/a", "content-type"));
    }
}
