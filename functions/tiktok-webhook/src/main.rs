//! Wires the tiktok-webhook function.

use lambda_http::Error;
use slipway_runtime::queue::Queue;
use slipway_runtime::{aws, config, logging};
use tiktok_webhook::{Webhook, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let webhook = Webhook {
        client_secret: config::secret("TIKTOK_CLIENT_SECRET")?,
        client_key: config::required("TIKTOK_CLIENT_KEY")?,
        events: Queue::new(aws_sdk_sqs::Client::new(&aws), config::required("TIKTOK_EVENTS_QUEUE_URL")?),
    };
    lambda_http::run(router(webhook)).await
}
