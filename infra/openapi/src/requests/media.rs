//! Bodies about media.

use schemars::JsonSchema;

/// A file's name, or nothing.
pub(crate) const FILE_NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// A content type with its parameters, a word for some, or nothing.
pub(crate) const CONTENT_TYPE: &str =
    r"^(video|image|photo|[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+ *(; *[A-Za-z0-9!#$&^_.+-]+ *=[ -:<-~]*)*)?$";

/// A file that is to be uploaded. What is announced is signed into the URL.
#[derive(JsonSchema)]
pub(crate) struct AnnounceMedia {
    /// Its name.
    #[schemars(length(max = 255), regex(pattern = FILE_NAME))]
    filename: Option<String>,
    /// Its type, such as `video/mp4`, or one of the words `video`, `image` and `photo`.
    #[schemars(length(max = 127), regex(pattern = CONTENT_TYPE))]
    content_type: Option<String>,
    /// The type by another name, where `content_type` is left out.
    media_type: Option<String>,
    /// Its exact size. Above 32 MiB the answer has parts, too.
    #[schemars(range(min = 1, max = 4_000_000_000_u64))]
    size_bytes: Option<u64>,
    /// Its SHA-256 in hex or Base64, which S3 checks.
    #[schemars(regex(pattern = r"^([0-9A-Fa-f]{64}|[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)?$"))]
    sha256: Option<String>,
}

/// A file that is to be fetched.
#[derive(JsonSchema)]
pub(crate) struct ImportMedia {
    /// Its public https address.
    #[schemars(regex(pattern = r"^https?://"))]
    url: String,
    /// What to call it.
    #[schemars(length(max = 255), regex(pattern = FILE_NAME))]
    filename: Option<String>,
}
