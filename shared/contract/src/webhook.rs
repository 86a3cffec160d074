//! How customers' endpoints look to callers, and of what they can be told.

use serde::Serialize;
use slipway_domain::{AccountId, BrandId, EventType, Hidden, WebhookId};

use crate::Time;

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookView {
    /// Its id.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// Of what it is told.
    pub events: Vec<EventType>,
    /// Only what concerns these accounts; all if there are none.
    pub account_ids: Vec<AccountId>,
    /// Only what concerns accounts of these brands; all if there are none.
    pub brand_ids: Vec<BrandId>,
    /// Whether it is told anything.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Time,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A new endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatedView {
    /// It.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// What its deliveries are signed with. Shown once.
    pub secret: Hidden<String>,
    /// What to do with it.
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
    /// What deliveries are signed with from now on. Shown once.
    pub secret: Hidden<String>,
    /// Its beginning.
    pub secret_hint: String,
    /// Until when the old one signs, too.
    pub previous_until: Option<Time>,
    /// What to do with it.
    pub message: &'static str,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// An endpoint and how it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookDetailView {
    /// It.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// The beginning of its secret.
    pub secret_hint: String,
    /// Since when every attempt fails.
    pub failing_since: Option<Time>,
    /// How deliveries ended.
    pub stats: StatsView,
}

/// How deliveries ended.
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
    /// That the endpoint took.
    pub delivered: u64,
    /// That are not tried any more.
    pub failed: u64,
}

/// Of what endpoints can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogueView {
    /// The events.
    pub data: Vec<EventTypeView>,
    /// How many.
    pub count: usize,
}

/// An event of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventTypeView {
    /// Its name.
    pub event: EventType,
    /// What it says.
    pub description: &'static str,
    /// What it is about.
    pub category: &'static str,
}

/// It is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OkView {
    /// Always true.
    pub ok: bool,
}
