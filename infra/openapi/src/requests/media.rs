//! Bodies about media.

use schemars::JsonSchema;
use slipway_domain::limits::{LONGEST_CONTENT_TYPE, LONGEST_FILE_NAME, VIDEO_MAX_BYTES};

/// A file's name, or nothing.
pub(crate) const FILE_NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// A content type with its parameters, a word for some, or nothing.
pub(crate) const CONTENT_TYPE: &str =
    r"^(video|image|photo|[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+ *(; *[A-Za-z0-9!#$&^_.+-]+ *=[ -:<-~]*)*)?$";

/// A file to upload. What is announced here is signed into the URL.
#[derive(JsonSchema)]
pub(crate) struct AnnounceMedia {
    /// The file's name.
    #[schemars(length(max = LONGEST_FILE_NAME), regex(pattern = FILE_NAME))]
    filename: Option<String>,
    /// The content type, such as `video/mp4`, or one of the words `video`, `image` and `photo`.
    #[schemars(length(max = LONGEST_CONTENT_TYPE), regex(pattern = CONTENT_TYPE))]
    content_type: Option<String>,
    /// Another name for `content_type`, which wins.
    media_type: Option<String>,
    /// The exact size in bytes. Above 32 MiB the answer offers parts, too.
    #[schemars(range(min = 1, max = VIDEO_MAX_BYTES))]
    size_bytes: Option<u64>,
    /// The file's SHA-256 in hex or Base64, which S3 checks.
    #[schemars(regex(pattern = r"^([0-9A-Fa-f]{64}|[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)?$"))]
    sha256: Option<String>,
}

/// A file to import.
#[derive(JsonSchema)]
pub(crate) struct ImportMedia {
    /// The file's public https address.
    #[schemars(regex(pattern = r"^https?://"))]
    url: String,
    /// A name for the file.
    #[schemars(length(max = LONGEST_FILE_NAME), regex(pattern = FILE_NAME))]
    filename: Option<String>,
}
