//! Stands in for API Gateway's HTTP API: events in payload format 2.0, its routes, limits and answers.

mod answer;
mod cors;
mod event;
mod routes;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use jiff::Timestamp;
use serve::{Idle, serve};
use tokio::net::TcpListener;
use tokio::time::timeout;

use answer::{Answer, BODY_LIMIT, Limit};
pub(crate) use routes::{Route, Routes};

use crate::lambda::{InvokeError, Lambda};
use crate::logs::Logs;
use crate::template::Cors;

/// The longest API Gateway waits for an answer, whatever a route says.
const INTEGRATION_LIMIT: Duration = Duration::from_secs(30);

/// The HTTP API in front of the functions.
pub(crate) struct Gateway {
    pub(crate) api_id: String,
    pub(crate) routes: Routes,
    pub(crate) cors: Option<Cors>,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) logs: Logs,
}

impl Gateway {
    /// Serves until dropped.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let port = listener.local_addr().map_or(0, |address| address.port());
        let answer = move |request, peer| {
            let gateway = Arc::clone(&self);
            async move { Ok::<_, Infallible>(gateway.answer(request, peer, port).await) }
        };
        serve(listener, Idle::Closed, std::future::pending(), answer).await;
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr, port: u16) -> Answer {
        let request_id = uuid::Uuid::now_v7().simple().to_string();
        let (parts, body) = request.into_parts();
        if let Some(cors) = &self.cors
            && let Some(preflight) = cors::preflight(cors, &parts)
        {
            return preflight;
        }
        let mut answer = match read(body).await {
            Ok(body) => self.integrate(&parts, body, peer, port, &request_id).await,
            Err(BodyError::TooLarge) => {
                let mut answer = answer::too_large(Limit::Gateway, &parts.headers, &request_id);
                // What is left of the body is no next request.
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                answer
            }
            Err(BodyError::Broken) => answer::message(StatusCode::BAD_REQUEST, "Bad Request"),
        };
        if let Some(cors) = &self.cors {
            cors::finish(cors, &parts.headers, answer.headers_mut());
        }
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            answer.headers_mut().insert("apigw-requestid", id);
        }
        answer
    }

    async fn integrate(&self, parts: &Parts, body: Bytes, peer: SocketAddr, port: u16, request_id: &str) -> Answer {
        let path = event::decoded_path(parts.uri.path());
        let Some((route, variables)) = self.routes.find(parts.method.as_str(), &path) else {
            return answer::message(StatusCode::NOT_FOUND, "Not Found");
        };
        let context =
            event::Context { api_id: &self.api_id, request_id, source_ip: peer.ip(), port, now: Timestamp::now() };
        let event = event::event(parts, &body, route, &variables, &context).to_string();
        drop(body);
        let invocation = self.lambda.invoke(&route.function, Bytes::from(event));
        match timeout(route.timeout.min(INTEGRATION_LIMIT), invocation).await {
            Ok(Ok(answer)) => answer::from_function(&answer).unwrap_or_else(|| {
                self.failed(&route.function, request_id, "its answer is no HTTP response");
                answer::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }),
            Ok(Err(InvokeError::RequestTooLarge { .. })) => answer::too_large(Limit::Event, &parts.headers, request_id),
            Ok(Err(error)) => {
                self.failed(&route.function, request_id, &error.to_string());
                answer::message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Err(_) => {
                self.failed(&route.function, request_id, "no answer in time; the function goes on");
                answer::message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
        }
    }

    fn failed(&self, function: &str, request_id: &str, problem: &str) {
        self.logs.platform("gateway", None, format!("{request_id}: {function}: {problem}"));
    }
}

enum BodyError {
    TooLarge,
    Broken,
}

/// The whole body. A length that is announced and too large is refused unread, so that a caller who sent
/// `Expect: 100-continue` never starts: the server says "continue" when the body is first asked for.
async fn read(mut body: Incoming) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() {
            if whole.len() + data.len() > BODY_LIMIT {
                return Err(BodyError::TooLarge);
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}
