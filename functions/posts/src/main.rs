//! Wires the posts function.

use lambda_http::Error;
use posts::{App, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    slipway_http::run(router(App::new(&aws, &slipway_store::client(&aws), config)?)).await
}
