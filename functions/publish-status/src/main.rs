//! Wires the publish-status function.

use jiff::Timestamp;
use lambda_runtime::Error;
use publish_status::PublishStatus;
use slipway_worker::on_messages;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (aws, config) = slipway_runtime::start(env!("CARGO_CRATE_NAME")).await?;
    let status = PublishStatus::new(&aws, config)?;
    let queues = [&status.status_checks, &status.tiktok_events];
    on_messages(&queues, async |message, record, _| status.step(message, record, Timestamp::now()).await).await
}
