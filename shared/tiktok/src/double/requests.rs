//! What the double receives.

use std::borrow::Cow;

use reqwest::header::{AUTHORIZATION, CONTENT_RANGE, HeaderMap};
use reqwest::{Body, Request};
use serde::Deserialize;
use slipway_domain::{Hidden, PrivacyLevel, Script};
use url::Url;

use super::{SCRIPT, TEXT};

/// A request, as far as the double reads it.
pub(super) struct Received {
    pub(super) url: Url,
    headers: HeaderMap,
    pub(super) body: Option<Body>,
}

/// What is asked to begin: the fields of all three init endpoints.
#[derive(Debug, Default, Deserialize)]
pub(super) struct InitBody {
    #[serde(default)]
    pub(super) post_info: PostInfo,
    pub(super) source_info: SourceInfo,
    /// Of the endpoint for photos alone.
    #[serde(default)]
    pub(super) post_mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct PostInfo {
    #[serde(default)]
    pub(super) privacy_level: Option<PrivacyLevel>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct SourceInfo {
    #[serde(default)]
    pub(super) video_size: Option<u64>,
    #[serde(default)]
    pub(super) video_url: Option<Hidden<String>>,
    #[serde(default)]
    pub(super) photo_images: Vec<Hidden<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ById {
    pub(super) publish_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct VideoQuery {
    pub(super) filters: VideoFilters,
}

#[derive(Debug, Deserialize)]
pub(super) struct VideoFilters {
    pub(super) video_ids: Vec<String>,
}

/// The bytes of a file that a chunk says it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) total: u64,
}

impl Received {
    pub(super) fn read(mut request: Request) -> Self {
        let body = request.body_mut().take();
        Self { url: request.url().clone(), headers: std::mem::take(request.headers_mut()), body }
    }

    /// The access token.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }

    /// The script that the post names, and the digest of its texts.
    pub(super) fn script(&self) -> Option<(Script, &str)> {
        let text = |name| self.headers.get(name)?.to_str().ok();
        Some((text(SCRIPT)?.parse().ok()?, text(TEXT)?))
    }

    /// The JSON body as what it is to be.
    pub(super) fn json<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        serde_json::from_slice(self.body.as_ref()?.as_bytes()?).ok()
    }

    /// A field of the form that the body is.
    pub(super) fn form(&self, name: &str) -> Option<Cow<'_, str>> {
        let body = self.body.as_ref()?.as_bytes()?;
        url::form_urlencoded::parse(body).find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// `Content-Range: bytes FIRST-LAST/TOTAL`.
    pub(super) fn content_range(&self) -> Option<ContentRange> {
        let text = self.headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
        let (bytes, total) = text.split_once('/')?;
        let (first, last) = bytes.split_once('-')?;
        Some(ContentRange { first: first.parse().ok()?, last: last.parse().ok()?, total: total.parse().ok()? })
    }
}
