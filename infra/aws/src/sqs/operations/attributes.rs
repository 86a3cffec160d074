//! `CreateQueue` and `GetQueueAttributes`: a queue's settings under their names over the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::sqs::limits::{MAX_DELAY, MAX_VISIBILITY, MAX_WAIT, RETENTION, seconds};
use crate::sqs::queue::{arn, name_in_arn, name_in_url};
use crate::sqs::{QueueSpec, Redrive, Sqs, SqsError, store};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

impl Sqs {
    /// Unlike the in-process way, a queue that exists with other settings is refused, as SQS does.
    pub(super) fn create_queue_call(&self, request: &CreateQueue) -> Result<Value, SqsError> {
        let mut wanted = QueueSpec::new(&request.queue_name);
        for (name, value) in &request.attributes {
            set(&mut wanted, name, value)?;
        }
        let existing = store::queue(&self.engine.database.lock(), &request.queue_name);
        match existing {
            Ok(existing) => {
                if let Some(attribute) = existing.difference(&wanted) {
                    return Err(SqsError::QueueExistsDifferently(attribute));
                }
            }
            Err(SqsError::QueueDoesNotExist) => {
                self.create_queue(&wanted)?;
            }
            Err(error) => return Err(error),
        }
        Ok(json!({ "QueueUrl": self.address(&request.queue_name).url }))
    }

    pub(super) fn get_queue_attributes(&self, request: &GetQueueAttributes) -> Result<Value, SqsError> {
        let queue = name_in_url(&request.queue_url);
        let depth = self.depth(queue)?;
        let (spec, created) = {
            let database = self.engine.database.lock();
            (store::queue(&database, queue)?, store::created_s(&database, queue)?)
        };
        let mut all = BTreeMap::from([
            ("QueueArn", arn(queue)),
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
            ("VisibilityTimeout", spec.visibility_timeout.as_secs().to_string()),
            ("DelaySeconds", spec.delay.as_secs().to_string()),
            ("MessageRetentionPeriod", spec.retention.as_secs().to_string()),
            ("ReceiveMessageWaitTimeSeconds", spec.receive_wait.as_secs().to_string()),
            ("MaximumMessageSize", spec.max_message_bytes.to_string()),
            ("CreatedTimestamp", created.to_string()),
            ("LastModifiedTimestamp", created.to_string()),
            ("SqsManagedSseEnabled", "true".to_owned()),
        ]);
        if let Some(redrive) = &spec.redrive {
            let policy = json!({
                "deadLetterTargetArn": arn(&redrive.dead_letter_queue),
                "maxReceiveCount": redrive.max_receive_count,
            });
            all.insert("RedrivePolicy", policy.to_string());
        }
        let everything = request.attribute_names.iter().any(|name| name == "All");
        if !everything {
            // A queue without redrive has no such attribute; asking for it is no mistake.
            if let Some(unknown) =
                request.attribute_names.iter().find(|name| !all.contains_key(name.as_str()) && *name != "RedrivePolicy")
            {
                return Err(SqsError::InvalidAttributeName(unknown.clone()));
            }
            all.retain(|name, _| request.attribute_names.iter().any(|wanted| wanted == name));
        }
        Ok(if all.is_empty() { json!({}) } else { json!({ "Attributes": all }) })
    }
}

fn set(spec: &mut QueueSpec, name: &str, value: &str) -> Result<(), SqsError> {
    let invalid = || SqsError::InvalidAttributeValue(name.to_owned());
    let time = |limits| value.parse().ok().and_then(|value| seconds(name, value, limits).ok()).ok_or_else(invalid);
    match name {
        "VisibilityTimeout" => spec.visibility_timeout = time(Duration::ZERO..=MAX_VISIBILITY)?,
        "DelaySeconds" => spec.delay = time(Duration::ZERO..=MAX_DELAY)?,
        "MessageRetentionPeriod" => spec.retention = time(RETENTION)?,
        "ReceiveMessageWaitTimeSeconds" => spec.receive_wait = time(Duration::ZERO..=MAX_WAIT)?,
        "MaximumMessageSize" => spec.max_message_bytes = value.parse().map_err(|_| invalid())?,
        "RedrivePolicy" => spec.redrive = Some(redrive(value).ok_or_else(invalid)?),
        "SqsManagedSseEnabled" if value == "true" => {}
        "SqsManagedSseEnabled" => return Err(invalid()),
        _ => return Err(SqsError::InvalidAttributeName(name.to_owned())),
    }
    Ok(())
}

/// Reads a redrive policy. Callers write its count as a number or as text.
fn redrive(policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let count = &policy["maxReceiveCount"];
    let max_receive_count =
        count.as_u64().and_then(|count| u32::try_from(count).ok()).or_else(|| count.as_str()?.parse().ok())?;
    let dead_letter_queue = name_in_arn(policy["deadLetterTargetArn"].as_str()?).to_owned();
    Some(Redrive { dead_letter_queue, max_receive_count })
}
