//! What sets the function off: a request to a route, or the operator who invokes it directly.

use axum::Router;
use jiff::Timestamp;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Service as _};
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use slipway_store::tenants::Tenants;

use crate::operator::{self, Command};

/// What tells an operator's command from a request.
#[derive(Deserialize)]
struct Named {
    slipway: Option<IgnoredAny>,
}

/// Answers a request, or carries out what the operator says.
pub async fn handle(
    tenants: &Tenants,
    router: &Router,
    event: LambdaEvent<Value>,
    now: Timestamp,
) -> Result<Value, Error> {
    if Named::deserialize(&event.payload)?.slipway.is_some() {
        let command: Command = serde_json::from_value(event.payload)?;
        return Ok(serde_json::to_value(operator::run(tenants, command, now).await?)?);
    }
    let request: LambdaRequest = serde_json::from_value(event.payload)?;
    let answer = Adapter::from(router.clone()).call(LambdaEvent::new(request, event.context)).await?;
    Ok(serde_json::to_value(answer)?)
}
