//! What a queue is set to.

use std::time::Duration;

use super::SqsError;
use super::limits::{MAX_DELAY, MAX_MESSAGE_BYTES, MAX_VISIBILITY, MAX_WAIT, RETENTION, whole_seconds};
use crate::{ACCOUNT_ID, REGION};

/// A queue's settings. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSpec {
    /// Letters, digits, `-` and `_`, 80 at most.
    pub name: String,
    /// How long a received message is hidden, 12 h at most.
    pub visibility_timeout: Duration,
    /// How long a new message is hidden, 15 min at most.
    pub delay: Duration,
    /// How long a message is kept, 1 min to 14 days.
    pub retention: Duration,
    /// How long a receive waits that does not say so itself, 20 s at most.
    pub receive_wait: Duration,
    /// Bytes of a message with its attributes, 1 KiB to 1 MiB.
    pub max_message_bytes: usize,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// Where messages go that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// Name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// Receives after which the next attempt moves the message, 1 to 1000.
    pub max_receive_count: u32,
}

/// Where a queue is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueAddress {
    /// What SQS's operations take.
    pub url: String,
    /// What policies and event source mappings take.
    pub arn: String,
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Ready to be received.
    pub visible: usize,
    /// Received, neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that has not passed.
    pub delayed: usize,
}

impl Depth {
    /// All messages.
    pub fn total(&self) -> usize {
        self.visible + self.in_flight + self.delayed
    }
}

impl QueueSpec {
    /// A queue with SQS's defaults: 30 s hidden, no delay, kept for four days, no dead-letter queue.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            visibility_timeout: Duration::from_secs(30),
            delay: Duration::ZERO,
            retention: Duration::from_hours(4 * 24),
            receive_wait: Duration::ZERO,
            max_message_bytes: MAX_MESSAGE_BYTES,
            redrive: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), SqsError> {
        let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !(1..=80).contains(&self.name.len()) || !plain(&self.name) {
            let reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
            return Err(SqsError::invalid("QueueName", &self.name, reason));
        }
        whole_seconds("VisibilityTimeout", self.visibility_timeout, Duration::ZERO..=MAX_VISIBILITY)?;
        whole_seconds("DelaySeconds", self.delay, Duration::ZERO..=MAX_DELAY)?;
        whole_seconds("MessageRetentionPeriod", self.retention, RETENTION)?;
        whole_seconds("ReceiveMessageWaitTimeSeconds", self.receive_wait, Duration::ZERO..=MAX_WAIT)?;
        if !(1024..=MAX_MESSAGE_BYTES).contains(&self.max_message_bytes) {
            return Err(SqsError::InvalidAttributeValue("MaximumMessageSize".to_owned()));
        }
        match &self.redrive {
            Some(redrive) if !(1..=1000).contains(&redrive.max_receive_count) => {
                Err(SqsError::InvalidAttributeValue("RedrivePolicy".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The first setting in which `self` differs from `other`.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            (self.visibility_timeout == other.visibility_timeout, "VisibilityTimeout"),
            (self.delay == other.delay, "DelaySeconds"),
            (self.retention == other.retention, "MessageRetentionPeriod"),
            (self.receive_wait == other.receive_wait, "ReceiveMessageWaitTimeSeconds"),
            (self.max_message_bytes == other.max_message_bytes, "MaximumMessageSize"),
            (self.redrive == other.redrive, "RedrivePolicy"),
        ]
        .into_iter()
        .find_map(|(same, name)| (!same).then_some(name))
    }
}

impl QueueAddress {
    pub(super) fn of(endpoint: &str, queue: &str) -> Self {
        Self { url: format!("{endpoint}/{ACCOUNT_ID}/{queue}"), arn: arn(queue) }
    }
}

pub(super) fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{queue}")
}

/// The queue that a URL names. Only its end counts, so that URLs handed out on an earlier port still work.
pub(super) fn name_in_url(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// The queue that an ARN names.
pub(super) fn name_in_arn(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
