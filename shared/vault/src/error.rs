//! Why a secret can't be sealed or opened.

use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::operation::generate_data_key::GenerateDataKeyError;
use slipway_domain::Chain;
use slipway_runtime::AwsFailure;

/// Why a secret can't be sealed or opened. No variant holds the secret or any key.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VaultError {
    /// KMS did not answer, refused for now, or does not let us. Nothing is wrong with the record: try again.
    #[error("KMS is not available: {0}")]
    Unavailable(#[source] Chain),
    /// The record is not what was sealed, or not for this tenant, account and purpose. Trying again is useless.
    #[error("the sealed secret does not open here: {0}")]
    Tampered(&'static str),
    /// The cipher or its caller did what can't happen.
    #[error("the vault failed: {0}")]
    Internal(&'static str),
}

impl VaultError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(crate) fn from_generate(error: SdkError<GenerateDataKeyError>) -> Self {
        Self::Unavailable(Chain::of(AwsFailure::from(error)))
    }

    /// KMS says `InvalidCiphertext` for an altered blob and for another tenant's; all else is about KMS, not the record.
    pub(crate) fn from_decrypt(error: SdkError<DecryptError>) -> Self {
        match error.as_service_error() {
            Some(DecryptError::InvalidCiphertextException(_)) => {
                Self::Tampered("KMS does not unwrap its data key for this tenant")
            }
            Some(DecryptError::IncorrectKeyException(_)) => Self::Tampered("its data key belongs to another KMS key"),
            _ => Self::Unavailable(Chain::of(AwsFailure::from(error))),
        }
    }

    pub(crate) fn incomplete_answer(operation: &str) -> Self {
        Self::Unavailable(Chain::of(format!("the answer of {operation} lacks a key")))
    }
}
