//! How deliveries to customers' endpoints look to callers.

use serde::Serialize;
use serde_json::Value;
use slipway_domain::{DeliveryId, EventType, Hidden, WebhookId};

use crate::Time;

/// What an endpoint was told of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PayloadView {
    /// The event.
    pub event: EventType,
    /// Its data.
    pub data: Hidden<Value>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptView {
    /// Which, from 1.
    pub attempt_number: u32,
    /// What the endpoint answered, if it did.
    pub status_code: Option<u16>,
    /// The first kilobyte of the answer.
    pub response_body: Hidden<String>,
    /// Why it failed; empty if it did not.
    pub error_message: String,
    /// How long it took.
    pub duration_ms: u64,
    /// When it began.
    pub created_at: Time,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestedView {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// `delivered` or `failed`.
    pub status: &'static str,
    /// What the endpoint answered; 0 if it did not. Never null: clients fail without it.
    pub response_status_code: u16,
    /// The first kilobyte of the answer.
    pub response_body: Hidden<String>,
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
