//! SQS in both directions: sending typed messages, and working through a batch with a verdict for each message.

use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A queue that we send to.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message that was not, or not certainly, sent.
#[derive(Debug, thiserror::Error)]
#[error("SQS: {0}")]
pub struct QueueError(String);

impl Queue {
    /// SQS delays a message at most this long.
    pub const MAX_DELAY: Duration = Duration::from_mins(15);

    /// The queue at this address.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends a message that becomes visible after `delay` (cut to 15 minutes). The group, normally the
    /// tenant, makes the queue fair: one tenant's thousand messages do not hold up another's one.
    pub async fn send(&self, group: &str, message: &impl Serialize, delay: Duration) -> Result<(), QueueError> {
        let body = serde_json::to_string(message).map_err(|error| QueueError(error.to_string()))?;
        let seconds = delay.min(Self::MAX_DELAY).as_secs();
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .message_group_id(group)
            .set_delay_seconds((seconds > 0).then(|| i32::try_from(seconds).unwrap_or(900)))
            .send()
            .await
            .map_err(|error| QueueError(DisplayErrorContext(error).to_string()))?;
        Ok(())
    }

    /// Whether this is the queue with that ARN: both end in the queue's name.
    fn is(&self, arn: &str) -> bool {
        let name = arn.rsplit(':').next().unwrap_or_default();
        !name.is_empty() && self.url.rsplit('/').next() == Some(name)
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
            .map_err(|error| QueueError(DisplayErrorContext(error).to_string()))?;
        Ok(())
    }
}

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is dealt with: SQS deletes it.
    Done,
    /// It comes back, after this long if that could be said to SQS, else after the queue's own time-out.
    Again(Duration),
}

/// Works through a batch, one message after the other, and answers which ones are to come back.
///
/// `queues` are the queues that the messages may come from. A message that does not read as `M` comes back until its
/// queue hands it to the dead letters, where it is kept.
pub async fn work<M, F>(queues: &[&Queue], event: SqsEvent, step: F) -> SqsBatchResponse
where
    M: DeserializeOwned,
    F: AsyncFn(M, &SqsMessage) -> Outcome,
{
    let mut failures = Vec::new();
    for record in &event.records {
        let id = record.message_id.clone().unwrap_or_default();
        let outcome = match serde_json::from_str::<M>(record.body.as_deref().unwrap_or_default()) {
            Ok(message) => step(message, record).await,
            Err(error) => {
                tracing::error!(%error, message.id = %id, "a message does not read; it goes to the dead letters");
                Outcome::Again(Duration::from_secs(1))
            }
        };
        if let Outcome::Again(visible_in) = outcome {
            let arn = record.event_source_arn.as_deref().unwrap_or_default();
            if let Some(queue) = queues.iter().find(|queue| queue.is(arn))
                && let Some(receipt) = &record.receipt_handle
                && let Err(error) = queue.set_visibility(receipt, visible_in).await
            {
                tracing::warn!(%error, message.id = %id, "could not say when the message comes back");
            }
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failures.push(failure);
        }
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures;
    response
}
