//! What can go wrong at the store.

use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, SdkError};

/// The store did not do what it was asked to; nothing is known to be written unless said otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused or did not answer. The text is for the log.
    #[error("DynamoDB: {0}")]
    Aws(String),
    /// Other transactions wrote the same items, again and again; nothing was written. The text is for the log.
    #[error("DynamoDB is busy with these items: {0}")]
    Busy(String),
    /// A stored record does not read as this version's type.
    #[error("a stored record is not readable: {0}")]
    Record(String),
}

impl<E, R> From<SdkError<E, R>> for StoreError
where
    SdkError<E, R>: std::error::Error,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Aws(DisplayErrorContext(&error).to_string())
    }
}

impl From<BuildError> for StoreError {
    fn from(error: BuildError) -> Self {
        Self::Record(error.to_string())
    }
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Record(error.to_string())
    }
}
