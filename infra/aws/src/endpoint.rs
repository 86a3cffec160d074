//! The one HTTP endpoint in front of all services.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use s3s::Body;
use serve::{Idle, serve};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::aws_json::{self, Refusal, Service};
use crate::crash::{Moment, PRESIGNED};
use crate::error::Cut;
use crate::ledger::Fault;
use crate::services::Services;
use crate::{dynamodb, kms, signature, sqs};

/// `DynamoDB` takes requests of up to 16 MiB, the other JSON services less.
const MAX_JSON_BYTES: usize = 16 * 1024 * 1024;

/// Serves until `stop` is notified, then cuts all connections and returns once they are gone.
pub(crate) async fn run(listener: TcpListener, services: Arc<Services>, stop: Arc<Notify>) {
    let answer = move |request, _| {
        let services = Arc::clone(&services);
        async move { answer(&services, request).await }
    };
    serve(listener, Idle::Kept, stop.notified(), answer).await;
}

/// What is called: the operation of a JSON protocol, or the method of S3.
fn operation(request: &Request<Incoming>) -> &str {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    operation.unwrap_or(request.method().as_str())
}

async fn answer(services: &Services, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    let is_presigned = request.uri().query().is_some_and(|query| query.contains("X-Amz-Signature="));
    let caller = signature::claimed(request.headers()).and_then(|key| services.principals.name(key));
    let caller = caller.or_else(|| is_presigned.then(|| PRESIGNED.to_owned()));
    let Some((moment, crash)) = services.crash.next(caller.as_deref(), operation(&request)) else {
        return carry_out(services, request).await;
    };
    if moment == Moment::After {
        let _ = carry_out(services, request).await;
    }
    crash().await;
    Err(Cut)
}

async fn carry_out(services: &Services, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).map(str::to_owned);
    let Some(target) = target else {
        return services.s3.answer(request).await;
    };
    let Some((service, operation)) = Service::of_target(&target) else {
        return Ok(aws_json::respond(Service::DynamoDb, Err(Refusal::unknown_operation())));
    };
    let name = format!("{}.{operation}", service.name());
    services.interludes.before(&name).await;
    let fault = services.ledger.record(&name);
    let result = call(services, service, operation, request, fault).await;
    match fault {
        Some(Fault::LostAnswer) => Err(Cut),
        Some(Fault::Status(_) | Fault::Conflict) | None => Ok(aws_json::respond(service, result)),
    }
}

async fn call(
    services: &Services,
    service: Service,
    operation: &str,
    request: Request<Incoming>,
    fault: Option<Fault>,
) -> Result<Bytes, Refusal> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_JSON_BYTES)
        .collect()
        .await
        .map_err(|error| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &error.to_string()))?
        .to_bytes();
    let signer = signature::check(&parts, &body, &services.principals)?;
    aws_json::refuse_if_planned(fault, &body)?;
    let rights = match service {
        Service::DynamoDb => dynamodb::rights(operation, &body),
        Service::Sqs => sqs::rights(operation, &body),
        Service::Kms => kms::rights(operation, &body),
    };
    services.principals.authorize(&signer, &rights).map_err(|denial| Refusal::denied(service, &denial))?;
    match service {
        Service::Sqs => services.sqs.call(operation, &body).await,
        Service::Kms => services.kms.call(operation, &body),
        Service::DynamoDb => {
            // May take a while: a batch, or a wait for another one's transaction.
            let (tables, operation) = (services.dynamodb.clone(), operation.to_owned());
            tokio::task::spawn_blocking(move || tables.call(&operation, &body))
                .await
                .unwrap_or_else(|error| Err(Refusal::internal(&error)))
        }
    }
}
