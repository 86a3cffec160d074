//! What the three batch operations have in common.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::SqsError;
use super::limits::MAX_BATCH;

/// An entry of a batch.
pub(super) trait Entry {
    fn id(&self) -> &str;
}

/// Refuses a whole batch for its number of entries or their ids.
pub(super) fn check<E: Entry>(entries: &[E]) -> Result<(), SqsError> {
    if entries.is_empty() {
        return Err(SqsError::EmptyBatch);
    }
    if entries.len() > MAX_BATCH {
        return Err(SqsError::TooManyEntries(entries.len()));
    }
    let mut seen = HashSet::new();
    for entry in entries {
        let id = entry.id();
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !(1..=80).contains(&id.len()) || !plain {
            return Err(SqsError::InvalidBatchId);
        }
        if !seen.insert(id) {
            return Err(SqsError::BatchIdsNotDistinct(id.to_owned()));
        }
    }
    Ok(())
}

/// Does `work` for each entry and sorts the results into those done and those refused.
pub(super) fn run<E: Entry>(entries: &[E], mut work: impl FnMut(&E) -> Result<Value, SqsError>) -> Answer {
    let mut answer = Answer::default();
    for entry in entries {
        match work(entry) {
            Ok(mut result) => {
                result["Id"] = entry.id().into();
                answer.successful.push(result);
            }
            Err(error) => {
                let (_, code) = error.names();
                answer.failed.push(json!({
                    "Id": entry.id(), "Code": code, "Message": error.to_string(), "SenderFault": !error.is_ours(),
                }));
            }
        }
    }
    answer
}

/// The answer to a batch. SQS leaves an empty list out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Answer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successful: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Value>,
}
