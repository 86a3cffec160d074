//! Where a video's bytes go.

use std::fmt;

use url::Url;

use crate::config::{is_loopback, is_tiktok, is_under};

/// The URL that TikTok gave for one upload. Whoever holds it can write the video, so it is a secret.
///
/// It leads to TikTok's own upload hosts (https under `tiktokapis.com`). When the client is set up for another server
/// than TikTok's, it may also lead to that server's host, or from loopback to loopback.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadUrl(Url);

/// Why a text is no URL to upload to. Does not contain it, nor does what it came of: the words of a
/// [`ParseError`](url::ParseError) are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadUrlError {
    /// It is no URL.
    #[error("the upload URL can't be parsed")]
    NotAUrl(#[source] url::ParseError),
    /// It leads to a host that is not TikTok's.
    #[error("the upload URL leads to a host that is not TikTok's, or is not https")]
    ForeignHost,
}

impl UploadUrl {
    /// Reads and checks what a server at `api_base` gave, or what was stored of it.
    pub fn parse(text: &str, api_base: &Url) -> Result<Self, UploadUrlError> {
        let url = Url::parse(text).map_err(UploadUrlError::NotAUrl)?;
        let plain = url.username().is_empty() && url.password().is_none();
        let tiktok = url.scheme() == "https" && is_under(&url, "tiktokapis.com");
        let elsewhere = !is_tiktok(api_base)
            && matches!(url.scheme(), "http" | "https")
            && (url.host() == api_base.host() || is_loopback(&url) && is_loopback(api_base));
        if plain && (tiktok || elsewhere) { Ok(Self(url)) } else { Err(UploadUrlError::ForeignHost) }
    }

    /// The URL in clear: for the vault that seals it, for nothing else.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for UploadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadUrl(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIKTOK: &str = "https://open.tiktokapis.com/";

    #[test]
    fn bytes_go_to_tiktok_only() {
        for (api_base, text, allowed) in [
            (TIKTOK, "https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=x", true),
            (TIKTOK, "https://upload.us.tiktokapis.com/video/", true),
            (TIKTOK, "https://tiktokapis.com/video/", true),
            (TIKTOK, "http://open-upload.tiktokapis.com/video/", false),
            (TIKTOK, "https://eviltiktokapis.com/video/", false),
            (TIKTOK, "https://open-upload.tiktokapis.com.evil.example/", false),
            (TIKTOK, "https://user:pw@open-upload.tiktokapis.com/", false),
            (TIKTOK, "https://127.0.0.1/video/", false),
            (TIKTOK, "http://localhost:9000/video/", false),
            (TIKTOK, "https://evil.example/?tiktokapis.com", false),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000/upload/1", true),
            ("http://127.0.0.1:9000/", "http://localhost:1/upload/1", true),
            ("http://127.0.0.1:9000/", "http://[::1]:7/upload/1", true),
            ("http://127.0.0.1:9000/", "http://169.254.169.254/latest/", false),
            ("http://127.0.0.1:9000/", "http://10.0.0.1/", false),
            ("https://tiktok.test/", "https://tiktok.test:8443/up", true),
            ("https://tiktok.test/", "http://tiktok.test/up", true),
            ("https://tiktok.test/", "http://127.0.0.1/up", false),
            ("https://tiktok.test/", "ftp://tiktok.test/up", false),
            ("https://tiktok.test/", "https://other.test/up", false),
            ("https://tiktok.test/", "https://open-upload.tiktokapis.com/video/", true),
        ] {
            let parsed = UploadUrl::parse(text, &api_base.parse().unwrap());
            assert_eq!(parsed.is_ok(), allowed, "{api_base} {text}");
        }
        let why = UploadUrlError::NotAUrl(url::ParseError::RelativeUrlWithoutBase);
        assert_eq!(UploadUrl::parse("no url", &TIKTOK.parse().unwrap()), Err(why));
        assert_eq!(why.to_string(), "the upload URL can't be parsed");
    }

    #[test]
    fn the_url_is_kept_whole_and_not_shown() {
        let text = "https://open-upload.tiktokapis.com/video/?upload_id=67890&upload_token=Xza123%2B";
        let url = UploadUrl::parse(text, &TIKTOK.parse().unwrap()).unwrap();
        assert_eq!(url.expose(), text);
        assert_eq!(format!("{url:?}"), "UploadUrl(..)");
    }
}
