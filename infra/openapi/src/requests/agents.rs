//! What agents send, and how their protocol refuses it.

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// The versions of the Model Context Protocol that are spoken. A test of `functions/mcp` holds them against its own.
pub(crate) const PROTOCOL_VERSIONS: [&str; 3] = ["2025-06-18", "2025-11-25", "2026-07-28"];

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

/// An error of JSON-RPC.
#[derive(JsonSchema)]
pub(crate) struct JsonRpcError {
    /// `2.0`.
    #[schemars(extend("const" = "2.0"))]
    jsonrpc: String,
    /// The id of the message, if it could be read.
    #[schemars(skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    /// What is wrong.
    error: JsonRpcProblem,
}

/// What is wrong with a message.
#[derive(JsonSchema)]
pub(crate) struct JsonRpcProblem {
    /// The protocol's number for it: -32020 for a header that is missing or contradicts the message, -32022 for a
    /// version that is not spoken, -32601 for an unknown method, -32602 for wrong parameters.
    code: i32,
    /// The same in words.
    message: String,
    /// What else there is to know.
    #[schemars(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}
