//! Cross-origin requests: browsers of any origin may PUT with a presigned URL and read the `ETag` of what they put.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use s3s::Body;

const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("3600");
const VARY: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Headers, Access-Control-Request-Method");

/// The answer to a browser that asks beforehand; none if the request is not such a question.
pub(super) fn preflight<B>(request: &Request<B>) -> Option<Response<Body>> {
    if request.method() != Method::OPTIONS || !request.headers().contains_key(header::ORIGIN) {
        return None;
    }
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let mut response = Response::new(Body::empty());
    if wanted == Method::PUT.as_str() {
        let headers = response.headers_mut();
        allow(headers);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
        if let Some(names) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
    } else {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    Some(response)
}

/// Whether a browser must be told that it may see the answer to this request.
pub(super) fn is_cross_origin<B>(request: &Request<B>) -> bool {
    request.method() == Method::PUT && request.headers().contains_key(header::ORIGIN)
}

/// Lets a browser see the answer.
pub(super) fn allow(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("PUT"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
    headers.insert(header::VARY, VARY);
}
