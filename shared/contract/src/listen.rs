//! How deliveries look to somebody who asks for them.

use std::collections::BTreeMap;

use serde::Serialize;
use slipway_domain::{DeliveryId, EventType, Hidden, WebhookId};

use crate::Time;

/// What a listener receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListenView {
    /// The listener's id: the same as long as `next_cursor` is used.
    pub listener_id: WebhookId,
    /// The secret that deliveries are signed with.
    pub secret: Hidden<String>,
    /// The deliveries, the oldest first.
    pub deliveries: Vec<ListenedView>,
    /// Where to go on: the same call with this as `cursor`. There is always one.
    pub next_cursor: String,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A delivery as an endpoint would get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListenedView {
    /// Its id, as in `webhook-id`.
    pub id: DeliveryId,
    /// The event.
    pub event_type: EventType,
    /// When the event happened.
    pub created_at: Time,
    /// The headers by their names in lower case.
    pub headers: Hidden<BTreeMap<String, String>>,
    /// The body, byte for byte.
    pub body: Hidden<String>,
}
