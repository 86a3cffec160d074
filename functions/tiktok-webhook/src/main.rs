//! Wires the tiktok-webhook function.

use lambda_http::Error;
use tiktok_webhook::{Webhook, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    slipway_http::run(router(Webhook::new(&aws, config))).await
}
