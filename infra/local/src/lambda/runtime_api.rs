//! The Runtime API of one process: where it fetches its next event and leaves its answer.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serve::{Idle, serve};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{InvokeError, PAYLOAD_LIMIT};
use crate::logs::lock;

/// One invocation on its way to the process.
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) event: Bytes,
    pub(super) timeout: Duration,
    /// Told when the process has fetched the event: from then on its time runs.
    pub(super) fetched: oneshot::Sender<Instant>,
    /// Told what the process answered.
    pub(super) answered: oneshot::Sender<Result<Bytes, InvokeError>>,
}

/// The state of one process's Runtime API.
pub(super) struct RuntimeApi {
    function_arn: String,
    jobs: tokio::sync::Mutex<mpsc::Receiver<Job>>,
    current: Mutex<Option<Current>>,
    init_error: Mutex<Option<String>>,
}

struct Current {
    request_id: String,
    answered: oneshot::Sender<Result<Bytes, InvokeError>>,
}

const PREFIX: &str = "/2018-06-01/runtime/";

impl RuntimeApi {
    pub(super) fn new(function_arn: String, jobs: mpsc::Receiver<Job>) -> Arc<Self> {
        let jobs = tokio::sync::Mutex::new(jobs);
        Arc::new(Self { function_arn, jobs, current: Mutex::default(), init_error: Mutex::default() })
    }

    /// What the process said went wrong while it started.
    pub(super) fn init_error(&self) -> Option<String> {
        lock(&self.init_error).clone()
    }

    /// Serves until dropped.
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener) {
        let answer = move |request, _| {
            let api = Arc::clone(&self);
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        };
        // A process waits for its next event as long as there is none.
        serve(listener, Idle::Kept, std::future::pending(), answer).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().strip_prefix(PREFIX).map(str::to_owned).unwrap_or_default();
        let segments: Vec<&str> = path.split('/').collect();
        match (request.method().clone(), segments.as_slice()) {
            (Method::GET, ["invocation", "next"]) => self.next().await,
            (Method::POST, ["invocation", id, "response"]) => self.response(id, request.into_body()).await,
            (Method::POST, ["invocation", id, "error"]) => self.error(id, request.into_body()).await,
            (Method::POST, ["init", "error"]) => self.start_failed(request.into_body()).await,
            _ => plain(StatusCode::NOT_FOUND, "UnknownPath"),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        if lock(&self.current).is_some() {
            return plain(StatusCode::FORBIDDEN, "InvalidStateTransition");
        }
        let Some(job) = self.jobs.lock().await.recv().await else {
            return plain(StatusCode::GONE, "Stopped");
        };
        let deadline = SystemTime::now() + job.timeout;
        let deadline_ms = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let response = Response::builder()
            .header("lambda-runtime-aws-request-id", &job.request_id)
            .header("lambda-runtime-deadline-ms", deadline_ms.to_string())
            .header("lambda-runtime-invoked-function-arn", &self.function_arn)
            .header("lambda-runtime-trace-id", trace_id())
            .header("content-type", "application/json")
            .body(Full::new(job.event));
        *lock(&self.current) = Some(Current { request_id: job.request_id, answered: job.answered });
        // Nobody waits any more if the invocation was given up in between; the process just does it for nothing.
        let _ = job.fetched.send(Instant::now());
        response.unwrap_or_else(|error| plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))
    }

    async fn response(&self, request_id: &str, body: Incoming) -> Response<Full<Bytes>> {
        if let Ok(answer) = limited(body).await {
            return self.finish(request_id, Ok(answer));
        }
        self.finish(request_id, Err(InvokeError::ResponseTooLarge));
        plain(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge")
    }

    async fn error(&self, request_id: &str, body: Incoming) -> Response<Full<Bytes>> {
        let (error_type, message) = diagnostic(body).await;
        self.finish(request_id, Err(InvokeError::Function { error_type, message }))
    }

    async fn start_failed(&self, body: Incoming) -> Response<Full<Bytes>> {
        let (error_type, message) = diagnostic(body).await;
        *lock(&self.init_error) = Some(format!("{error_type}: {message}"));
        plain(StatusCode::ACCEPTED, "OK")
    }

    fn finish(&self, request_id: &str, outcome: Result<Bytes, InvokeError>) -> Response<Full<Bytes>> {
        let current = lock(&self.current).take_if(|current| current.request_id == request_id);
        let Some(current) = current else {
            return plain(StatusCode::BAD_REQUEST, "InvalidRequestID");
        };
        // Nobody waits any more if the time-out struck first.
        let _ = current.answered.send(outcome);
        plain(StatusCode::ACCEPTED, "OK")
    }
}

struct TooLarge;

/// The body up to Lambda's limit. The rest of a larger one is read and dropped, so that the sender hears our answer.
async fn limited(mut body: Incoming) -> Result<Bytes, TooLarge> {
    let mut whole = BytesMut::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            // The process died while it sent: there is no whole answer, and the end of the process ends the invocation.
            return std::future::pending().await;
        };
        if let Ok(data) = frame.into_data() {
            size += data.len();
            if size <= PAYLOAD_LIMIT {
                whole.extend_from_slice(&data);
            }
        }
    }
    if size > PAYLOAD_LIMIT { Err(TooLarge) } else { Ok(whole.freeze()) }
}

/// Type and message of an error as the runtime reports it: `{"errorType":…,"errorMessage":…}`.
async fn diagnostic(body: Incoming) -> (String, String) {
    let Ok(body) = limited(body).await else {
        return ("Function.ResponseSizeTooLarge".to_owned(), InvokeError::ResponseTooLarge.to_string());
    };
    let report: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let field = |name: &str| report.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let message = field("errorMessage").unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned());
    (field("errorType").unwrap_or_else(|| "Unhandled".to_owned()), message)
}

/// A trace header as X-Ray writes it; not sampled.
fn trace_id() -> String {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", &id[..24], &id[16..])
}

fn plain(status: StatusCode, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "status": message }).to_string();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
}
