//! Wires the sweep function.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lambda_runtime::Error;
use slipway_worker::on_schedule;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let (targets, media) = sweep::wired(&aws, config);
    on_schedule(async |_| -> Result<(), Error> {
        // Well inside the function's own time-out of a minute. Media can wait, targets come first.
        let deadline = Instant::now() + Duration::from_secs(45);
        let swept = targets.run(Timestamp::now(), deadline).await;
        media.run(Timestamp::now(), deadline).await?;
        Ok(swept.map(drop)?)
    })
    .await
}
