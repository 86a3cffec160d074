//! Wires the refresh-tokens function.

use jiff::Timestamp;
use lambda_runtime::Error;
use refresh_tokens::RefreshTokens;
use slipway_domain::schedule::LONGEST_RENEWAL;
use slipway_worker::on_schedule;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let refresh = RefreshTokens::new(&aws, config)?;
    on_schedule(async |deadline| -> Result<(), Error> {
        refresh.run(Timestamp::now(), deadline.leaving(LONGEST_RENEWAL)).await.log();
        Ok(())
    })
    .await
}
