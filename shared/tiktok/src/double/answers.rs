//! What the double answers: TikTok's envelope, and the flat bodies of the token endpoint.

use reqwest::header::{CONTENT_RANGE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;
use slipway_domain::ApiErrorCode;

use crate::answer::Answer;

use super::requests::{Received, VideoQuery};

/// An answer that is not sent yet.
pub(super) struct Reply {
    status: u16,
    /// How many bytes of an upload have arrived, of how many.
    progress: Option<(u64, u64)>,
    body: Body,
}

enum Body {
    Empty,
    /// In the envelope.
    Data(Value),
    Error {
        code: ApiErrorCode,
        message: &'static str,
    },
    /// The token endpoint's.
    Flat(Value),
}

#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    error: EnvelopeError<'a>,
}

#[derive(Serialize)]
struct EnvelopeError<'a> {
    code: &'a str,
    message: &'a str,
    log_id: &'a str,
}

#[derive(Serialize)]
struct FlatError {
    error: &'static str,
    error_description: &'static str,
}

#[derive(Serialize)]
struct VideoData {
    videos: Vec<Video>,
    cursor: i64,
    has_more: bool,
}

#[derive(Serialize)]
struct Video {
    id: String,
    like_count: u64,
    comment_count: u64,
    share_count: u64,
    view_count: u64,
}

impl Reply {
    /// What was asked for.
    pub(super) fn data(data: &impl Serialize) -> Self {
        Self { status: 200, progress: None, body: Body::Data(value(data)) }
    }

    /// The access token is not one that counts.
    pub(super) const fn token_refused() -> Self {
        Self::error(401, ApiErrorCode::AccessTokenInvalid, "The access token is invalid or not found.")
    }

    /// A refusal.
    pub(super) const fn error(status: u16, code: ApiErrorCode, message: &'static str) -> Self {
        Self { status, progress: None, body: Body::Error { code, message } }
    }

    /// What the token endpoint gives.
    pub(super) fn flat(body: &impl Serialize) -> Self {
        Self { status: 200, progress: None, body: Body::Flat(value(body)) }
    }

    /// With what the token endpoint refuses. Its HTTP status is 200 all the same.
    pub(super) fn flat_error(error: &'static str, error_description: &'static str) -> Self {
        Self::flat(&FlatError { error, error_description })
    }

    /// Success, and nothing to say.
    pub(super) const fn empty() -> Self {
        Self { status: 200, progress: None, body: Body::Empty }
    }

    /// Success in the envelope, and nothing to say.
    pub(super) fn empty_data() -> Self {
        Self { status: 200, progress: None, body: Body::Data(Value::Object(serde_json::Map::new())) }
    }

    /// The answer to a chunk, after which so many bytes of all have arrived.
    pub(super) const fn chunk(status: u16, progress: Option<(u64, u64)>) -> Self {
        Self { status, progress, body: Body::Empty }
    }

    /// The videos of a creator who has none that people see.
    pub(super) fn no_videos() -> Self {
        Self::data(&VideoData { videos: Vec::new(), cursor: 0, has_more: false })
    }

    /// The videos that were asked for, which nobody has watched yet.
    pub(super) fn videos(received: &Received) -> Self {
        let ids = received.json::<VideoQuery>().map(|query| query.filters.video_ids).unwrap_or_default();
        let video = |id| Video { id, like_count: 0, comment_count: 0, share_count: 0, view_count: 0 };
        Self::data(&VideoData { videos: ids.into_iter().map(video).collect(), cursor: 0, has_more: false })
    }

    pub(super) fn into_answer(self, endpoint: &'static str, log_id: &str) -> Answer {
        let mut headers = HeaderMap::new();
        let mut header =
            |name: HeaderName, text: &str| HeaderValue::from_str(text).map(|value| headers.insert(name, value));
        // Letters, digits and what a range has: a header can hold them.
        let _ = header(HeaderName::from_static("x-tt-logid"), log_id);
        if let Some((arrived, total)) = self.progress {
            let _ = header(CONTENT_RANGE, &format!("bytes 0-{}/{total}", arrived.saturating_sub(1)));
        }
        let enveloped = |data, code, message| {
            serde_json::to_vec(&Envelope { data, error: EnvelopeError { code, message, log_id } })
        };
        let body = match &self.body {
            Body::Empty => return Answer::new(endpoint, self.status, headers, Vec::new()),
            Body::Data(data) => enveloped(Some(data), "ok", ""),
            Body::Error { code, message } => enveloped(None, code.as_str(), message),
            Body::Flat(body) => serde_json::to_vec(body),
        };
        Answer::new(endpoint, self.status, headers, body.unwrap_or_default())
    }
}

/// Structs of texts and numbers always have a value; without one an answer is as unreadable as it should be.
fn value(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}
