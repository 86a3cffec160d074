//! The AWS JSON protocol: how DynamoDB, SQS and KMS are asked and how they answer and refuse.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use s3s::Body;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::iam::Denial;
use crate::ledger::Fault;

/// A service of the AWS JSON protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    DynamoDb,
    Sqs,
    Kms,
}

impl Service {
    /// Service and operation that an `x-amz-target` header names.
    pub(crate) fn of_target(target: &str) -> Option<(Self, &str)> {
        let (prefix, operation) = target.split_once('.')?;
        let service = match prefix {
            "DynamoDB_20120810" => Self::DynamoDb,
            "AmazonSQS" => Self::Sqs,
            "TrentService" => Self::Kms,
            _ => return None,
        };
        Some((service, operation))
    }

    /// The name used in counts and planned faults.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::Sqs => "SQS",
            Self::Kms => "KMS",
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::DynamoDb | Self::Sqs => "application/x-amz-json-1.0",
            Self::Kms => "application/x-amz-json-1.1",
        })
    }
}

/// A refusal as it goes over the wire.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Bytes,
    query_error: Option<HeaderValue>,
}

impl Refusal {
    /// A refusal whose `__type` is `kind`, such as `ValidationException`.
    pub(crate) fn new(status: StatusCode, kind: &str, message: &str) -> Self {
        Self::with_body(status, json!({ "__type": kind, "message": message }).to_string())
    }

    /// A refusal whose JSON body is ready.
    pub(crate) fn with_body(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Self { status, body: body.into(), query_error: None }
    }

    /// Adds the code that the query protocol used for this error; SDKs of services that moved to JSON from that
    /// protocol, such as SQS, match on this one instead of `__type`.
    pub(crate) fn with_query_error(mut self, code: &str) -> Self {
        let who = if self.status.is_client_error() { "Sender" } else { "Receiver" };
        self.query_error = HeaderValue::from_str(&format!("{code};{who}")).ok();
        self
    }

    /// The refusal a test planned.
    pub(crate) fn planned(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (status, kind) = match status.as_u16() {
            // The JSON services throttle with status 400.
            429 => (StatusCode::BAD_REQUEST, "ThrottlingException"),
            403 => (status, "AccessDeniedException"),
            503 => (status, "ServiceUnavailable"),
            code if code >= 500 => (status, "InternalServerError"),
            _ => (status, "ValidationException"),
        };
        Self::new(status, kind, "Refused because a test asked for it").with_query_error(kind)
    }

    /// How `DynamoDB` cancels the transaction in `body` that meets another one on every item, or refuses the one write.
    fn conflict(body: &[u8]) -> Self {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(items) = request["TransactItems"].as_array().map(Vec::len) else {
            let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
            return Self::new(StatusCode::BAD_REQUEST, kind, "Transaction is ongoing for the item");
        };
        let reason = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
        let refusal = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
            "CancellationReasons": vec![reason; items],
        });
        Self::with_body(StatusCode::BAD_REQUEST, refusal.to_string())
    }

    /// The refusal of a call that its signer has no right to, as each service words it.
    pub(crate) fn denied(service: Service, denial: &Denial) -> Self {
        let (status, kind) = match service {
            Service::DynamoDb => (StatusCode::BAD_REQUEST, "com.amazon.coral.service#AccessDeniedException"),
            Service::Kms => (StatusCode::BAD_REQUEST, "AccessDeniedException"),
            Service::Sqs => {
                // SQS writes actions in lower case.
                let denial = Denial { action: denial.action.to_lowercase(), ..denial.clone() };
                let kind = "com.amazon.coral.service#AccessDeniedException";
                return Self::new(StatusCode::FORBIDDEN, kind, &denial.to_string()).with_query_error("AccessDenied");
            }
        };
        // Unlike their other refusals, this one has its message under a capital letter.
        Self::with_body(status, json!({ "__type": kind, "Message": denial.to_string() }).to_string())
    }

    pub(crate) fn unknown_operation() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "UnknownOperationException", "The stand-in does not know this operation")
    }

    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "the stand-in failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", &error.to_string())
    }
}

/// Reads a request of the type that an operation takes.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, "SerializationException", &error.to_string()))
}

/// Writes an operation's answer.
pub(crate) fn render<T: Serialize>(answer: &T) -> Result<Bytes, Refusal> {
    serde_json::to_vec(answer).map(Bytes::from).map_err(|error| Refusal::internal(&error))
}

/// The HTTP response for what an operation returned.
pub(crate) fn respond(service: Service, result: Result<Bytes, Refusal>) -> Response<Body> {
    let (status, body, query_error) = match result {
        Ok(body) => (StatusCode::OK, body, None),
        Err(refusal) => (refusal.status, refusal.body, refusal.query_error),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, service.content_type());
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        headers.insert("x-amzn-requestid", id);
    }
    if let Some(code) = query_error {
        headers.insert("x-amzn-query-error", code);
    }
    response
}

/// What a planned fault does before the operation on `body` runs: refuse it, or let it run.
pub(crate) fn refuse_if_planned(fault: Option<Fault>, body: &[u8]) -> Result<(), Refusal> {
    match fault {
        Some(Fault::Conflict) => Err(Refusal::conflict(body)),
        Some(Fault::Status(status)) => Err(Refusal::planned(status)),
        Some(Fault::LostAnswer) | None => Ok(()),
    }
}
