//! Wires the workspace function.

use jiff::Timestamp;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Error, Service};
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::Value;
use workspace::App;
use workspace::operator::{self, Command};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let app = App::new(&slipway_store::client(&aws), config);
    let (tenants, router) = (&app.tenants.clone(), &workspace::router(app));
    run(service_fn(async |event: LambdaEvent<Value>| -> Result<Value, Error> {
        if event.payload.get("slipway").is_some() {
            let command: Command = serde_json::from_value(event.payload)?;
            return Ok(serde_json::to_value(operator::run(tenants, command, Timestamp::now()).await?)?);
        }
        let request: LambdaRequest = serde_json::from_value(event.payload)?;
        let answer = Adapter::from(router.clone()).call(LambdaEvent::new(request, event.context)).await?;
        Ok(serde_json::to_value(answer)?)
    }))
    .await
}
