//! Wires the publish-status function.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use publish_status::PublishStatus;
use slipway_runtime::queue::{Queue, work};
use slipway_runtime::tokens::Tokens;
use slipway_runtime::{aws, config, logging};
use slipway_store::{accounts::Accounts, events::Events, posts::Posts};
use slipway_vault::Vault;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let events = Events::new(dynamodb.clone(), config::required("EVENTS_TABLE")?);
    let accounts = Accounts::new(dynamodb.clone(), config::required("ACCOUNTS_TABLE")?).recording(events);
    let vault = Vault::new(aws_sdk_kms::Client::new(&aws), config::required("KMS_KEY_ID")?);
    let tiktok = slipway_tiktok::Client::new(config::tiktok()?)?;
    let status = &PublishStatus {
        posts: Posts::new(dynamodb, config::required("POSTS_TABLE")?),
        tokens: Tokens::new(accounts.clone(), vault, tiktok.clone()),
        accounts,
        tiktok,
        status_checks: Queue::new(sqs.clone(), config::required("STATUS_CHECKS_QUEUE_URL")?),
        tiktok_events: Queue::new(sqs.clone(), config::required("TIKTOK_EVENTS_QUEUE_URL")?),
        transfers: Queue::new(sqs, config::required("TRANSFERS_QUEUE_URL")?),
        first_check: Duration::from_secs(config::parsed("STATUS_FIRST_CHECK_SECONDS")?),
    };
    run(service_fn(async |event: LambdaEvent<SqsEvent>| -> Result<_, Error> {
        let queues = [&status.status_checks, &status.tiktok_events];
        let step = async |message, record: &_| status.step(message, record, jiff::Timestamp::now()).await;
        Ok(work(&queues, event.payload, step).await)
    }))
    .await
}
