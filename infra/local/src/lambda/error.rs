use std::time::Duration;

use super::PAYLOAD_LIMIT;

/// Why an invocation has no answer. The messages are Lambda's own where Lambda has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The function's handler answered with an error.
    #[error("{error_type}: {message}")]
    Function {
        /// The error's type, as the function names it.
        error_type: String,
        /// The error's message.
        message: String,
    },
    /// It took longer than it may; its process was killed.
    #[error("RequestId: {request_id} Error: Task timed out after {:.2} seconds", after.as_secs_f64())]
    TimedOut {
        /// The invocation.
        request_id: String,
        /// The function's time-out.
        after: Duration,
    },
    /// Its process died.
    #[error("RequestId: {request_id} Error: Runtime exited {reason}")]
    Exited {
        /// The invocation.
        request_id: String,
        /// How it ended, such as `with error: signal: killed`.
        reason: String,
    },
    /// Its process never asked for an event.
    #[error("{function} did not start: {reason}")]
    Init {
        /// The function's logical id.
        function: String,
        /// What kept it from starting.
        reason: String,
    },
    /// The event is larger than Lambda takes.
    #[error("Request must be smaller than {PAYLOAD_LIMIT} bytes for the InvokeFunction operation")]
    RequestTooLarge {
        /// The event's size in bytes.
        size_bytes: usize,
    },
    /// The answer is larger than Lambda takes.
    #[error("Response payload size exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes).")]
    ResponseTooLarge,
    /// The answer is not JSON.
    #[error("the function's answer is not JSON: {problem}")]
    NotJson {
        /// What the parser said.
        problem: String,
    },
    /// The template declares no such function.
    #[error("the template declares no function {function}")]
    NoSuchFunction {
        /// The logical id that was asked for.
        function: String,
    },
    /// The stack is being shut down.
    #[error("the local stack is shutting down")]
    Stopped,
}
