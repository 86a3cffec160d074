//! Wires the workspace function.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use workspace::{App, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let app = App::new(&slipway_store::client(&aws), config);
    let (tenants, router) = (&app.tenants.clone(), &workspace::router(app));
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Box::pin(handle(tenants, router, event, Timestamp::now())).await
    }))
    .await
}
