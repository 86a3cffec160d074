//! What agents are told where a route has no answer of its own.

use serde::Serialize;
use serde_json::Value;
use slipway_domain::Hidden;

/// What a call would do that was asked to do nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRunView<'a> {
    /// Always true: nothing was done.
    pub dry_run: bool,
    /// What the call would do, in a sentence.
    pub would: &'a str,
    /// What stands behind that, as a route answered it.
    pub answer: Hidden<Value>,
}
