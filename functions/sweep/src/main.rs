//! Wires the sweep function.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use slipway_runtime::queue::Queue;
use slipway_runtime::{aws, config, logging};
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use sweep::{Sweep, media::MediaSweep};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    logging::init();
    let aws = aws::config().await;
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let media = &MediaSweep {
        media: Media::new(dynamodb.clone(), config::required("MEDIA_TABLE")?).ruled_by(config::media_rules()?),
        posts: Posts::new(dynamodb, config::required("POSTS_TABLE")?),
        s3: aws::s3(&aws),
        bucket: config::required("MEDIA_BUCKET")?,
        imports: Queue::new(sqs.clone(), config::required("IMPORTS_QUEUE_URL")?),
    };
    let sweep = &Sweep {
        posts: media.posts.clone(),
        transfers: Queue::new(sqs.clone(), config::required("TRANSFERS_QUEUE_URL")?),
        status_checks: Queue::new(sqs, config::required("STATUS_CHECKS_QUEUE_URL")?),
    };
    run(service_fn(async |_: LambdaEvent<Value>| -> Result<(), Error> {
        // Well inside the function's own time-out of a minute. Media can wait, targets come first.
        let deadline = Instant::now() + Duration::from_secs(45);
        let targets = sweep.run(Timestamp::now(), deadline).await;
        media.run(Timestamp::now(), deadline).await?;
        Ok(targets.map(drop)?)
    }))
    .await
}
