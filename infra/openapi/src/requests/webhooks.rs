//! Bodies about endpoints.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};
use slipway_domain::webhook::{MAX_EVENTS, MAX_FILTERS, MAX_URL};
use slipway_domain::{AccountId, BrandId};

use crate::parameter::delivered_events;

/// A webhook to create.
#[derive(JsonSchema)]
pub(crate) struct CreateWebhook {
    /// A public https address, which must answer a signed `webhook.test` with a 2xx.
    #[schemars(length(max = MAX_URL), regex(pattern = r"^https?://"))]
    url: String,
    /// The events that it receives; see GET /v1/webhooks/events.
    #[schemars(length(min = 1, max = MAX_EVENTS))]
    events: Vec<DeliveredEvent>,
    /// Only events of these accounts.
    #[schemars(length(max = MAX_FILTERS))]
    account_ids: Option<Vec<AccountId>>,
    /// Only events of accounts of these brands.
    #[schemars(length(max = MAX_FILTERS))]
    brand_ids: Option<Vec<BrandId>>,
}

/// Changes to a webhook.
#[derive(JsonSchema)]
pub(crate) struct ChangeWebhook {
    /// A public https address.
    #[schemars(length(max = MAX_URL), regex(pattern = r"^$|^https?://"))]
    url: Option<String>,
    /// The events that it receives.
    #[schemars(length(min = 1, max = MAX_EVENTS))]
    events: Option<Vec<DeliveredEvent>>,
    /// Only events of these accounts; all if this is empty.
    #[schemars(length(max = MAX_FILTERS))]
    account_ids: Option<Vec<AccountId>>,
    /// Only events of accounts of these brands; all if this is empty.
    #[schemars(length(max = MAX_FILTERS))]
    brand_ids: Option<Vec<BrandId>>,
    /// Whether the webhook is active.
    is_active: Option<bool>,
}

/// An event of your own making.
#[derive(JsonSchema)]
pub(crate) struct TestWebhook {
    /// The event's type.
    event_type: DeliveredEvent,
    /// The event's `data`, of up to 64 KiB.
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
