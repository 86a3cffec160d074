//! Bodies about endpoints.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};
use slipway_domain::{AccountId, BrandId};

use crate::parameter::delivered_events;

/// An endpoint to be made.
#[derive(JsonSchema)]
pub(crate) struct CreateWebhook {
    /// A public https address, which must answer a signed `webhook.test` with a 2xx.
    #[schemars(length(max = 2000), regex(pattern = r"^https?://"))]
    url: String,
    /// Of what it is told; see GET /v1/webhooks/events.
    #[schemars(length(min = 1))]
    events: Vec<DeliveredEvent>,
    /// Only what concerns these accounts.
    #[schemars(length(max = 50))]
    account_ids: Option<Vec<AccountId>>,
    /// Only what concerns accounts of these brands.
    #[schemars(length(max = 50))]
    brand_ids: Option<Vec<BrandId>>,
}

/// What of an endpoint is to be changed.
#[derive(JsonSchema)]
pub(crate) struct ChangeWebhook {
    /// A public https address.
    #[schemars(length(max = 2000), regex(pattern = r"^$|^https?://"))]
    url: Option<String>,
    /// Of what it is told.
    #[schemars(length(min = 1))]
    events: Option<Vec<DeliveredEvent>>,
    /// Only what concerns these accounts; all if this is empty.
    #[schemars(length(max = 50))]
    account_ids: Option<Vec<AccountId>>,
    /// Only what concerns accounts of these brands; all if this is empty.
    #[schemars(length(max = 50))]
    brand_ids: Option<Vec<BrandId>>,
    /// Whether it is told anything.
    is_active: Option<bool>,
}

/// Something of your own making that an endpoint is told.
#[derive(JsonSchema)]
pub(crate) struct TestWebhook {
    /// The event that it is told of.
    event_type: DeliveredEvent,
    /// The `data` that it gets.
    payload: Map<String, Value>,
}

/// The name of an event that endpoints can be told of.
pub(crate) struct DeliveredEvent;

impl JsonSchema for DeliveredEvent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DeliveredEvent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "enum": delivered_events()})
    }
}
