//! What sets the function off: a request to a route, or the operator who invokes it directly.

use axum::Router;
use jiff::Timestamp;
use lambda_http::Service as _;
use lambda_http::request::LambdaRequest;
use lambda_runtime::{Error, LambdaEvent};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use slipway_contract::operator::CommandAnswer;
use slipway_http::adapter;
use slipway_store::tenants::Tenants;

use crate::operator::{self, Command};

/// What tells an operator's command from a request.
#[derive(Deserialize)]
struct Named {
    slipway: Option<IgnoredAny>,
}

/// What Lambda gets back.
#[derive(Serialize)]
#[serde(untagged)]
enum Handled<A> {
    Request(A),
    Command(CommandAnswer),
}

/// Answers a request, or carries out what the operator says.
pub async fn handle(
    tenants: &Tenants,
    router: &Router,
    event: LambdaEvent<Box<RawValue>>,
    now: Timestamp,
) -> Result<impl Serialize + use<>, Error> {
    let text = event.payload.get();
    if serde_json::from_str::<Named>(text)?.slipway.is_some() {
        let command = Command::read(text)?;
        return Ok(Handled::Command(operator::run(tenants, command, now).await?));
    }
    let request: LambdaRequest = serde_json::from_str(text)?;
    let answer = adapter(router.clone()).call(LambdaEvent::new(request, event.context)).await?;
    Ok(Handled::Request(answer))
}
