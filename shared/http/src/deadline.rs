//! How long a request may take.

use std::time::Duration;

use lambda_http::Context;
use slipway_runtime::Deadline;

/// How long a function with routes may take: a second less than API Gateway waits for its answer. template.yaml says the
/// same.
pub const OF_REQUESTS: Duration = Duration::from_secs(29);

/// What a request leaves of its time for the answer, and for the writes that were begun.
pub const RESERVE: Duration = Duration::from_secs(4);

/// The deadline of a request to an HTTP function. Only a test has no invocation around it.
pub fn of_request(invocation: Option<&Context>) -> Deadline {
    invocation.map_or_else(|| Deadline::after(OF_REQUESTS), Deadline::of)
}
