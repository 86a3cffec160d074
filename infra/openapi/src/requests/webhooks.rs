//! Bodies about endpoints.

use schemars::JsonSchema;
use serde_json::{Map, Value};

/// An endpoint to be made.
#[derive(JsonSchema)]
pub(crate) struct CreateWebhook {
    /// A public https address, which must answer a signed `webhook.test` with a 2xx.
    url: String,
    /// Of what it is told; see GET /v1/webhooks/events.
    events: Vec<String>,
    /// Only what concerns these accounts.
    account_ids: Option<Vec<String>>,
    /// Only what concerns accounts of these brands.
    brand_ids: Option<Vec<String>>,
}

/// What of an endpoint is to be changed.
#[derive(JsonSchema)]
pub(crate) struct ChangeWebhook {
    /// A public https address.
    url: Option<String>,
    /// Of what it is told.
    events: Option<Vec<String>>,
    /// Only what concerns these accounts; all if this is empty.
    account_ids: Option<Vec<String>>,
    /// Only what concerns accounts of these brands; all if this is empty.
    brand_ids: Option<Vec<String>>,
    /// Whether it is told anything.
    is_active: Option<bool>,
}

/// Something of your own making that an endpoint is told.
#[derive(JsonSchema)]
pub(crate) struct TestWebhook {
    /// The event that it is told of.
    event_type: String,
    /// The `data` that it gets.
    payload: Map<String, Value>,
}
