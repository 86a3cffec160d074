//! Wires the posts function.

use lambda_http::Error;
use posts::{Service, router};
use slipway_runtime::queue::Queue;
use slipway_runtime::tokens::Tokens;
use slipway_runtime::{aws, config, logging};
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::tenants::Tenants;
use slipway_vault::Vault;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let events = Events::new(dynamodb.clone(), config::required("EVENTS_TABLE")?);
    let accounts = Accounts::new(dynamodb.clone(), config::required("ACCOUNTS_TABLE")?).recording(events.clone());
    let vault = Vault::new(aws_sdk_kms::Client::new(&aws), config::required("KMS_KEY_ID")?);
    let tiktok = slipway_tiktok::Client::new(config::tiktok()?)?;
    let service = Service {
        tenants: Tenants::new(dynamodb.clone(), config::required("TENANTS_TABLE")?),
        tokens: Tokens::new(accounts.clone(), vault, tiktok),
        accounts,
        media: Media::new(dynamodb.clone(), config::required("MEDIA_TABLE")?)
            .ruled_by(config::media_rules()?)
            .recording(events),
        posts: Posts::new(dynamodb, config::required("POSTS_TABLE")?),
        s3: aws::s3(&aws),
        bucket: config::required("MEDIA_BUCKET")?,
        transfers: Queue::new(sqs.clone(), config::required("TRANSFERS_QUEUE_URL")?),
        imports: Queue::new(sqs, config::required("IMPORTS_QUEUE_URL")?),
        trusted_origins: config::optional("IMPORT_TRUSTED_ORIGINS")?,
    };
    lambda_http::run(router(service)).await
}
