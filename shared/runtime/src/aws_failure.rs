//! What is said in the log of a call to AWS that failed.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::request_id::RequestId as _;

/// A call to AWS that failed, with what AWS's support asks for: the HTTP status and AWS's request id. The service's
/// error code is in what it came of. No body is kept apart from the error itself, and none is shown, by `Debug` neither:
/// Lambda's runtime logs by it what a handler returns.
pub struct AwsFailure {
    status: Option<u16>,
    request_id: Option<String>,
    error: Box<dyn Error + Send + Sync>,
}

impl<E: Error + Send + Sync + 'static> From<SdkError<E, HttpResponse>> for AwsFailure {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        Self {
            status: error.raw_response().map(|answer| answer.status().as_u16()),
            request_id: error.request_id().map(str::to_owned),
            error: error.into(),
        }
    }
}

impl fmt::Debug for AwsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwsFailure({self}")?;
        let causes = std::iter::successors(self.source(), |error| (*error).source());
        causes.into_iter().try_for_each(|cause| write!(f, ": {cause}"))?;
        f.write_str(")")
    }
}

impl fmt::Display for AwsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "HTTP {status}")?,
            None => f.write_str("no answer")?,
        }
        match &self.request_id {
            Some(id) => write!(f, ", request {id}"),
            None => Ok(()),
        }
    }
}

impl Error for AwsFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_tells_its_status_and_request_id_and_no_body() {
        let mut answer = HttpResponse::new(503.try_into().unwrap(), "a body".into());
        answer.headers_mut().insert("x-amzn-requestid", "R1");
        let failure = AwsFailure::from(SdkError::service_error(fmt::Error, answer));
        assert_eq!(failure.to_string(), "HTTP 503, request R1");
        let said: Vec<_> =
            std::iter::successors(failure.source(), |error| (*error).source()).map(ToString::to_string).collect();
        assert_eq!(said, ["service error".to_owned(), fmt::Error.to_string()]);
        let printed = format!("{failure:?}");
        assert_eq!(printed, format!("AwsFailure(HTTP 503, request R1: service error: {})", fmt::Error));
    }

    #[test]
    fn a_call_without_an_answer_says_so() {
        let failure = AwsFailure::from(SdkError::<fmt::Error, _>::timeout_error("late"));
        assert_eq!(failure.to_string(), "no answer");
    }
}
