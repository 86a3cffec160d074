//! Wires the MCP function.

use lambda_http::Error;
use mcp::{App, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let linked = ["accounts", "media", "posts", "webhooks", "workspace"];
    let (aws, config) = slipway_runtime::start_with(env!("CARGO_CRATE_NAME"), &linked).await?;
    slipway_http::run(router(App::new(&aws, config)?)).await
}
