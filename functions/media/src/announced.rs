//! What callers announce about a file to come, and what of it can be true.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use slipway_contract::fields::Fields;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::ChunkPlan;
use slipway_domain::limits::{LONGEST_CONTENT_TYPE, LONGEST_FILE_NAME};
use slipway_domain::media::{CURE_OF_TOO_LARGE, shown_name};
use slipway_http::Params;

/// What a caller announces about a file.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    /// In bytes.
    pub(crate) size: Option<u64>,
    /// In hex.
    pub(crate) sha256: Option<String>,
    /// Whether the caller named the exact content type, so that it can be signed.
    pub(crate) names_type: bool,
    /// Whether the caller sends the headers that come with the URL, so that one can be signed which no client sends by
    /// itself.
    pub(crate) sends_headers: bool,
}

impl Announced {
    /// Reads the short form. Its clients PUT with headers of their own, so no type is exact, and no other header is sent.
    pub(crate) fn from_query(params: &Params, noted: &mut Diagnostics) -> Self {
        params.note_odd(&["filename", "media_type"], &[], noted);
        let issues = &mut noted.issues;
        Self {
            filename: params.one("filename").and_then(|name| filename(name, issues)),
            content_type: params.one("media_type").and_then(|name| content_type("media_type", name, issues)),
            ..Self::default()
        }
    }

    /// Reads the full form.
    pub(crate) fn from_fields(fields: &Fields<'_>, issues: &mut Vec<Issue>) -> Self {
        let media_type = fields.filled("media_type", issues);
        let named = fields.filled("content_type", issues).map(|text| ("content_type", text));
        let named = named.or(media_type.map(|text| ("media_type", text)));
        let name = fields.filled("filename", issues);
        let size = fields.count("size_bytes", issues);
        let digest = fields.filled("sha256", issues);
        Self {
            filename: name.and_then(|name| filename(name, issues)),
            content_type: named.and_then(|(field, text)| content_type(field, text, issues)),
            size: size.and_then(|size| size_bytes(size, issues)),
            sha256: digest.and_then(|digest| sha256(digest, issues)),
            names_type: named.is_some_and(|(_, text)| text.contains('/')),
            sends_headers: true,
        }
    }
}

/// A name to show, never a path.
pub(crate) fn filename(name: &str, issues: &mut Vec<Issue>) -> Option<String> {
    let fits = (1..=LONGEST_FILE_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fits {
        let message = format!("filename is not a name of 1 to {LONGEST_FILE_NAME} characters");
        issues.push(Issue::invalid("filename", message, "Send a plain file name, or leave it out."));
    }
    fits.then(|| shown_name(name))
}

/// A content type, with its parameters if it has some, or the words `video`, `image` and `photo`.
pub(crate) fn content_type(field: &'static str, text: &str, issues: &mut Vec<Issue>) -> Option<String> {
    let token = |part: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b);
        !part.is_empty() && part.bytes().all(fits)
    };
    let (essence, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
    let essence = essence.trim_end_matches(' ');
    let fits = text.len() <= LONGEST_CONTENT_TYPE
        && essence.split_once('/').is_some_and(|(kind, name)| token(kind) && token(name))
        && parameters.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && parameters
            .split(';')
            .skip(1)
            .all(|parameter| parameter.split_once('=').is_some_and(|(name, _)| token(name.trim())));
    match text {
        "video" => Some("video/mp4".to_owned()),
        "image" | "photo" => Some("image/jpeg".to_owned()),
        _ if fits => Some(format!("{}{parameters}", essence.to_ascii_lowercase())),
        _ => {
            let message = format!("{field} is not a content type");
            issues.push(Issue::invalid(field, message, "Send one such as video/mp4, or leave it out."));
            None
        }
    }
}

fn size_bytes(size: u64, issues: &mut Vec<Issue>) -> Option<u64> {
    let (message, cure) = match size {
        0 => ("size_bytes is 0: there is nothing to upload".to_owned(), "Send the file's size, or leave it out."),
        1..=ChunkPlan::MAX_FILE => return Some(size),
        _ => {
            let message = format!("size_bytes is {size}; TikTok takes at most {} bytes", ChunkPlan::MAX_FILE);
            (message, CURE_OF_TOO_LARGE)
        }
    };
    issues.push(Issue::invalid("size_bytes", message, cure));
    None
}

/// SHA-256 in hex, out of hex or Base64.
fn sha256(text: &str, issues: &mut Vec<Issue>) -> Option<String> {
    let digest = hex::decode(text).ok().or_else(|| BASE64_STANDARD.decode(text).ok()).filter(|bytes| bytes.len() == 32);
    if digest.is_none() {
        let message = "sha256 is not a SHA-256 digest";
        issues.push(Issue::invalid("sha256", message, "Send 64 hex digits or 44 characters of Base64."));
    }
    digest.map(hex::encode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_stand_in_a_header_is_no_content_type() {
        for (text, expected) in [
            ("video/mp4", Some("video/mp4")),
            ("Video/MP4", Some("video/mp4")),
            ("image/svg+xml", Some("image/svg+xml")),
            ("video", Some("video/mp4")),
            ("photo", Some("image/jpeg")),
            ("", None),
            ("/", None),
            ("video/", None),
            ("video/mp4\r\nX-Evil: 1", None),
            ("video/mp4; codecs=avc1.640028", Some("video/mp4; codecs=avc1.640028")),
            ("Video/WebM;codecs=vp9,opus", Some("video/webm;codecs=vp9,opus")),
            ("video/mp4 ;codecs=\"avc1, mp4a\"", Some("video/mp4;codecs=\"avc1, mp4a\"")),
            ("video/mp4;", None),
            ("video/mp4;codecs", None),
            ("video/mp4; codecs=a\r\nX-Evil: 1", None),
            ("video/mp4; codecs=é", None),
            ("text", None),
        ] {
            let mut issues = Vec::new();
            assert_eq!(content_type("content_type", text, &mut issues).as_deref(), expected, "{text:?}");
            assert_eq!(issues.is_empty(), expected.is_some());
        }
    }

    #[test]
    fn a_digest_is_taken_in_hex_and_base64() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (text, fits) in [
            (hex, true),
            ("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", true),
            ("", false),
            ("e3b0", false),
            (&hex[1..], false),
            ("zz", false),
        ] {
            let mut issues = Vec::new();
            assert_eq!(sha256(text, &mut issues).as_deref(), fits.then_some(hex), "{text}");
        }
    }

    #[test]
    fn a_size_is_from_one_byte_to_4_gb() {
        for (size, fits) in [(0, false), (1, true), (4_000_000_000, true), (4_000_000_001, false), (u64::MAX, false)] {
            assert_eq!(size_bytes(size, &mut Vec::new()).is_some(), fits, "{size}");
        }
    }
}
