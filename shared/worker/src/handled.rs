//! What a worker answers about a message.

use std::time::Duration;

/// A worker's answer about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// It is done: SQS deletes the message.
    Done,
    /// Deliver it again, after this long if that could be said to SQS, else after the queue's own time-out.
    Again(Duration),
}

/// How soon a message comes back after a fault of the moment.
pub const AFTER_FAULT: Duration = Duration::from_secs(5);
