//! What can be wrong with media that says nothing about its content.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use slipway_domain::Chain;
use slipway_runtime::AwsFailure;
use slipway_store::StoreError;

/// Why a call to S3 did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// There is no such object, or no such upload in parts: not yet, or not any more.
    #[error("S3: there is no such object or upload")]
    Gone,
    /// There is another object than the call was to be about.
    #[error("S3: the object is another one")]
    Changed,
    /// The object ends before the range that was asked for.
    #[error("S3: the object ends before the range")]
    BeyondEnd,
    /// S3 denies it. To those who may not list a bucket, it says this of what is not there, too.
    #[error("S3: {0}")]
    Denied(#[source] Chain),
    /// S3 failed.
    #[error("S3: {0}")]
    Failed(#[source] Chain),
}

impl<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static> From<SdkError<E>> for S3Error {
    fn from(error: SdkError<E>) -> Self {
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        // A head has no body that could hold a code.
        match (status, error.code()) {
            (_, Some("NoSuchKey" | "NoSuchUpload")) => Self::Gone,
            (Some(404), code) if code != Some("NoSuchBucket") => Self::Gone,
            // The latter is said where two are written at once that both must be the first.
            (Some(412), _) | (_, Some("ConditionalRequestConflict")) => Self::Changed,
            (Some(416), _) => Self::BeyondEnd,
            (Some(403), _) => Self::Denied(Chain::of(AwsFailure::from(error))),
            _ => Self::Failed(Chain::of(AwsFailure::from(error))),
        }
    }
}

impl S3Error {
    /// This value if what was called is gone, else the error.
    pub(crate) fn unless_gone<T>(self, then: T) -> Result<T, Self> {
        if matches!(self, Self::Gone) { Ok(then) } else { Err(self) }
    }
}

/// Why media could not be dealt with here and now. Says nothing about its content, nor about what its caller did.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// S3 failed.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// The media table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::http::HttpResponse;
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_sdk_s3::operation::get_object::GetObjectError;

    use super::*;

    #[test]
    fn what_s3_says_is_told_apart_in_one_place() {
        for (status, code, expected) in [
            (404, "NoSuchKey", "there is no such object or upload"),
            (404, "NoSuchUpload", "there is no such object or upload"),
            (404, "", "there is no such object or upload"),
            (404, "NoSuchBucket", "HTTP 404"),
            (412, "PreconditionFailed", "the object is another one"),
            (409, "ConditionalRequestConflict", "the object is another one"),
            (416, "InvalidRange", "the object ends before the range"),
            (403, "AccessDenied", "HTTP 403"),
            (503, "SlowDown", "HTTP 503"),
        ] {
            let error = GetObjectError::generic(ErrorMetadata::builder().code(code).build());
            let answer = HttpResponse::new(status.try_into().unwrap(), "".into());
            let said = S3Error::from(SdkError::service_error(error, answer)).to_string();
            assert!(said.starts_with(&format!("S3: {expected}")), "{status} {code}: {said}");
        }
    }
}
