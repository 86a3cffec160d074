//! How customers' endpoints look to callers, and of what they can be told.

use serde::Serialize;
use slipway_domain::{AccountId, BrandId, EventCategory, EventType, Hidden, WebhookId};

use crate::Time;

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookView {
    /// The id.
    pub id: WebhookId,
    /// The address.
    pub url: Hidden<String>,
    /// The events that are sent.
    pub events: Vec<EventType>,
    /// Only events of these accounts are sent; all if the list is empty.
    pub account_ids: Vec<AccountId>,
    /// Only events of accounts of these brands are sent; all if the list is empty.
    pub brand_ids: Vec<BrandId>,
    /// Whether the webhook is active.
    pub is_active: bool,
    /// When it was created.
    pub created_at: Time,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A webhook that was just created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedView {
    /// It.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// The secret that deliveries are signed with. Shown once.
    pub secret: Hidden<String>,
    /// What to do next.
    pub message: &'static str,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A new secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RotatedView {
    /// The endpoint.
    pub id: WebhookId,
    /// The secret that deliveries are signed with from now on. Shown once.
    pub secret: Hidden<String>,
    /// The first characters of the secret.
    pub secret_hint: String,
    /// How long deliveries are signed with the old secret, too.
    pub previous_until: Option<Time>,
    /// What to do next.
    pub message: &'static str,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A webhook with its delivery statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookDetailView {
    /// It.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// The first characters of the secret.
    pub secret_hint: String,
    /// The time since which every attempt has failed.
    pub failing_since: Option<Time>,
    /// The numbers of deliveries by result.
    pub stats: StatsView,
}

/// The numbers of deliveries by result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatsView {
    /// In the last day, to the hour.
    pub last_24h: CountsView,
    /// In the last seven days, to the hour.
    pub last_7d: CountsView,
}

/// Deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CountsView {
    /// Deliveries that the endpoint accepted.
    pub delivered: u64,
    /// Deliveries that failed and are not retried any more.
    pub failed: u64,
}

/// The events that webhooks can receive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogueView {
    /// The events.
    pub data: Vec<EventTypeView>,
    /// The number of items.
    pub count: usize,
}

/// An event of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventTypeView {
    /// The name.
    pub event: EventType,
    /// What has happened.
    pub description: &'static str,
    /// What it is about.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub category: EventCategory,
}
