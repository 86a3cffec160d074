//! Wires the posts function.

use lambda_http::Error;
use posts::{Service, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    lambda_http::run(router(Service::new(&aws, &slipway_store::client(&aws), config)?)).await
}
