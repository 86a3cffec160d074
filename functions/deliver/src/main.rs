//! Wires the deliver function.

use deliver::Deliver;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let deliver = &Deliver::new(&aws, config)?;
    run(service_fn(async |event: LambdaEvent<Value>| -> Result<Value, Error> {
        Ok(serde_json::to_value(Box::pin(deliver.handle(event.payload, Timestamp::now())).await?)?)
    }))
    .await
}
