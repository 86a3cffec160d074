//! A request's path, as the gateway hands it on.

use std::fmt::Write as _;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::Uri;
use http::uri::PathAndQuery;
use lambda_http::RequestExt as _;

/// Routes by the path that the gateway hands on, and by nothing else.
///
/// An HTTP API decodes it once. What is decoded is no URL any more: read as one, spaces at its end are cut off, `#` begins
/// a fragment, `..` goes a step back and `%5F` is an underscore, so that a name of nothing would name something. It is
/// encoded again here, character by character, before anything reads it.
pub(crate) async fn as_handed_on(mut request: Request, next: Next) -> Response {
    let path = request.extensions().raw_http_path();
    // Only a test's request comes without.
    if !path.is_empty() {
        // Where the path was read as more than a path, so was the query behind it.
        let query = if path.contains(['#', '?']) { None } else { request.uri().query().map(str::to_owned) };
        let parameters = request.extensions().query_string_parameters_ref();
        let query = query.or_else(|| Some(parameters?.to_query_string())).unwrap_or_default();
        let path = encoded(path);
        let whole = if query.is_empty() { path } else { format!("{path}?{query}") };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(whole).ok();
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    }
    next.run(request).await
}

/// A decoded path as it stands in a URL.
fn encoded(path: &str) -> String {
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// A text as it stands in a URL as one part of a path, whatever is in it.
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::Path;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use crate::{Params, serve};

    /// The answer to a request whose path the gateway has decoded to this one.
    async fn answer(path: &str, query: &str) -> (u16, String) {
        let item = async |Path(id): Path<String>, params: Params| {
            format!("item {id:?} {}", params.one("limit").unwrap_or_default())
        };
        let router = serve(Router::new().route("/v1/media", get(async || "list")).route("/v1/media/{id}", get(item)));
        let event = serde_json::json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "isBase64Encoded": false,
            "headers": {"host": "api.example.com"},
            "requestContext": {"stage": "$default", "http": {"method": "GET", "path": path}},
        });
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let answer = router.oneshot(request.map(|_| Body::empty())).await.unwrap();
        let status = answer.status().as_u16();
        (status, String::from_utf8(to_bytes(answer.into_body(), 4096).await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_decoded_path_is_taken_as_it_is_and_not_read_again() {
        for (path, shown) in [
            ("/v1/media", "list"),
            ("/v1/media/med_1", "item \"med_1\" 5"),
            ("/v1/media/ ", "item \" \" 5"),
            ("/v1/media/#", "item \"#\" 5"),
            ("/v1/media/med_1#junk", "item \"med_1#junk\" 5"),
            ("/v1/media/med_1 ", "item \"med_1 \" 5"),
            ("/v1/media/med_1\t", "item \"med_1\\t\" 5"),
            ("/v1/media/med%5F1", "item \"med%5F1\" 5"),
            ("/v1/media/100%", "item \"100%\" 5"),
            ("/v1/media/..", "item \"..\" 5"),
            ("/v1/media/a\\b", "item \"a\\\\b\" 5"),
            ("/v1/media/é", "item \"é\" 5"),
            ("/v1/media/a?limit=7", "item \"a?limit=7\" 5"),
        ] {
            assert_eq!(answer(path, "limit=5").await, (200, shown.to_owned()), "{path}");
        }
        for path in ["/v1/media/x/../med_1", "/v1/x/../media", "/v1/media\\med_1"] {
            assert_eq!(answer(path, "limit=5").await.0, 404, "{path}");
        }
        assert_eq!(answer("/v1/media/med_1", "").await, (200, "item \"med_1\" ".to_owned()));
    }
}
