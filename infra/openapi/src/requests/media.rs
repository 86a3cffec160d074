//! Bodies about media.

use schemars::JsonSchema;

/// A file that is to be uploaded. What is announced is signed into the URL.
#[derive(JsonSchema)]
pub(crate) struct AnnounceMedia {
    /// Its name.
    filename: Option<String>,
    /// Its type, such as `video/mp4`.
    content_type: Option<String>,
    /// The type by another name.
    media_type: Option<String>,
    /// Its exact size. Above 32 MiB the answer has parts, too.
    #[schemars(range(max = 4_000_000_000_u64))]
    size_bytes: Option<u64>,
    /// Its digest in hex or Base64, which S3 checks.
    sha256: Option<String>,
}

/// A file that is to be fetched.
#[derive(JsonSchema)]
pub(crate) struct ImportMedia {
    /// Its public https address.
    url: String,
    /// What to call it.
    filename: Option<String>,
}
