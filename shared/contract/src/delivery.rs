//! How deliveries to customers' endpoints look to callers.

use serde::Serialize;
use slipway_domain::{DeliveryId, DeliveryStatus, EventType, Hidden, JsonText, WebhookId};

use crate::Time;

/// What was sent to an endpoint about one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliveryView {
    /// The delivery's id, which the endpoint receives, too.
    pub id: DeliveryId,
    /// The event.
    pub event_type: EventType,
    /// `pending`, `delivered` or `failed`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub status: DeliveryStatus,
    /// How many attempts there were.
    pub attempt_count: u32,
    /// What the event says.
    pub description: &'static str,
    /// When the event happened.
    pub created_at: Time,
    /// When the next attempt is made.
    pub next_attempt_at: Option<Time>,
    /// The status of the endpoint's last answer, if there was one.
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
    pub data: JsonText,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptView {
    /// The attempt's number, from 1.
    pub attempt_number: u32,
    /// The status of the endpoint's answer, if there was one.
    pub status_code: Option<u16>,
    /// The first kilobyte of the answer.
    pub response_body: Hidden<String>,
    /// Why it failed; empty if it did not.
    pub error_message: String,
    /// How long the attempt took, in milliseconds.
    pub duration_ms: u64,
    /// When the attempt began.
    pub created_at: Time,
}

/// The result of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestedView {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// `delivered` or `failed`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub status: DeliveryStatus,
    /// What the endpoint answered; 0 if it did not. Never null: clients fail without it.
    pub response_status_code: u16,
    /// The first kilobyte of the answer.
    pub response_body: Hidden<String>,
    /// How long the attempt took, in milliseconds.
    pub response_duration_ms: u64,
    /// Why it failed; empty if it did not.
    pub error_message: String,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The result of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplayedView {
    /// The number of deliveries that this call queued.
    pub replayed: usize,
    /// Whether there may be more events since that time.
    pub has_more: bool,
    /// Where to go on: the same call with this as `cursor`.
    pub next_cursor: Option<String>,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
