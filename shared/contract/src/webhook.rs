//! How endpoints, deliveries and the log look to callers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use slipway_domain::{AccountId, BrandId, DeliveryId, EventId, EventType, WebhookId};

use crate::{Platform, Time};

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// A new endpoint. Its `Debug` form hides the secret.
#[derive(Clone, Serialize)]
pub struct CreatedView {
    /// It.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// What its deliveries are signed with. Shown once.
    pub secret: String,
    /// What to do with it.
    pub message: &'static str,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A new secret. Its `Debug` form hides it.
#[derive(Clone, Serialize)]
pub struct RotatedView {
    /// The endpoint.
    pub id: WebhookId,
    /// What deliveries are signed with from now on. Shown once.
    pub secret: String,
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
pub struct WebhookDetailView {
    /// It.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// The beginning of its secret.
    pub secret_hint: String,
    /// Since when every attempt fails.
    pub failing_since: Option<Time>,
    /// What became of attempts.
    pub stats: StatsView,
}

/// What became of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatsView {
    /// In the last day, to the hour.
    pub last_24h: CountsView,
    /// In the last seven days, to the hour.
    pub last_7d: CountsView,
}

/// Attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CountsView {
    /// That the endpoint took.
    pub delivered: u64,
    /// That failed.
    pub failed: u64,
}

/// Of what endpoints can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueView {
    /// The events.
    pub data: Vec<EventTypeView>,
    /// How many.
    pub count: usize,
}

/// An event of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EventTypeView {
    /// Its name.
    pub event: EventType,
    /// What it says.
    pub description: &'static str,
    /// What it is about.
    pub category: &'static str,
}

/// What an endpoint was told of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// Its id, which the endpoint got, too.
    pub id: DeliveryId,
    /// The event.
    pub event_type: EventType,
    /// `pending`, `delivered` or `failed`.
    pub status: &'static str,
    /// How many attempts there were.
    pub attempt_count: u32,
    /// What the event says.
    pub description: &'static str,
    /// When the event was.
    pub created_at: Time,
    /// When it is tried next.
    pub next_attempt_at: Option<Time>,
    /// What the endpoint answered last, if it did.
    pub response_status_code: Option<u16>,
    /// How long the last attempt took.
    pub response_duration_ms: Option<u64>,
}

/// A delivery with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeliveryDetailView {
    /// It.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// The endpoint.
    pub endpoint_id: WebhookId,
    /// What was sent.
    pub payload: PayloadView,
    /// The attempts, the first one first.
    pub attempts: Vec<AttemptView>,
}

/// The body of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PayloadView {
    /// The event.
    pub event: EventType,
    /// Its data.
    pub data: Value,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptView {
    /// Which, from 1.
    pub attempt_number: u32,
    /// What the endpoint answered, if it did.
    pub status_code: Option<u16>,
    /// The first kilobyte of the answer.
    pub response_body: String,
    /// Why it failed; empty if it did not.
    pub error_message: String,
    /// How long it took.
    pub duration_ms: u64,
    /// When it began.
    pub created_at: Time,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestedView {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// `delivered` or `failed`.
    pub status: &'static str,
    /// What the endpoint answered; 0 if it did not. Never null: clients fail without it.
    pub response_status_code: u16,
    /// The first kilobyte of the answer.
    pub response_body: String,
    /// How long it took.
    pub response_duration_ms: u64,
    /// Why it failed; empty if it did not.
    pub error_message: String,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How much is told again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplayedView {
    /// So many deliveries were handed over by this call.
    pub replayed: usize,
    /// Whether there may be more since that time.
    pub has_more: bool,
    /// Where to go on: the same call with this as `cursor`.
    pub next_cursor: Option<String>,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// It is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OkView {
    /// Always true.
    pub ok: bool,
}

/// An entry of the log. What is not known of it is left out, but for `metadata`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventView {
    /// Its id.
    pub id: EventId,
    /// What it is about.
    pub category: &'static str,
    /// What was done.
    pub action: &'static str,
    /// `success` or `failed`.
    pub status: &'static str,
    /// The platform, where one is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The account, or the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The id of the post, media, account, endpoint or key.
    pub resource_id: String,
    /// What has happened, in a sentence.
    pub summary: &'static str,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Of which kind that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_category: Option<String>,
    /// What a webhook's `data` holds.
    pub metadata: Value,
    /// When it was.
    pub created_at: Time,
}

/// Part of the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventListView {
    /// The entries, the newest first.
    pub events: Vec<EventView>,
    /// Where the next ones are.
    pub pagination: Pages,
    /// For how many days entries are kept.
    pub retention_days: i64,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Where the next page is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pages {
    /// Whether there may be more.
    pub has_more: bool,
    /// Where it begins.
    pub next_cursor: Option<String>,
    /// The most items of a page.
    pub limit: usize,
}

/// What was counted of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventSummaryView {
    /// How many entries.
    pub total: usize,
    /// How many of them say that something went wrong.
    pub failed: usize,
    /// How many of each category.
    pub by_category: BTreeMap<&'static str, usize>,
    /// How many errors of each kind.
    pub by_error_category: BTreeMap<String, usize>,
    /// What became of drafts in inboxes.
    pub inbox_breakdown: BTreeMap<&'static str, usize>,
    /// For how many days entries are kept.
    pub retention_days: i64,
    /// What was ignored, or left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl std::fmt::Debug for CreatedView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CreatedView({})", self.webhook.id)
    }
}

impl std::fmt::Debug for RotatedView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RotatedView({})", self.id)
    }
}
