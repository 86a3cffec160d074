//! Event source mappings: messages of a queue become invocations of a function.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_stand_in::{MessageAttribute, Received, Sqs, SqsError};
use bytes::Bytes;
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::lambda::{InvokeError, Lambda};
use crate::logs::Logs;

/// The longest a receive waits for a message: SQS's limit.
const LONG_POLL: Duration = Duration::from_secs(20);

/// The most messages one receive brings: SQS's limit.
const RECEIVE_LIMIT: usize = 10;

/// How long a mapping rests after its queue refused it.
const REST_AFTER_ERROR: Duration = Duration::from_secs(1);

/// From which queue to which function, and how.
pub(crate) struct Mapping {
    /// The function's logical id.
    pub(crate) function: String,
    /// The queue's name.
    pub(crate) queue: String,
    pub(crate) queue_arn: String,
    pub(crate) region: String,
    pub(crate) batch_size: usize,
    pub(crate) batching_window: Duration,
    /// The most invocations at one time.
    pub(crate) concurrency: usize,
    pub(crate) reports_failures: bool,
}

impl Mapping {
    /// Fetches and invokes until dropped.
    pub(crate) async fn run(self: Arc<Self>, sqs: Sqs, lambda: Arc<Lambda>, logs: Logs) {
        let slots = Arc::new(Semaphore::new(self.concurrency.max(1)));
        let mut batches = JoinSet::new();
        loop {
            // A message's visibility runs from its receipt: fetch only what can start at once.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            if lambda.room(&self.function).await.is_err() {
                return;
            }
            while batches.try_join_next().is_some() {}
            match self.fetch(&sqs).await {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    let (mapping, sqs, lambda, logs) =
                        (Arc::clone(&self), sqs.clone(), Arc::clone(&lambda), logs.clone());
                    batches.spawn(async move {
                        mapping.deliver(&messages, &sqs, &lambda, &logs).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    logs.platform(&self.function, None, format!("cannot receive from {}: {error}", self.queue));
                    tokio::time::sleep(REST_AFTER_ERROR).await;
                }
            }
        }
    }

    /// A batch; empty if none came within a long poll. With a batching window, waits that long for it to fill.
    async fn fetch(&self, sqs: &Sqs) -> Result<Vec<Received>, SqsError> {
        let mut batch = sqs.receive(&self.queue, self.batch_size.min(RECEIVE_LIMIT), LONG_POLL).await?;
        let closes = Instant::now() + self.batching_window;
        while !batch.is_empty() && batch.len() < self.batch_size {
            // SQS waits whole seconds; what is left below one is not worth a call.
            let left = Duration::from_secs(closes.saturating_duration_since(Instant::now()).as_secs()).min(LONG_POLL);
            if left.is_zero() && self.batch_size <= RECEIVE_LIMIT {
                break;
            }
            let more = sqs.receive(&self.queue, (self.batch_size - batch.len()).min(RECEIVE_LIMIT), left).await?;
            if more.is_empty() && left.is_zero() {
                break;
            }
            batch.extend(more);
        }
        Ok(batch)
    }

    async fn deliver(&self, messages: &[Received], sqs: &Sqs, lambda: &Lambda, logs: &Logs) {
        let event = Bytes::from(self.event(messages).to_string());
        let outcome = lambda.invoke(&self.function, event).await;
        let ids = messages.iter().map(|message| message.message_id.as_str()).collect();
        let done = match outcome {
            Ok(answer) if self.reports_failures => failed_items(&answer, &ids).map(|failed| &ids - &failed),
            Ok(_) => Ok(ids),
            Err(InvokeError::Stopped) => return,
            Err(error) => Err(error.to_string()),
        };
        match done {
            Ok(done) => {
                for message in messages.iter().filter(|message| done.contains(message.message_id.as_str())) {
                    if let Err(error) = sqs.delete(&self.queue, &message.receipt_handle) {
                        logs.platform(&self.function, None, format!("cannot delete from {}: {error}", self.queue));
                    }
                }
            }
            Err(problem) => {
                let count = messages.len();
                let line =
                    format!("{count} message(s) stay in {} until their visibility time-out: {problem}", self.queue);
                logs.platform(&self.function, None, line);
            }
        }
    }

    fn event(&self, messages: &[Received]) -> Json {
        let records = messages.iter().map(|message| {
            json!({
                "messageId": message.message_id,
                "receiptHandle": message.receipt_handle,
                "body": message.body,
                "attributes": message.attributes,
                "messageAttributes": message_attributes(&message.message_attributes),
                "md5OfBody": message.md5_of_body,
                "eventSource": "aws:sqs",
                "eventSourceARN": self.queue_arn,
                "awsRegion": self.region,
            })
        });
        json!({ "Records": records.collect::<Vec<_>>() })
    }
}

