//! The HTTP side: one connection, one request after another, and the faults around them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use serde_json::json;
use serve::{Idle, serve};
use tokio::net::TcpListener;

use crate::answer::Answer;
use crate::call::{Broken, Call};
use crate::clock::Moment;
use crate::endpoint::Endpoint;
use crate::fault::{Instead, Plan};
use crate::ledger::{Outcome, RequestRecord};
use crate::publish::PublishCommand;
use crate::shared::Shared;
use crate::world::World;
use crate::{control, upload};

/// Largest body of anything but a chunk.
const MAX_BODY_BYTES: usize = 1 << 20;
/// Time for the first part of a cut answer to leave, in real time.
const FLUSH: Duration = Duration::from_millis(20);

type Body = UnsyncBoxBody<Bytes, Broken>;

/// Serves until dropped.
pub(crate) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let answer = move |request, _| handle(Arc::clone(&shared), request);
    serve(listener, Idle::Closed, std::future::pending(), answer).await;
}

async fn handle(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Broken> {
    let (parts, body) = request.into_parts();
    let streams = Endpoint::at(parts.uri.path()) == Endpoint::Upload && Endpoint::Upload.takes(&parts.method);
    let (bytes, stream) = if streams {
        (Bytes::new(), Some(body))
    } else {
        match Limited::new(body, MAX_BODY_BYTES).collect().await {
            Ok(collected) => (collected.to_bytes(), None),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                let answer = Answer::json(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &json!({"message": "too large"}));
                return Ok(respond(answer, None));
            }
            Err(_) => return Err(Broken::ByClient),
        }
    };
    if parts.uri.path().starts_with("/_sim") {
        let answer = control::answer(&shared, &parts, &bytes);
        shared.keep();
        shared.changed.notify_one();
        return Ok(respond(answer, None));
    }
    let mut call = Call::new(&parts, bytes);
    let (handle, plan) = shared.world().begin(&mut call);
    let result = carry_out(&shared, &call, stream, &plan).await;
    shared.world().finish(handle, &result, plan.cut_in_answer.is_some());
    shared.keep();
    shared.changed.notify_one();
    Ok(respond(result?, plan.cut_in_answer))
}

/// Faults before, the effect, faults after.
async fn carry_out(shared: &Arc<Shared>, call: &Call, stream: Option<Incoming>, plan: &Plan) -> Result<Answer, Broken> {
    tokio::time::sleep(plan.delay).await;
    shared.world().strike(call, plan);
    match &plan.before {
        Some(Instead::Cut) => return Err(Broken::ByFault),
        Some(Instead::Status(status, code)) => {
            if let Some(body) = stream {
                upload::drain(shared, call, body, plan).await?;
            }
            return Ok(shared.world().fault_answer(call, *status, code.as_deref()).about(call.publish_id.clone()));
        }
        None => {}
    }
    let answer = match stream {
        Some(body) => upload::put(shared, call, body, plan).await?,
        None if plan.cut_in_body.is_some() => return Err(Broken::ByFault),
        None => {
            let mut world = shared.world();
            let now = world.settle();
            let answer = world.answer(call, now);
            if let (None, Some(created)) = (&call.publish_id, &answer.publish_id) {
                world.mark(created, plan.marks);
                if plan.expire_upload {
                    world.command(created, PublishCommand::ExpireUpload, now);
                }
            }
            answer
        }
    };
    tokio::time::sleep(plan.delay_answer).await;
    match &plan.after {
        Some(Instead::Cut) => Err(Broken::ByFault),
        Some(Instead::Status(status, code)) => {
            Ok(shared.world().fault_answer(call, *status, code.as_deref()).about(answer.publish_id))
        }
        None => Ok(answer),
    }
}

fn respond(answer: Answer, cut_after: Option<usize>) -> Response<Body> {
    let length = answer.body.len();
    let body = match cut_after {
        None => Full::new(answer.body).map_err(|never| match never {}).boxed_unsync(),
        Some(sent) => {
            let part = answer.body.slice(..sent.min(length));
            let rest = stream::once(async {
                // Lets the part leave before the connection closes.
                tokio::time::sleep(FLUSH).await;
                Err(Broken::ByFault)
            });
            StreamBody::new(stream::iter([Ok(Frame::data(part))]).chain(rest)).boxed_unsync()
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    response.headers_mut().extend(answer.headers);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}

impl World {
    /// Writes a request into the ledger and finds out which faults it meets.
    fn begin(&mut self, call: &mut Call) -> (usize, Plan) {
        let at = self.settle();
        self.identify(call);
        let plan = Plan::of(self.faults.fire(call.occasion()));
        self.requests.push(RequestRecord {
            at,
            endpoint: call.endpoint,
            method: call.method.to_string(),
            path: call.path.clone(),
            open_id: call.open_id.clone(),
            publish_id: call.publish_id.clone(),
            content_range: call.header(header::CONTENT_RANGE).map(str::to_owned),
            faults: plan.names.iter().cloned().collect(),
            outcome: Outcome::Unanswered,
        });
        (self.forgotten_requests + self.requests.len() - 1, plan)
    }

    /// What faults change before the request is checked.
    fn strike(&mut self, call: &Call, plan: &Plan) {
        let now = self.settle();
        if let Some(open_id) = call.open_id.as_deref().filter(|_| plan.expire_access_token) {
            self.expire_access_tokens(Some(open_id), now);
        }
        if let Some(publish_id) = &call.publish_id {
            self.mark(publish_id, plan.marks);
            if plan.expire_upload {
                self.command(publish_id, PublishCommand::ExpireUpload, now);
            }
        }
    }

    fn finish(&mut self, handle: usize, result: &Result<Answer, Broken>, cut: bool) {
        let index = handle.checked_sub(self.forgotten_requests);
        let Some(record) = index.and_then(|index| self.requests.get_mut(index)) else { return };
        record.outcome = match result {
            Ok(_) if cut => Outcome::Cut,
            Err(Broken::ByFault) => Outcome::Cut,
            Err(Broken::ByClient) => Outcome::Unanswered,
            Ok(answer) => {
                if answer.publish_id.is_some() {
                    record.publish_id.clone_from(&answer.publish_id);
                }
                Outcome::Answered { status: answer.status.as_u16(), code: answer.code.clone() }
            }
        };
    }

    /// An answer that a fault put in place of the right one.
    fn fault_answer(&mut self, call: &Call, status: u16, code: Option<&str>) -> Answer {
        let now: Moment = self.settle();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let usual = if status == StatusCode::TOO_MANY_REQUESTS {
            "rate_limit_exceeded"
        } else if call.endpoint.is_oauth() {
            "server_error"
        } else {
            "internal_error"
        };
        let code = code.unwrap_or(usual);
        if call.endpoint.is_oauth() {
            let log_id = self.ids.log_id(now);
            return Answer::json(status, code, &json!({"error": code, "error_description": "fault", "log_id": log_id}));
        }
        if call.endpoint == Endpoint::Upload {
            return Answer::json(status, code, &json!({"message": code}));
        }
        Answer::error(status, code, "Something went wrong.", &mut self.ids, now)
    }
}
