#![doc = include_str!("../README.md")]

mod batch;

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use aws_types::SdkConfig;
use serde::Serialize;
use slipway_domain::Chain;
use slipway_runtime::AwsFailure;

/// A queue that we send to.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message that was not, or not certainly, sent.
#[derive(Debug, thiserror::Error)]
#[error("SQS: {0}")]
pub struct QueueError(#[source] Chain);

/// What the log says of a message that could not be sent, where that is no error for a caller: what it is about is written.
pub const LEFT_TO_THE_SWEEP: &str = "not handed over; the sweep will do it";

/// A client of SQS. Calls nobody.
pub fn client(aws: &SdkConfig) -> Client {
    Client::new(aws)
}

impl Queue {
    /// SQS delays a message at most this long.
    pub const MAX_DELAY: Duration = Duration::from_mins(15);
    /// SQS takes at most so many messages in one call.
    pub const MAX_BATCH: usize = 10;

    /// The queue at this address.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends a message that becomes visible after `delay` (cut to 15 minutes). The group, normally the
    /// tenant, makes the queue fair: one tenant's thousand messages do not hold up another's one.
    pub async fn send(&self, group: &str, message: &impl Serialize, delay: Duration) -> Result<(), QueueError> {
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(body(message)?)
            .message_group_id(group)
            .set_delay_seconds(delay_seconds(delay))
            .send()
            .await
            .map_err(|error| QueueError(Chain::of(AwsFailure::from(error))))?;
        Ok(())
    }

    /// Whether this is the queue with that ARN: both end in the queue's name.
    pub fn is(&self, arn: &str) -> bool {
        let name = arn.rsplit(':').next().unwrap_or_default();
        !name.is_empty() && self.url.rsplit('/').next() == Some(name)
    }

    /// About how many messages wait for somebody who works on them.
    pub async fn waiting(&self) -> Result<u64, QueueError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        let answer = request.send().await.map_err(|error| QueueError(Chain::of(AwsFailure::from(error))))?;
        let number = answer.attributes.as_ref().and_then(|attributes| attributes.get(&name));
        Ok(number.and_then(|number| number.parse().ok()).unwrap_or_default())
    }

    /// Says when a message that we hold comes back if we do not delete it. Used as a heartbeat while we live, and
    /// to come back sooner or later than the queue's own time-out.
    pub async fn set_visibility(&self, receipt: &str, visible_in: Duration) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt)
            .visibility_timeout(i32::try_from(visible_in.as_secs()).unwrap_or(43_200))
            .send()
            .await
            .map_err(|error| QueueError(Chain::of(AwsFailure::from(error))))?;
        Ok(())
    }
}

/// A delay as SQS takes it; nothing if there is none.
fn delay_seconds(delay: Duration) -> Option<i32> {
    let seconds = delay.min(Queue::MAX_DELAY).as_secs();
    (seconds > 0).then(|| i32::try_from(seconds).unwrap_or(900))
}

/// A message as it is sent.
fn body(message: &impl Serialize) -> Result<String, QueueError> {
    serde_json::to_string(message).map_err(|error| QueueError(Chain::of(error)))
}
