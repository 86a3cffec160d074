//! Several messages in one call.

use std::time::Duration;

use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;
use slipway_domain::Chain;
use slipway_runtime::AwsFailure;

use crate::{Queue, QueueError, body, delay_seconds};

impl Queue {
    /// Sends messages, each of its group and visible after its delay (cut to 15 minutes), with one call for every
    /// [`MAX_BATCH`](Self::MAX_BATCH) of them. SQS may take some and refuse others, so each has its own result, in their
    /// order.
    pub async fn send_all<M: Serialize>(
        &self,
        messages: &[(impl AsRef<str>, M, Duration)],
    ) -> Vec<Result<(), QueueError>> {
        let mut results = Vec::with_capacity(messages.len());
        for messages in messages.chunks(Self::MAX_BATCH) {
            results.extend(self.send_batch(messages).await);
        }
        results
    }

    async fn send_batch<M: Serialize>(
        &self,
        messages: &[(impl AsRef<str>, M, Duration)],
    ) -> Vec<Result<(), QueueError>> {
        // A message is known by its place in the batch.
        let entries = messages.iter().enumerate().map(|(place, (group, message, delay))| {
            let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_group_id(group.as_ref());
            let entry = entry.set_delay_seconds(delay_seconds(*delay));
            entry.message_body(body(message)?).build().map_err(|error| QueueError(Chain::of(error)))
        });
        let entries: Vec<_> = match entries.collect() {
            Ok(entries) => entries,
            Err(error) => return all(messages.len(), &error),
        };
        match self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await {
            Ok(answer) => (0..messages.len()).map(|place| result(&answer, &place.to_string())).collect(),
            Err(error) => all(messages.len(), &QueueError(Chain::of(AwsFailure::from(error)))),
        }
    }
}

/// What became of the message of this id. It counts as sent only if SQS says so.
fn result(answer: &SendMessageBatchOutput, id: &str) -> Result<(), QueueError> {
    if answer.successful().iter().any(|sent| sent.id() == id) {
        return Ok(());
    }
    let refusal = answer.failed().iter().find(|refusal| refusal.id() == id);
    Err(QueueError(Chain::of(match refusal {
        Some(refusal) => format!("refused: {} {}", refusal.code(), refusal.message().unwrap_or_default()),
        None => "not a word about this message of a batch".to_owned(),
    })))
}

/// The same error for every message of a batch.
fn all(count: usize, error: &QueueError) -> Vec<Result<(), QueueError>> {
    (0..count).map(|_| Err(QueueError(error.0.clone()))).collect()
}
