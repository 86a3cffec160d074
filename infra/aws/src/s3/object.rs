//! What the index knows of an object.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use s3s::dto::{CopyObjectInput, CreateMultipartUploadInput, ETag, PutObjectInput, Timestamp};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// An object's record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct ObjectRecord {
    /// The files it consists of, in order: one, or one for each part of a multipart upload.
    pub(super) segments: Vec<Segment>,
    /// Without its quotation marks.
    pub(super) e_tag: String,
    pub(super) modified_ms: i64,
    pub(super) headers: StoredHeaders,
    pub(super) checksums: Checksums,
}

/// A stretch of an object that is one file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Segment {
    pub(super) blob: String,
    pub(super) size: u64,
}

/// Headers that are kept and given back as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct StoredHeaders {
    pub(super) content_type: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) metadata: Option<HashMap<String, String>>,
}

/// Checksums in base64, those the uploader gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Checksums {
    pub(super) crc32: Option<String>,
    pub(super) crc32c: Option<String>,
    pub(super) crc64nvme: Option<String>,
    pub(super) sha1: Option<String>,
    pub(super) sha256: Option<String>,
}

impl ObjectRecord {
    pub(super) fn size(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size).sum()
    }

    pub(super) fn tag(&self) -> ETag {
        ETag::Strong(self.e_tag.clone())
    }

    pub(super) fn modified(&self) -> Timestamp {
        timestamp(self.modified_ms)
    }
}

/// Whole seconds, because that is all an HTTP date carries; else an object would seem modified after itself.
pub(super) fn timestamp(ms: i64) -> Timestamp {
    let seconds = u64::try_from(ms / 1000).unwrap_or_default();
    Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// A length as S3's interface has it.
pub(super) fn length(bytes: u64) -> S3Result<i64> {
    i64::try_from(bytes).map_err(|_| s3_error!(EntityTooLarge))
}

/// What a request that makes an object says of it; each has the same headers.
macro_rules! stored_headers_of {
    ($($input:ty),+) => {$(
        impl From<&$input> for StoredHeaders {
            fn from(input: &$input) -> Self {
                Self {
                    content_type: input.content_type.clone(),
                    content_disposition: input.content_disposition.clone(),
                    content_encoding: content_encoding(input.content_encoding.as_deref()),
                    content_language: input.content_language.clone(),
                    cache_control: input.cache_control.clone(),
                    metadata: input.metadata.clone(),
                }
            }
        }
    )+};
}
stored_headers_of!(PutObjectInput, CreateMultipartUploadInput, CopyObjectInput);

/// `aws-chunked` tells how the request was sent, not what the object is, and S3 does not keep it.
fn content_encoding(header: Option<&str>) -> Option<String> {
    let kept: Vec<&str> =
        header?.split(',').map(str::trim).filter(|coding| !coding.is_empty() && *coding != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coding_of_the_request_is_not_kept_as_that_of_the_object() {
        for (header, kept) in [
            (None, None),
            (Some("aws-chunked"), None),
            (Some("gzip"), Some("gzip")),
            (Some("aws-chunked, gzip"), Some("gzip")),
        ] {
            assert_eq!(content_encoding(header).as_deref(), kept);
        }
    }
}
