//! Queries and bodies of routes that read none: whatever is in one is named, and not ignored in silence.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_LENGTH;
use serde_json::{Map, Value};
use slipway_contract::fields::Fields;
use slipway_contract::{ApiError, Diagnostics};

use crate::answer::is_json;
use crate::body::JsonObject;
use crate::params::Unread;
use crate::{ErrorResponse, Params};

/// What a method's handler reads of a request, besides its path and its headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reads {
    pub(crate) query: bool,
    pub(crate) body: bool,
}

/// Refuses a request that says what nobody reads, if its caller is strict. Otherwise it is carried out, and its JSON answer
/// names what was ignored in `warnings`, or a refusal in `meta.warnings`.
pub(crate) async fn unread(State(reads): State<Reads>, request: Request, next: Next) -> Response {
    let params = Params::of(request.uri(), request.headers());
    let mut noted = Diagnostics::default();
    if !reads.query {
        params.note_odd(&[], &[], &mut noted);
    }
    let read = if reads.body { Ok(request) } else { without_body(request, &mut noted).await };
    let mut request = match read {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let ignored = match noted.finish(params.unknown()) {
        Ok(ignored) => ignored,
        Err(refused) => return ErrorResponse(refused).into_response(),
    };
    if !reads.query {
        request.extensions_mut().insert(Unread);
    }
    let mut response = next.run(request).await;
    if ignored.is_empty() {
        return response;
    }
    if let Some(error) = response.extensions_mut().get_mut::<ApiError>() {
        error.warn(ignored);
        return response;
    }
    warned(response, ignored).await
}

/// Notes the fields of a body that nobody reads. It stays there: a repeated request is known by its bytes.
async fn without_body(request: Request, noted: &mut Diagnostics) -> Result<Request, ErrorResponse> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let mut reading = Request::new(body);
    reading.headers_mut().clone_from(&parts.headers);
    let JsonObject { object, bytes } = JsonObject::from_request(reading, &()).await?;
    noted.unknown(&Fields::root(&object));
    Ok(Request::from_parts(parts, Body::from(bytes.0)))
}

/// The answer with these warnings behind its own, if it is a JSON object.
async fn warned(response: Response, ignored: Vec<String>) -> Response {
    if !is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return ErrorResponse::internal(&error).into_response(),
    };
    let Ok(mut answer) = serde_json::from_slice::<Map<String, Value>>(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    match answer.entry("warnings").or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(warnings) => warnings.extend(ignored.into_iter().map(Value::from)),
        _ => return Response::from_parts(parts, Body::from(body)),
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Value::Object(answer).to_string()))
}

#[cfg(test)]
mod tests {
    use axum::Json;
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http::StatusCode;
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::*;
    use crate::serve;

    async fn answer(path: &str, strict: bool) -> (u16, Value) {
        answer_to(path, "", strict).await
    }

    async fn answer_to(path: &str, body: &'static str, strict: bool) -> (u16, Value) {
        let gone = async || ErrorResponse(ApiError::new(slipway_contract::ErrorCode::PostNotFound, "There is none."));
        let router = Router::new()
            .route("/plain", get(async || Json(json!({"a": 1}))))
            .route("/warned", get(async || Json(json!({"a": 1, "warnings": ["own"]}))))
            .route("/list", get(async || Json(json!([1]))))
            .route("/text", get(async || "text"))
            .route("/none", get(async || StatusCode::NO_CONTENT))
            .route("/gone", get(gone))
            .route("/reads", get(async |params: Params| Json(json!({"x": params.one("x")}))));
        let layer = from_fn_with_state(Reads { query: false, body: false }, unread);
        let request = Request::get(path).header("prefer", if strict { "handling=strict" } else { "" });
        let answer = serve(router.layer(layer)).oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 4096).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into()))
    }

    #[tokio::test]
    async fn whatever_is_in_a_query_that_nobody_reads_is_named() {
        let ignored = "x is not a query parameter of this route and was ignored";
        for (path, status, body) in [
            ("/plain", 200, json!({"a": 1})),
            ("/plain?", 200, json!({"a": 1})),
            ("/plain?x=1&x[]=2", 200, json!({"a": 1, "warnings": [ignored]})),
            ("/plain?x", 200, json!({"a": 1, "warnings": [ignored]})),
            ("/warned?x=1", 200, json!({"a": 1, "warnings": ["own", ignored]})),
            ("/list?x=1", 200, json!([1])),
            ("/text?x=1", 200, json!("text")),
            ("/none?x=1", 204, json!("")),
        ] {
            assert_eq!(answer(path, false).await, (status, body), "{path}");
        }
        let (status, body) = answer("/gone?x=1", false).await;
        assert_eq!((status, &body["error"]["meta"]["warnings"]), (404, &json!([ignored])));
    }

    #[tokio::test]
    async fn a_strict_caller_is_refused_before_anything_happens() {
        for path in ["/plain?x=1", "/none?x=1", "/gone?x=1"] {
            let (status, body) = answer(path, true).await;
            let error = &body["error"];
            assert_eq!((status, &error["code"]), (400, &json!("validation.field_invalid")), "{path}");
            assert_eq!(error["meta"]["field"], "x");
        }
        assert_eq!(answer("/plain", true).await.0, 200);
    }

    #[tokio::test]
    async fn whatever_is_in_a_body_that_nobody_reads_is_named() {
        let ignored = "x is not a known field and was ignored";
        for (body, strict, status, answered) in [
            ("", true, 200, json!({"a": 1})),
            (" \n", true, 200, json!({"a": 1})),
            ("{}", true, 200, json!({"a": 1})),
            (r#"{"x": 1}"#, false, 200, json!({"a": 1, "warnings": [ignored]})),
        ] {
            assert_eq!(answer_to("/plain", body, strict).await, (status, answered), "{body}");
        }
        let (status, body) = answer_to("/plain", r#"{"x": 1}"#, true).await;
        assert_eq!((status, &body["error"]["meta"]["field"]), (400, &json!("x")));
        assert_eq!(answer_to("/plain", "[1]", false).await.0, 400, "no object");
    }

    #[tokio::test]
    async fn a_handler_that_reads_what_its_route_does_not_declare_fails() {
        assert_eq!(answer("/reads", false).await.0, 500);
    }
}
