//! Wires the accounts function.

use accounts::{App, asked_scopes, router};
use lambda_http::Error;
use slipway_runtime::config::{self, PublicBase};
use slipway_runtime::tokens::Tokens;
use slipway_runtime::{aws, logging};
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::posts::Posts;
use slipway_store::tenants::Tenants;
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
    lambda_http::run(router(App {
        tenants: Tenants::new(dynamodb.clone(), config::required("TENANTS_TABLE")?),
        posts: Posts::new(dynamodb, config::required("POSTS_TABLE")?),
        tokens: Tokens::new(accounts.clone(), vault, tiktok),
        accounts,
        base: PublicBase::from_env()?,
        asked_scopes: asked_scopes(std::env::var("TIKTOK_SCOPES").ok().as_deref()),
    }))
    .await
}
