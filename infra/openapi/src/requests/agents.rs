//! What agents send.

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// A message of JSON-RPC, as the Model Context Protocol has them.
#[derive(JsonSchema)]
pub(crate) struct ToolCall {
    /// `2.0`.
    #[schemars(extend("const" = "2.0"))]
    jsonrpc: String,
    /// Comes back with the answer. A message without one is a notification, which gets none.
    id: Option<MessageId>,
    /// Such as `tools/list` or `tools/call`.
    method: String,
    /// What the method takes.
    params: Option<Map<String, Value>>,
}

/// The id of a message.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum MessageId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}
