//! Wires the sweep function.

use std::time::Duration;

use futures_util::future::join4;
use jiff::Timestamp;
use lambda_runtime::Error;
use slipway_worker::on_schedule;

/// What is left of the function's minute for what was begun.
const FINISHING_UP: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let (targets, media, bucket, webhooks) = sweep::wired(&aws, config);
    on_schedule(async |deadline| -> Result<(), Error> {
        let (now, deadline) = (Timestamp::now(), deadline.leaving(FINISHING_UP));
        // Side by side, so that none keeps the others from their turn.
        let (swept, of_media, of_bucket, of_webhooks) = join4(
            targets.run(now, deadline),
            media.run(now, deadline),
            bucket.run(now, deadline),
            webhooks.run(now, deadline),
        )
        .await;
        of_webhooks?;
        of_bucket?;
        of_media?;
        Ok(swept.map(drop)?)
    })
    .await
}
