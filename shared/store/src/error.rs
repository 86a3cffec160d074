//! What can go wrong at the store.

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::types::CancellationReason;
use slipway_domain::{Chain, Reach, TenantId};
use slipway_runtime::AwsFailure;

/// The store did not do what it was asked to; nothing is known to be written unless said otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused or did not answer.
    #[error("DynamoDB: {0}")]
    Aws(#[source] Chain),
    /// Other transactions wrote the same items, again and again; nothing was written.
    #[error("DynamoDB is busy with these items: {0}")]
    Busy(#[source] Chain),
    /// We asked for what the store can't do: a fault of ours.
    #[error("the store was asked for what it can't do: {0}")]
    Misuse(#[source] Chain),
    /// A stored record does not read as this version's type.
    #[error("a stored record is not readable: {0}")]
    Record(#[source] Chain),
}

impl StoreError {
    /// DynamoDB answered what it never should. The text is for the log.
    pub(crate) fn unexpected(what: String) -> Self {
        Self::Aws(Chain::of(what))
    }

    /// A transaction was refused for these reasons, which its writer can't explain. What its conditions met is not said.
    pub(crate) fn refused(what: &str, reasons: &[CancellationReason]) -> Self {
        let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap_or("none")).collect();
        Self::unexpected(format!("{what} was refused for {codes:?}"))
    }

    /// Who is limited to brands has asked where nobody knows of brands.
    pub(crate) fn limited(reach: &Reach) -> Self {
        let tenant = reach.tenant();
        Self::Misuse(Chain::of(format!(
            "{tenant} is read for some of its brands, where nothing tells whose brand's it is"
        )))
    }

    /// A record is not what it should be. The text is for the log.
    pub(crate) fn unreadable(what: &'static str) -> Self {
        Self::Record(Chain::of(what))
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<SdkError<E>> for StoreError {
    fn from(error: SdkError<E>) -> Self {
        Self::Aws(Chain::of(AwsFailure::from(error)))
    }
}

impl From<BuildError> for StoreError {
    fn from(error: BuildError) -> Self {
        Self::Record(Chain::of(error))
    }
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Record(Chain::of(error))
    }
}

/// The tenant, for what can't tell which of its brands something belongs to: whoever is limited to some gets nothing there.
pub(crate) fn unrestricted(reach: &Reach) -> Result<&TenantId, StoreError> {
    if reach.is_whole() { Ok(reach.tenant()) } else { Err(StoreError::limited(reach)) }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_store_error_keeps_what_it_came_of() {
        let unreadable: serde_dynamo::Error =
            serde_dynamo::from_attribute_value::<_, u64>(crate::item::text("x")).unwrap_err();
        let text = unreadable.to_string();
        let error = StoreError::from(unreadable);
        assert_eq!(error.to_string(), format!("a stored record is not readable: {text}"));
        let cause = error.source().and_then(|chain| chain.source());
        assert!(cause.is_some_and(<dyn std::error::Error>::is::<serde_dynamo::Error>));
    }
}