fn message_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Json {
    let attributes = attributes.iter().map(|(name, attribute)| {
        let mut value = json!({
            "dataType": attribute.data_type,
            "stringListValues": [],
            "binaryListValues": [],
        });
        if let Some(text) = &attribute.string_value {
            value["stringValue"] = Json::from(text.as_str());
        }
        if let Some(base64) = &attribute.binary_value {
            value["binaryValue"] = Json::from(base64.as_str());
        }
        (name.clone(), value)
    });
    Json::Object(attributes.collect())
}

/// The messages that a partial batch response names as failed.
///
/// As Lambda reads it: no answer, null, and an empty or null list mean that all went well; an answer that can't be
/// understood, an empty identifier and one that is in no message of the batch mean that all failed.
pub(crate) fn failed_items<'a>(answer: &[u8], batch: &BTreeSet<&'a str>) -> Result<BTreeSet<&'a str>, String> {
    if answer.trim_ascii().is_empty() {
        return Ok(BTreeSet::new());
    }
    let unknown = || "its answer is no partial batch response".to_owned();
    let answer: Json = serde_json::from_slice(answer).map_err(|_| unknown())?;
    let failures = match &answer {
        Json::Null => &Json::Null,
        Json::Object(fields) => fields.get("batchItemFailures").unwrap_or(&Json::Null),
        _ => return Err(unknown()),
    };
    let failures = match failures {
        Json::Null => return Ok(BTreeSet::new()),
        Json::Array(failures) => failures,
        _ => return Err(unknown()),
    };
    failures
        .iter()
        .map(|failure| {
            let id = failure.get("itemIdentifier").and_then(Json::as_str).ok_or_else(unknown)?;
            let id = batch.get(id).copied();
            id.ok_or_else(|| {
                format!("its answer names {}, which is no message of the batch", failure["itemIdentifier"])
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_batch_response_is_read_as_lambda_reads_it() {
        let batch = BTreeSet::from(["m1", "m2"]);
        for (answer, failed) in [
            ("", Some(vec![])),
            ("null", Some(vec![])),
            ("{}", Some(vec![])),
            (r#"{"batchItemFailures":null}"#, Some(vec![])),
            (r#"{"batchItemFailures":[]}"#, Some(vec![])),
            (r#"{"batchItemFailures":[{"itemIdentifier":"m2"}]}"#, Some(vec!["m2"])),
            (r#"{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m2"}]}"#, Some(vec!["m2"])),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, None),
            (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, None),
            (r#"{"batchItemFailures":[{"badKey":"m1"}]}"#, None),
            (r#"{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m3"}]}"#, None),
            ("not json", None),
            ("[]", None),
        ] {
            let failed = failed.map(BTreeSet::from_iter);
            assert_eq!(failed_items(answer.as_bytes(), &batch).ok(), failed, "{answer}");
        }
    }

    #[test]
    fn a_batch_becomes_an_event_as_sqs_sends_it() {
        let mapping = Mapping {
            function: "F".to_owned(),
            queue: "Q".to_owned(),
            queue_arn: "arn:aws:sqs:us-east-1:000000000000:Q".to_owned(),
            region: "us-east-1".to_owned(),
            batch_size: 10,
            batching_window: Duration::ZERO,
            concurrency: 1,
            reports_failures: true,
        };
        let message = Received {
            message_id: "m1".to_owned(),
            receipt_handle: "r1".to_owned(),
            body: "{}".to_owned(),
            md5_of_body: "99914b932bd37a50b983c5e7c90ae93b".to_owned(),
            attributes: BTreeMap::from([("ApproximateReceiveCount".to_owned(), "1".to_owned())]),
            message_attributes: BTreeMap::from([("kind".to_owned(), MessageAttribute::string("x"))]),
        };
        let expected = json!({ "Records": [{
            "messageId": "m1",
            "receiptHandle": "r1",
            "body": "{}",
            "attributes": { "ApproximateReceiveCount": "1" },
            "messageAttributes": {
                "kind": { "dataType": "String", "stringValue": "x", "stringListValues": [], "binaryListValues": [] },
            },
            "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:Q",
            "awsRegion": "us-east-1",
        }] });
        assert_eq!(mapping.event(&[message]), expected);
    }
}
