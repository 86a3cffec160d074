//! Wires the refresh-tokens function.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use refresh_tokens::{LONGEST_RENEWAL, RefreshTokens};
use serde_json::Value;
use slipway_runtime::tokens::Tokens;
use slipway_runtime::{aws, config, logging};
use slipway_store::{accounts::Accounts, events::Events, posts::Posts};
use slipway_vault::Vault;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let events = Events::new(dynamodb.clone(), config::required("EVENTS_TABLE")?);
    let accounts = Accounts::new(dynamodb.clone(), config::required("ACCOUNTS_TABLE")?).recording(events);
    let vault = Vault::new(aws_sdk_kms::Client::new(&aws), config::required("KMS_KEY_ID")?);
    let tiktok = slipway_tiktok::Client::new(config::tiktok()?)?;
    let refresh = &RefreshTokens {
        tokens: Tokens::new(accounts.clone(), vault, tiktok),
        accounts,
        posts: Posts::new(dynamodb, config::required("POSTS_TABLE")?),
        concurrency: config::parsed("REFRESH_CONCURRENCY")?,
    };
    run(service_fn(async |event: LambdaEvent<Value>| -> Result<(), Error> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let left = Duration::from_millis(event.context.deadline).saturating_sub(since_epoch);
        let deadline = Instant::now() + left.saturating_sub(LONGEST_RENEWAL);
        refresh.run(Timestamp::now(), deadline).await.log();
        Ok(())
    }))
    .await
}
