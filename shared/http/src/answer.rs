//! Answers over HTTP: the error envelope, request ids, trailing slashes.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde_json::Value;
use slipway_contract::service::Moved;
use slipway_contract::{ApiError, ErrorCode};
use tracing::Instrument;

use crate::path;

/// An [`ApiError`] on its way out, so that handlers can end with `?`.
#[derive(Debug)]
pub struct ErrorResponse(pub ApiError);

impl From<ApiError> for ErrorResponse {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl ErrorResponse {
    /// Our fault: the reason goes to the log, the caller gets a request id.
    pub fn internal(reason: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %reason, "request failed on our side");
        Self(ApiError::internal())
    }
}

#[cfg(feature = "keys")]
impl From<slipway_store::StoreError> for ErrorResponse {
    fn from(error: slipway_store::StoreError) -> Self {
        // Others write the same at this moment, again and again: nobody's fault.
        if matches!(error, slipway_store::StoreError::Busy(_)) {
            return in_progress();
        }
        Self::internal(&error)
    }
}

/// A twin of this request is at work, or others write the same at this moment.
#[cfg(feature = "keys")]
pub fn in_progress() -> ErrorResponse {
    in_progress_for(slipway_domain::schedule::CALLERS_COME_BACK_SOON)
}

/// A twin of this request is at work, for so many seconds at most.
#[cfg(feature = "keys")]
pub fn in_progress_for(seconds: u64) -> ErrorResponse {
    let message = "The same request is being worked on at this moment. Ask again in a moment.";
    ApiError::new(ErrorCode::IdempotencyInProgress, message).with_retryable(true).retry_after(seconds).into()
}

impl IntoResponse for ErrorResponse {
    /// The body is written by [`serve`]'s middleware, which knows the request id.
    fn into_response(self) -> Response {
        let mut response = status_of(self.0.code).into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

/// The HTTP status of a refusal, which its code fixes.
pub fn status_of(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The id of a request: the caller's own if it is well formed, else Lambda's or a new one.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let own = headers.get(&X_REQUEST_ID).and_then(|value| value.to_str().ok());
        let fits = |id: &&str| {
            (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        };
        Self(own.filter(fits).map_or_else(|| uuid::Uuid::now_v7().simple().to_string(), str::to_owned))
    }
}

/// Finishes a function's router: request ids, the error envelope, trailing slashes, 404 and 405, one log line a request.
pub fn serve(router: Router) -> Router {
    let inner = router.fallback(no_such_route).method_not_allowed_fallback(|| async {
        ErrorResponse(ApiError::new(ErrorCode::Http405, "This route does not know this method."))
    });
    // The path has to be normalised before routing, so the real router is the outer one's only service.
    let inner = Router::new().fallback_service(inner).layer(from_fn(envelope)).layer(from_fn(trailing_slash));
    inner.layer(from_fn(path::as_handed_on))
}

/// What is said where nothing is.
pub const NO_SUCH_ROUTE: &str = "There is no such route. See the API reference for what there is.";

/// Answers what no route does.
///
/// An HTTP API has no routes that end in a slash, so that `/v1/media/` gets here by the gateway's default route, in a
/// function that does not know the path without it either. Then the caller is sent there, with method and body.
async fn no_such_route(request: Request) -> Response {
    let own_path = request.uri().path().as_bytes().get(1).is_some_and(u8::is_ascii_alphanumeric);
    match request.uri().path_and_query() {
        // A second slash, or a backslash, would make it the address of another host.
        Some(location) if own_path && request.extensions().get::<HadSlash>().is_some() => moved(location.as_str()),
        _ => ErrorResponse(ApiError::new(ErrorCode::Http404, NO_SUCH_ROUTE)).into_response(),
    }
}

/// Sends a caller on; who does not follow by itself reads where to.
fn moved(location: &str) -> Response {
    let message = "The path has a slash at its end that does not belong there. Send the same request to location.";
    let body = Json(Moved { message, location });
    let header = HeaderValue::from_str(location).map(|value| [(LOCATION, value)]);
    (StatusCode::PERMANENT_REDIRECT, header.ok(), body).into_response()
}

/// Marks a request whose path ended in a slash.
#[derive(Debug, Clone, Copy)]
struct HadSlash;

async fn trailing_slash(mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.len() > 1 && path.ends_with('/') {
        let trimmed = path.trim_end_matches('/');
        let path = if trimmed.is_empty() { "/" } else { trimmed };
        let path_and_query = match request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        let mut parts = request.uri().clone().into_parts();
        if let Ok(path_and_query) = path_and_query.parse() {
            parts.path_and_query = Some(path_and_query);
            if let Ok(uri) = Uri::from_parts(parts) {
                *request.uri_mut() = uri;
                request.extensions_mut().insert(HadSlash);
            }
        }
    }
    next.run(request).await
}

async fn envelope(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let path = loggable(request.uri().path());
    let span = tracing::info_span!("request", request_id = %id.0, method = %request.method(), path);
    request.extensions_mut().insert(id.clone());
    let started = std::time::Instant::now();
    let mut response = async {
        let response = next.run(request).await;
        let code = response.extensions().get::<ApiError>().map(|error| error.code.as_str());
        tracing::info!(
            status = response.status().as_u16(),
            code,
            duration_ms = started.elapsed().as_millis(),
            "answered"
        );
        response
    }
    .instrument(span)
    .await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let retry_after = error.retry_after.and_then(|seconds| HeaderValue::from_str(&seconds.to_string()).ok());
        response = in_place_of(&response, &error, &id);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
    } else if response.status().is_client_error() && !is_json(response.headers()) && !is_html(response.headers()) {
        // axum's own refusals (a path or query that does not parse) come as plain text.
        let text = to_bytes(std::mem::replace(response.body_mut(), Body::empty()), 4096).await.unwrap_or_default();
        let error = ApiError::new(ErrorCode::BodyInvalid, String::from_utf8_lossy(&text).into_owned());
        response = in_place_of(&response, &error, &id);
    } else if response.status().is_client_error() && is_json(response.headers()) {
        response = with_request_id(response, &id).await;
    }
    // Most answers are a tenant's own, and many hold links that are as good as keys.
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

fn refusal(error: &ApiError, RequestId(id): &RequestId) -> Response {
    (status_of(error.code), Json(error.body(id))).into_response()
}

/// The refusal in place of an answer. What a layer inside added (rate limits, say) stays.
fn in_place_of(answer: &Response, error: &ApiError, id: &RequestId) -> Response {
    let mut refused = refusal(error, id);
    for (name, value) in answer.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            refused.headers_mut().append(name.clone(), value.clone());
        }
    }
    refused
}

