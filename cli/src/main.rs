//! `slipway`: publishes videos from the command line.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    slipway::run().await
}
