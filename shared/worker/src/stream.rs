//! What the `main.rs` of a function on a table's stream and a queue ends with.

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use slipway_runtime::Deadline;

use crate::batch::{comes_again, read, receive_count};

/// A message as it came.
#[derive(Debug)]
pub struct Incoming<M> {
    /// SQS's id of it.
    pub id: String,
    /// What it says.
    pub message: M,
    /// Whether nobody was given it before.
    pub is_first: bool,
}

/// Hands on changes of a table's stream, and works on batches of messages as a whole, for as long as Lambda keeps the
/// process. `changed` answers the number of the change from which on the stream is to come again, if it is; `came`
/// answers the ids of the messages that are to come again.
pub async fn on_stream_and_messages<C, M>(
    changed: impl AsyncFn(C, Deadline) -> Option<String>,
    came: impl AsyncFn(Vec<Incoming<M>>, Deadline) -> Vec<String>,
) -> Result<(), Error>
where
    C: DeserializeOwned,
    M: DeserializeOwned,
{
    let (changed, came) = (&changed, &came);
    run(service_fn(async |event: LambdaEvent<Value>| -> Result<SqsBatchResponse, Error> {
        let (event, deadline) = (event.payload, Deadline::of(&event.context));
        let again = if is_of_a_stream(&event)? {
            // Boxed: a step is a deep tower of futures.
            Box::pin(changed(serde_json::from_value(event)?, deadline)).await.into_iter().collect()
        } else {
            let (messages, mut again) = incoming(serde_json::from_value(event)?);
            if !messages.is_empty() {
                again.extend(Box::pin(came(messages, deadline)).await);
            }
            again
        };
        Ok(comes_again(again))
    }))
    .await
}

/// Whether these are changes of a table, and no messages.
fn is_of_a_stream(event: &Value) -> serde_json::Result<bool> {
    #[derive(Deserialize)]
    struct Event<'a> {
        #[serde(rename = "Records", borrow)]
        records: Vec<Record<'a>>,
    }
    #[derive(Deserialize)]
    struct Record<'a> {
        #[serde(rename = "eventSource")]
        source: Option<&'a str>,
    }
    let event = Event::deserialize(event)?;
    Ok(event.records.first().is_some_and(|record| record.source == Some("aws:dynamodb")))
}

/// The messages of a batch, and the ids of those that do not read: they come back until their queue hands them to the dead
/// letters, where they are kept.
fn incoming<M: DeserializeOwned>(batch: SqsEvent) -> (Vec<Incoming<M>>, Vec<String>) {
    let (mut messages, mut again) = (Vec::new(), Vec::new());
    for record in batch.records {
        let (message, is_first) = (read(&record), receive_count(&record) == Some(1));
        let id = record.message_id.unwrap_or_default();
        match message {
            Some(message) => messages.push(Incoming { id, message, is_first }),
            None => again.push(id),
        }
    }
    (messages, again)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_of_a_table_are_told_from_messages() {
        for (event, expected) in [
            (json!({"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]}), Some(true)),
            (json!({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}), Some(false)),
            (json!({"Records": []}), Some(false)),
            (json!({"slipway": "create_key"}), None),
        ] {
            assert_eq!(is_of_a_stream(&event).ok(), expected, "{event}");
        }
    }

    #[test]
    fn a_message_that_does_not_read_comes_back_and_holds_up_no_other() {
        let message = |id: &str, body: &str, received: &str| json!({"messageId": id, "body": body, "attributes": {"ApproximateReceiveCount": received}});
        let batch = json!({"Records": [message("a", "{", "1"), message("b", "[1]", "1"), message("c", "[2]", "2")]});
        let (messages, again) = incoming::<Value>(serde_json::from_value(batch).unwrap());
        assert_eq!(again, ["a"]);
        let came: Vec<_> = messages.iter().map(|came| (came.id.as_str(), came.is_first)).collect();
        assert_eq!(came, [("b", true), ("c", false)]);
    }
}
