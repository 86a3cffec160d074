//! What a call of SQS must be allowed, by "Amazon SQS API permissions" of its developer guide.

use serde_json::Value;

use super::queue::{arn, name_in_url};
use crate::iam::Right;

/// The rights that a call needs. A batch needs what its single operation needs.
pub(crate) fn rights(operation: &str, body: &[u8]) -> Vec<Right> {
    // What can't be read is refused by the operation itself.
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let by_url = request["QueueUrl"].as_str().map(name_in_url);
    let queue = by_url.or_else(|| request["QueueName"].as_str()).unwrap_or_default();
    let action = operation.strip_suffix("Batch").unwrap_or(operation);
    vec![Right::new(format!("sqs:{action}"), arn(queue))]
}
