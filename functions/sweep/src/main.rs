//! Wires the sweep function.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use slipway_runtime::queue::Queue;
use slipway_runtime::{aws, config, logging};
use slipway_store::posts::Posts;
use sweep::Sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let sweep = &Sweep {
        posts: Posts::new(aws_sdk_dynamodb::Client::new(&aws), config::required("POSTS_TABLE")?),
        transfers: Queue::new(sqs.clone(), config::required("TRANSFERS_QUEUE_URL")?),
        status_checks: Queue::new(sqs, config::required("STATUS_CHECKS_QUEUE_URL")?),
    };
    run(service_fn(async |_: LambdaEvent<Value>| -> Result<(), Error> {
        // Well inside the function's own time-out of a minute.
        let swept = sweep.run(Timestamp::now(), Instant::now() + Duration::from_secs(45)).await?;
        tracing::info!(due = swept.due, woken = swept.woken, failed = swept.failed, "swept");
        Ok(())
    }))
    .await
}
