//! Wires the media function.

use lambda_http::Error;
use media::{App, router};
use slipway_runtime::config::{self, PublicBase};
use slipway_runtime::queue::Queue;
use slipway_runtime::{aws, logging};
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::tenants::Tenants;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let media = Media::new(dynamodb.clone(), config::required("MEDIA_TABLE")?)
        .ruled_by(config::media_rules()?)
        .recording(Events::new(dynamodb.clone(), config::required("EVENTS_TABLE")?));
    lambda_http::run(router(App {
        tenants: Tenants::new(dynamodb.clone(), config::required("TENANTS_TABLE")?),
        media,
        posts: Posts::new(dynamodb, config::required("POSTS_TABLE")?),
        s3: aws::s3(&aws),
        bucket: config::required("MEDIA_BUCKET")?,
        imports: Queue::new(aws_sdk_sqs::Client::new(&aws), config::required("IMPORTS_QUEUE_URL")?),
        trusted_origins: config::optional("IMPORT_TRUSTED_ORIGINS")?,
        base: PublicBase::from_env()?,
    }))
    .await
}
