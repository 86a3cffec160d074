//! Wires the transfer function.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use slipway_runtime::queue::work;
use slipway_runtime::{aws, logging};
use transfer::{Deadline, Transfer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let transfer = &Transfer::from_env(&aws::config().await)?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| -> Result<_, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let deadline = Deadline::after(Duration::from_millis(event.context.deadline).saturating_sub(now));
        let step = async |message, record: &_| transfer.step(message, record, deadline).await;
        Ok(work(&[&transfer.transfers], event.payload, step).await)
    }))
    .await
}