/// A refusal that a handler wrote by itself, such as a post whose targets were all refused, or that was kept and is given
/// again: like every other one it says in its body which request it was the answer to.
async fn with_request_id(refused: Response, RequestId(id): &RequestId) -> Response {
    let (mut parts, body) = refused.into_parts();
    let mut body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    // JSON-RPC has room for its own members alone.
    if let Ok(Value::Object(mut object)) = serde_json::from_slice(&body)
        && !object.contains_key("request_id")
        && !object.contains_key("jsonrpc")
    {
        object.insert("request_id".to_owned(), Value::from(id.as_str()));
        body = Value::Object(object).to_string().into();
        parts.headers.remove(CONTENT_LENGTH);
    }
    Response::from_parts(parts, Body::from(body))
}

/// Where invites lead: behind this comes the token. Such an address is a secret as a whole; every other path may be logged.
pub const INVITE: &str = "/invite/";

fn loggable(path: &str) -> &str {
    if path.starts_with(INVITE) { INVITE } else { path }
}

/// Whether the body is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// What handlers answer.
pub type Answer = Result<Response, ErrorResponse>;

/// A JSON answer.
pub fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::extract::Path;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_slash_too_many_leads_to_the_path_without_it_and_nowhere_else() {
        let router = serve(Router::new().route("/known", axum::routing::get(|| async { "here" })));
        for (path, status, location) in [
            ("/known/", 200, None),
            ("/v1/media/", 308, Some("/v1/media")),
            ("/v1/media//?limit=1&status=a%2Fb", 308, Some("/v1/media?limit=1&status=a%2Fb")),
            ("/v1/media", 404, None),
            ("//evil.example/", 404, None),
            ("/%5Cevil.example/", 404, None),
            ("/.evil.example/", 404, None),
            ("//", 404, None),
            ("/", 404, None),
        ] {
            let request = Request::post(path).body(Body::empty()).unwrap();
            let request = if path == "/known/" { Request::get(path).body(Body::empty()).unwrap() } else { request };
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
            let found = answer.headers().get(LOCATION).map(|value| value.to_str().unwrap());
            assert_eq!(found, location, "{path}");
            assert!(answer.headers().contains_key(X_REQUEST_ID), "{path}");
            assert_eq!(answer.headers()[CACHE_CONTROL], "no-store", "{path}");
            if let Some(location) = location {
                let body = to_bytes(answer.into_body(), 4096).await.unwrap();
                let body: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!(body["location"], location, "who does not follow by itself reads where to");
            }
        }
    }

    #[tokio::test]
    async fn every_refusal_that_is_an_object_has_the_request_id() {
        let said = async |Path(status): Path<u16>, body: String| {
            json(StatusCode::from_u16(status).unwrap(), &serde_json::from_str::<Value>(&body).unwrap())
        };
        let router = serve(Router::new().route("/{status}", axum::routing::post(said)));
        for (status, body, told) in [
            (422, r#"{"id":"post_1","error":{}}"#, r#"{"error":{},"id":"post_1","request_id":"mine"}"#),
            (422, r#"{"request_id":"first"}"#, r#"{"request_id":"first"}"#),
            (422, r#"["x"]"#, r#"["x"]"#),
            (404, r#"{"jsonrpc":"2.0","id":1}"#, r#"{"jsonrpc":"2.0","id":1}"#),
            (207, r#"{"id":"post_1"}"#, r#"{"id":"post_1"}"#),
        ] {
            let request = Request::post(format!("/{status}")).header(X_REQUEST_ID, "mine").body(Body::from(body));
            let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
            assert_eq!(answer.status(), status, "{body}");
            let length = answer.headers().get(CONTENT_LENGTH).map(|length| length.to_str().unwrap().to_owned());
            let found = to_bytes(answer.into_body(), 4096).await.unwrap();
            assert!(length.is_none_or(|length| length.parse() == Ok(found.len())), "{body}");
            let [found, told] = [&found[..], told.as_bytes()].map(serde_json::from_slice::<Value>);
            assert_eq!(found.unwrap(), told.unwrap(), "{status} {body}");
        }
    }

    #[test]
    fn a_callers_request_id_is_kept_if_it_is_well_formed() {
        for (id, kept) in [("a", true), ("A-b_9", true), ("", false), ("a b", false), ("ä", false), ("<x>", false)] {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(id.as_bytes()) {
                headers.insert(X_REQUEST_ID, value);
            }
            assert_eq!(RequestId::of(&headers).0 == id, kept, "{id:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, "x".repeat(65).parse().unwrap());
        assert_ne!(RequestId::of(&headers).0.len(), 65);
    }
}
