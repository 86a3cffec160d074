//! Wires the transfer function.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use slipway_runtime::queue::{Queue, work};
use slipway_runtime::tokens::Tokens;
use slipway_runtime::{aws, config, logging};
use slipway_store::accounts::Accounts;
use slipway_store::posts::Posts;
use slipway_vault::Vault;
use transfer::{Deadline, Transfer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let accounts = Accounts::new(dynamodb.clone(), config::required("ACCOUNTS_TABLE")?);
    let vault = Vault::new(aws_sdk_kms::Client::new(&aws), config::required("KMS_KEY_ID")?);
    let tiktok = slipway_tiktok::Client::new(config::tiktok()?)?;
    let transfer = &Transfer {
        posts: Posts::new(dynamodb, config::required("POSTS_TABLE")?),
        tokens: Tokens::new(accounts.clone(), vault.clone(), tiktok.clone()),
        accounts,
        vault,
        tiktok,
        s3: aws::s3(&aws),
        bucket: config::required("MEDIA_BUCKET")?,
        transfers: Queue::new(sqs.clone(), config::required("TRANSFERS_QUEUE_URL")?),
        status_checks: Queue::new(sqs, config::required("STATUS_CHECKS_QUEUE_URL")?),
        first_check: Duration::from_secs(config::parsed("STATUS_FIRST_CHECK_SECONDS")?),
    };
    run(service_fn(async |event: LambdaEvent<SqsEvent>| -> Result<_, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let deadline = Deadline::after(Duration::from_millis(event.context.deadline).saturating_sub(now));
        let step = async |message, record: &_| transfer.step(message, record, deadline).await;
        Ok(work(&[&transfer.transfers], event.payload, step).await)
    }))
    .await
}
