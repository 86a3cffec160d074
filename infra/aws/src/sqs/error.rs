//! Why SQS refuses, in SQS's words.

use std::fmt;

use http::StatusCode;

use crate::aws_json::Refusal;

/// A refusal of SQS.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// There is no such queue.
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    /// A queue of that name exists with other settings.
    #[error("A queue already exists with the same name and a different value for attribute {0}")]
    QueueExistsDifferently(&'static str),
    /// The receipt handle was not made by this queue.
    #[error("The input receipt handle is invalid.")]
    ReceiptHandleIsInvalid,
    /// The message is not in flight, so its visibility can't be changed.
    #[error("The message referred to is not in flight.")]
    MessageNotInflight,
    /// The body has characters that SQS does not carry.
    #[error("Invalid characters were found in the message body or attributes.")]
    InvalidMessageContents,
    /// There is no such attribute of queues or messages.
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    /// An attribute of a queue has a value outside its limits.
    #[error("Invalid value for the parameter {0}.")]
    InvalidAttributeValue(String),
    /// A parameter is outside its limits.
    #[error("{0}")]
    InvalidParameterValue(String),
    /// A parameter is missing.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    /// A batch without entries.
    #[error("There should be at least one entry in the request.")]
    EmptyBatch,
    /// A batch of more than ten.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntries(usize),
    /// Two entries of a batch have the same id.
    #[error("Id {0} repeated.")]
    BatchIdsNotDistinct(String),
    /// An id that is empty, too long, or has characters other than letters, digits, `-` and `_`.
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    )]
    InvalidBatchId,
    /// A batch whose messages are together larger than one may be.
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {0} bytes.")]
    BatchTooLong(usize),
    /// The database below failed.
    #[error("the queue store failed: {0}")]
    Storage(#[from] rusqlite::Error),
    /// A stored message can't be read any more.
    #[error("a stored message is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

impl SqsError {
    pub(super) fn invalid(parameter: &str, value: &dyn fmt::Display, reason: &str) -> Self {
        Self::InvalidParameterValue(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
    }

    /// The error's name in the JSON protocol, and the code SDKs know from the query protocol.
    pub(super) fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::QueueDoesNotExist => ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            Self::QueueExistsDifferently(_) => ("QueueNameExists", "QueueAlreadyExists"),
            Self::ReceiptHandleIsInvalid => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::MessageNotInflight => ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
            Self::InvalidMessageContents => ("InvalidMessageContents", "InvalidMessageContents"),
            Self::InvalidAttributeName(_) => ("InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidAttributeValue(_) => ("InvalidAttributeValue", "InvalidAttributeValue"),
            Self::InvalidParameterValue(_) => ("InvalidParameterValueException", "InvalidParameterValue"),
            Self::MissingParameter(_) => ("MissingRequiredParameterException", "MissingParameter"),
            Self::EmptyBatch => ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
            Self::TooManyEntries(_) => {
                ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
            }
            Self::BatchIdsNotDistinct(_) => {
                ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
            }
            Self::InvalidBatchId => ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"),
            Self::BatchTooLong(_) => ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"),
            Self::Storage(_) | Self::Damaged(_) => ("InternalFailure", "InternalFailure"),
        }
    }

    /// Whether the stand-in is at fault and not the caller.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::Storage(_) | Self::Damaged(_))
    }
}

impl From<SqsError> for Refusal {
    fn from(error: SqsError) -> Self {
        if error.is_ours() {
            return Self::internal(&error);
        }
        let (kind, query_code) = error.names();
        Self::new(StatusCode::BAD_REQUEST, &format!("com.amazonaws.sqs#{kind}"), &error.to_string())
            .with_query_error(query_code)
    }
}
