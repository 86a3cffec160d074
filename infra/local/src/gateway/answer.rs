//! The HTTP response made of a function's answer, and the gateway's own answers.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::lambda::PAYLOAD_LIMIT;

/// The most bytes of a request body that API Gateway takes: 10 MB.
pub(super) const BODY_LIMIT: usize = 10 * 1024 * 1024;

pub(super) type Answer = Response<Full<Bytes>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Format2 {
    status_code: Json,
    #[serde(default)]
    headers: Option<Map<String, Json>>,
    #[serde(default)]
    multi_value_headers: Option<Map<String, Json>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// The response a function's answer stands for; `None` if API Gateway would not understand it.
///
/// JSON without a status code is the body of a 200.
pub(super) fn from_function(answer: &[u8]) -> Option<Answer> {
    let answer: Json = serde_json::from_slice(answer).ok()?;
    if answer.get("statusCode").is_none() {
        return Some(json_answer(StatusCode::OK, &answer));
    }
    let answer: Format2 = serde_json::from_value(answer).ok()?;
    // SDKs of some languages write the number as a string; API Gateway takes both.
    let status = match &answer.status_code {
        Json::String(text) => text.parse().ok()?,
        other => u16::try_from(other.as_u64()?).ok()?,
    };
    let body = answer.body.unwrap_or_default();
    let body = match answer.is_base64_encoded {
        Some(true) => Bytes::from(BASE64_STANDARD.decode(body).ok()?),
        Some(false) | None => Bytes::from(body),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    for (name, value) in answer.headers.unwrap_or_default() {
        headers.insert(name.parse::<HeaderName>().ok()?, header_value(&value)?);
    }
    for (name, values) in answer.multi_value_headers.unwrap_or_default() {
        let name: HeaderName = name.parse().ok()?;
        headers.remove(&name);
        for value in values.as_array()? {
            headers.append(&name, header_value(value)?);
        }
    }
    for cookie in answer.cookies.unwrap_or_default() {
        headers.append(header::SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    }
    // The server frames the body itself.
    for framing in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        headers.remove(framing);
    }
    Some(response)
}

fn header_value(value: &Json) -> Option<HeaderValue> {
    match value {
        Json::String(text) => HeaderValue::from_str(text).ok(),
        Json::Number(number) => HeaderValue::from_str(&number.to_string()).ok(),
        Json::Bool(flag) => HeaderValue::from_str(&flag.to_string()).ok(),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The gateway's own answer: a message in JSON.
pub(super) fn message(status: StatusCode, message: &str) -> Answer {
    json_answer(status, &json!({ "message": message }))
}

/// Which of the two limits a request is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// API Gateway's, on the body.
    Gateway,
    /// Lambda's, on the event that holds the body.
    Event,
}

/// Refuses a body that is too large, and says how to upload it instead.
pub(super) fn too_large(limit: Limit, headers: &HeaderMap, request_id: &str) -> Answer {
    let (limit_bytes, reason) = match limit {
        Limit::Gateway => (BODY_LIMIT, "API Gateway takes at most 10 MB in one request."),
        Limit::Event => (
            PAYLOAD_LIMIT,
            "Lambda takes at most 6 MB with all headers; a file grows by a third on the way there, which leaves about 4.5 MB for it.",
        ),
    };
    let request_id = callers_request_id(headers).unwrap_or(request_id);
    let body = json!({
        "message": "Request Entity Too Large",
        "error": {
            "code": "media.too_large_for_direct_upload",
            "message": format!(
                "The body is too large for a direct upload: {reason} Ask POST /v1/media/upload-url for an upload URL and PUT the file there."
            ),
            "meta": {
                "field": "body",
                "limit_bytes": limit_bytes,
                "next_step": "POST /v1/media/upload-url with {\"content_type\":\"video/mp4\",\"filename\":\"video.mp4\",\"size_bytes\":N}, then PUT the file to the upload_url",
            },
        },
        "request_id": request_id,
    });
    let mut answer = json_answer(StatusCode::PAYLOAD_TOO_LARGE, &body);
    if let Ok(value) = HeaderValue::from_str(request_id) {
        answer.headers_mut().insert("x-request-id", value);
    }
    answer
}

/// The caller's own request id, if it is fit to be repeated: 1 to 64 of letters, digits, `_` and `-`.
fn callers_request_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let fit =
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    fit.then_some(id)
}

fn json_answer(status: StatusCode, body: &Json) -> Answer {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn parts(answer: &Json) -> Option<(u16, HeaderMap, Bytes)> {
        let (parts, body) = from_function(answer.to_string().as_bytes())?.into_parts();
        Some((parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes()))
    }

    #[tokio::test]
    async fn a_full_answer_is_taken_over() {
        let answer = json!({
            "statusCode": 201,
            "headers": { "Content-Type": "application/json", "X-Count": 3, "Content-Length": "999" },
            "multiValueHeaders": { "link": ["<a>", "<b>"] },
            "cookies": ["a=1", "b=2; Path=/"],
            "body": "aGk=",
            "isBase64Encoded": true,
        });
        let (status, headers, body) = parts(&answer).await.unwrap();
        assert_eq!((status, &body[..]), (201, &b"hi"[..]));
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["x-count"], "3");
        assert_eq!(headers.get("content-length"), None);
        assert_eq!(headers.get_all("link").iter().count(), 2);
        assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
    }

    #[tokio::test]
    async fn json_without_a_status_is_the_body_of_a_200() {
        let (status, headers, body) = parts(&json!({ "ok": true })).await.unwrap();
        assert_eq!((status, &body[..]), (200, &br#"{"ok":true}"#[..]));
        assert_eq!(headers["content-type"], "application/json");
    }

    #[tokio::test]
    async fn an_answer_nobody_can_understand_is_none() {
        for answer in [
            json!({ "statusCode": 99 }),
            json!({ "statusCode": "ok" }),
            json!({ "statusCode": 200, "body": { "not": "a string" } }),
            json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "headers": { "a": "b\nc" } }),
        ] {
            assert!(parts(&answer).await.is_none(), "{answer}");
        }
        assert!(from_function(b"not json").is_none());
    }

    #[tokio::test]
    async fn a_body_too_large_is_refused_with_the_limit_and_the_cure() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_static("my-id_1"));
        for (limit, bytes) in [(Limit::Gateway, 10_485_760), (Limit::Event, 6_291_556)] {
            let (parts, body) = too_large(limit, &headers, "generated").into_parts();
            assert_eq!(parts.status, StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(parts.headers["x-request-id"], "my-id_1");
            let body: Json = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
            assert_eq!(body["error"]["code"], "media.too_large_for_direct_upload");
            assert_eq!(body["error"]["meta"]["limit_bytes"], bytes);
            assert!(body["error"]["meta"]["next_step"].as_str().unwrap().contains("/v1/media/upload-url"));
            assert_eq!(body["message"], "Request Entity Too Large");
            assert_eq!(body["request_id"], "my-id_1");
        }
        headers.insert("x-request-id", HeaderValue::from_static("not fit!"));
        assert_eq!(too_large(Limit::Event, &headers, "generated").headers()["x-request-id"], "generated");
    }
}
