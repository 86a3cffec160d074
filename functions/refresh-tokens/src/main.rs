//! Wires the refresh-tokens function.

use std::time::Instant;

use jiff::Timestamp;
use lambda_runtime::Error;
use refresh_tokens::{LONGEST_RENEWAL, RefreshTokens};
use slipway_worker::on_schedule;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let refresh = RefreshTokens::new(&aws, config)?;
    on_schedule(async |deadline| -> Result<(), Error> {
        let deadline = Instant::now() + deadline.left().saturating_sub(LONGEST_RENEWAL);
        refresh.run(Timestamp::now(), deadline).await.log();
        Ok(())
    })
    .await
}
