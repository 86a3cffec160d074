//! Wires the import-media function.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lambda_events::event::sqs::SqsEvent;
use import_media::Importer;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use slipway_runtime::queue::work;
use slipway_runtime::{aws, logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let importer = &Importer::from_env(&aws::config().await)?;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| -> Result<_, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let deadline = Instant::now() + Duration::from_millis(event.context.deadline).saturating_sub(now);
        let step = async |message, record: &_| importer.step(message, record, deadline).await;
        Ok(work(&[&importer.imports], event.payload, step).await)
    }))
    .await
}
