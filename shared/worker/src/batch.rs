//! A batch of messages, with an answer about each.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use serde::de::DeserializeOwned;
use slipway_queue::Queue;

use crate::Handled;

/// Works through a batch, one message after the other, and answers which ones are to come back.
///
/// `queues` are the queues that the messages may come from. A message that does not read as `M` comes back until its
/// queue hands it to the dead letters, where it is kept.
pub async fn work<M, F>(queues: &[&Queue], event: SqsEvent, step: F) -> SqsBatchResponse
where
    M: DeserializeOwned,
    F: AsyncFn(M, &SqsMessage) -> Handled,
{
    let mut again = Vec::new();
    for record in &event.records {
        let id = record.message_id.clone().unwrap_or_default();
        let handled = match read(record) {
            Some(message) => step(message, record).await,
            None => Handled::SOON,
        };
        if let Handled::Again(visible_in) = handled {
            let arn = record.event_source_arn.as_deref().unwrap_or_default();
            if let Some(queue) = queues.iter().find(|queue| queue.is(arn))
                && let Some(receipt) = &record.receipt_handle
                && let Err(error) = queue.set_visibility(receipt, visible_in).await
            {
                tracing::warn!(%error, message.id = %id, "could not say when the message comes back");
            }
            again.push(id);
        }
    }
    comes_again(again)
}

/// What a message says; nothing if it does not read, which is said in the log.
pub(crate) fn read<M: DeserializeOwned>(record: &SqsMessage) -> Option<M> {
    serde_json::from_str(record.body.as_deref().unwrap_or_default())
        .inspect_err(|error| {
            let id = record.message_id.as_deref().unwrap_or_default();
            tracing::error!(%error, message.id = id, "a message does not read; it goes to the dead letters");
        })
        .ok()
}

/// How often SQS has given this message to somebody, this time included; nothing if it does not say.
pub fn receive_count(record: &SqsMessage) -> Option<u32> {
    record.attributes.get("ApproximateReceiveCount")?.parse().ok()
}

/// The answer about a batch of which these are to come back: messages by their ids, changes of a stream by their numbers.
pub(crate) fn comes_again(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = ids
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}
