//! Wires the sweep function.

use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::Error;
use slipway_worker::on_schedule;

/// What is left of the function's minute for what was begun.
const FINISHING_UP: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let (targets, media, bucket) = sweep::wired(&aws, config);
    on_schedule(async |deadline| -> Result<(), Error> {
        // Media can wait, targets come first. None keeps the next one from its turn.
        let deadline = deadline.leaving(FINISHING_UP);
        let swept = targets.run(Timestamp::now(), deadline).await;
        let of_media = media.run(Timestamp::now(), deadline).await;
        bucket.run(Timestamp::now(), deadline).await?;
        of_media?;
        Ok(swept.map(drop)?)
    })
    .await
}
