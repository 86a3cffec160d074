//! A request's body as JSON.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use slipway_contract::{ApiError, ErrorCode, Issue, json};
use slipway_domain::Hidden;
use slipway_domain::limits::JSON_MAX_BYTES;

use crate::ErrorResponse;

/// A request's body as a JSON object, with its bytes for fingerprints.
#[derive(Debug)]
pub struct JsonObject {
    /// The object.
    pub object: Hidden<Map<String, Value>>,
    /// The body verbatim.
    pub bytes: Hidden<Bytes>,
}

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = ErrorResponse;

    /// An empty body is an empty object: what is missing is then said field by field.
    async fn from_request(request: Request, _: &S) -> Result<Self, ErrorResponse> {
        let declared = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let declared = declared.trim().to_ascii_lowercase();
        if declared.starts_with("multipart/") {
            return Err(not_json_at_all());
        }
        let bytes = to_bytes(request.into_body(), JSON_MAX_BYTES).await.map_err(|_| {
            invalid_body(
                format!("the body is larger than {JSON_MAX_BYTES} bytes"),
                "Send media as files, not inside JSON.",
            )
        })?;
        if json::without_mark(&bytes).iter().all(u8::is_ascii_whitespace) {
            return Ok(Self { object: Map::new().into(), bytes: bytes.into() });
        }
        match json::read(&bytes) {
            Ok(Value::Object(object)) => Ok(Self { object: object.into(), bytes: bytes.into() }),
            Ok(_) => Err(invalid_body("the body is JSON, but not an object".to_owned(), "Send an object: {…}.")),
            // What `curl -d` declares by default; it is JSON all the same if it reads as JSON, as above.
            Err(_) if declared.starts_with("application/x-www-form-urlencoded") && !begins_an_object(&bytes) => {
                Err(not_json_at_all())
            }
            Err(issues) => Err(ApiError::from_issues(issues).into()),
        }
    }
}

fn begins_an_object(bytes: &[u8]) -> bool {
    json::without_mark(bytes).trim_ascii_start().first() == Some(&b'{')
}

fn not_json_at_all() -> ErrorResponse {
    let message = "The body must be JSON. Send it with Content-Type: application/json.";
    ErrorResponse(ApiError::new(ErrorCode::Http415, message).with_field("body"))
}

fn invalid_body(message: String, cure: &str) -> ErrorResponse {
    ErrorResponse(ApiError::from_issue(Issue::invalid("body", message, cure).with_code(ErrorCode::BodyInvalid)))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn read(declared: &str, body: &'static str) -> Result<Map<String, Value>, ErrorCode> {
        let request = Request::builder().header(CONTENT_TYPE, declared).body(Body::from(body)).unwrap();
        let read = JsonObject::from_request(request, &()).await;
        read.map(|json| json.object.0).map_err(|failure| failure.0.code)
    }

    #[test]
    fn a_body_is_not_printed() {
        let json = JsonObject { object: Map::new().into(), bytes: Bytes::from_static(b"secret").into() };
        assert_eq!(format!("{json:?}"), "JsonObject { object: (..), bytes: (..) }");
    }

    #[tokio::test]
    async fn a_json_object_is_read_whatever_curl_declares_and_nothing_else_is() {
        let curl = "application/x-www-form-urlencoded";
        for (declared, body, expected) in [
            ("application/json", r#"{"a":1}"#, None),
            ("application/json; charset=utf-8", r#" {"a":1} "#, None),
            (curl, r#"{"a":1}"#, None),
            ("text/plain", r#"{"a":1}"#, None),
            ("application/json", "", None),
            (curl, "a=1", Some(ErrorCode::Http415)),
            ("multipart/form-data; boundary=x", r#"{"a":1}"#, Some(ErrorCode::Http415)),
            ("application/json", r#"{"a":"#, Some(ErrorCode::BodyInvalid)),
            ("application/json", "[1]", Some(ErrorCode::BodyInvalid)),
            ("application/json", "null", Some(ErrorCode::BodyInvalid)),
            ("application/json", "\0", Some(ErrorCode::BodyInvalid)),
            ("application/json", "\u{feff}{\"a\":1}", None),
            ("application/json", "\u{feff}", None),
            (curl, "\u{feff}{\"a\":1,\"a\":2}", Some(ErrorCode::FieldInvalid)),
            (curl, "\u{feff}a=1", Some(ErrorCode::Http415)),
            ("application/json", r#"{"a":1,"a":2}"#, Some(ErrorCode::FieldInvalid)),
            (curl, r#"{"a":1,"a":2}"#, Some(ErrorCode::FieldInvalid)),
            ("application/json", r#"{"a":"\ud83d"}"#, Some(ErrorCode::FieldInvalid)),
        ] {
            assert_eq!(read(declared, body).await.err(), expected, "{declared}: {body}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_deep_or_too_large_is_refused_in_bounded_memory() {
        let deep: &'static str = Box::leak("{\"a\":".repeat(100_000).into_boxed_str());
        assert_eq!(read("application/json", deep).await, Err(ErrorCode::BodyInvalid));
        let large: &'static str = Box::leak(format!("{{\"a\":\"{}\"}}", "x".repeat(JSON_MAX_BYTES)).into_boxed_str());
        assert_eq!(read("application/json", large).await, Err(ErrorCode::BodyInvalid));
    }
}
