//! From Lambda's event to a router, and back.

use std::pin::Pin;

use axum::Router;
use axum::body::to_bytes;
use axum::response::Response;
use http::StatusCode;
use lambda_http::tower::ServiceExt;
use lambda_http::tower::util::MapResponse;
use lambda_http::{Adapter, Body, Error, IntoResponse, Request};

/// Answers Lambda's events out of this router for as long as the process lives.
///
/// # Errors
///
/// Lambda's runtime can't be reached.
pub async fn run(router: Router) -> Result<(), Error> {
    lambda_http::lambda_runtime::run(adapter(router)).await
}

/// A router as a service of Lambda's events, for a function that is invoked by other events, too.
pub fn adapter(router: Router) -> Adapter<'static, Whole, WholeAnswers> {
    let whole: fn(Response) -> Whole = Whole;
    Adapter::from(ServiceExt::<Request>::map_response(router, whole))
}

/// A router whose answers are read to their end.
pub type WholeAnswers = MapResponse<Router, fn(Response) -> Whole>;

/// An answer that is read to its end before Lambda gets it: as text where it is UTF-8, else as Base64.
///
/// `lambda_http` would look at the type's character set, for which it brings the tables of forty
/// character sets: 0.14 MB of each function, zipped, and one more copy of each answer. We write UTF-8 alone.
pub struct Whole(Response);

impl IntoResponse for Whole {
    fn into_response(self) -> Pin<Box<dyn Future<Output = http::Response<Body>> + Send>> {
        Box::pin(async {
            let (parts, body) = self.0.into_parts();
            // Handlers hold their answers in memory, so none is longer than they made it, and none breaks off.
            match to_bytes(body, usize::MAX).await.map(|bytes| String::from_utf8(bytes.into())) {
                Ok(Ok(text)) => http::Response::from_parts(parts, text.into()),
                Ok(Err(no_text)) => http::Response::from_parts(parts, no_text.into_bytes().into()),
                Err(error) => {
                    tracing::error!(%error, "an answer broke off");
                    let mut answer = http::Response::new(Body::Empty);
                    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                    answer
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use futures_util::stream;
    use lambda_http::request::LambdaRequest;
    use lambda_http::{Context, LambdaEvent, Service as _};
    use serde_json::{Value, json};

    use super::*;

    async fn answered(path: &str) -> Value {
        let router = Router::new()
            .route("/text", get(async || ([("content-type", "text/html; charset=utf-8")], "é <b>")))
            .route("/json", get(async || axum::Json(json!({"name": "ü"}))))
            .route("/no-text", get(async || ([("content-type", "text/plain")], vec![0xff_u8, 0xfe])))
            .route("/lines", get(async || ([("content-type", "application/x-ndjson")], "{}\n{}\n")))
            .route("/breaks-off", get(async || ([("x-kept", "no")], breaking_off())))
            .route("/nothing", get(async || StatusCode::NO_CONTENT));
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
            "requestContext": {"http": {"method": "GET", "path": path}}, "isBase64Encoded": false,
        });
        let request: LambdaRequest = serde_json::from_value(event).unwrap();
        let answer = adapter(router).call(LambdaEvent::new(request, Context::default())).await.unwrap();
        serde_json::to_value(answer).unwrap()
    }

    fn breaking_off() -> axum::body::Body {
        axum::body::Body::from_stream(stream::iter([Ok("half"), Err(std::io::Error::other("no more"))]))
    }

    #[tokio::test]
    async fn an_answer_is_text_where_it_is_one_and_base64_where_not() {
        for (path, status, body, is_base64) in [
            ("/text", 200, "é <b>", false),
            ("/json", 200, r#"{"name":"ü"}"#, false),
            ("/no-text", 200, "//4=", true),
            ("/lines", 200, "{}\n{}\n", false),
            ("/nothing", 204, "", false),
        ] {
            let answer = answered(path).await;
            let seen = (&answer["statusCode"], &answer["body"], &answer["isBase64Encoded"]);
            assert_eq!(seen, (&json!(status), &json!(body), &json!(is_base64)), "{path}");
        }
        assert_eq!(answered("/text").await["headers"]["content-type"], "text/html; charset=utf-8");
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_a_failure_and_no_half() {
        let answer = answered("/breaks-off").await;
        assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(500), &Value::Null));
        assert_eq!(answer["headers"], json!({}));
    }
}
