//! The messages on our own queues. Old messages outlive a deployment, so fields are only ever added, with a default.

use std::fmt;

use serde::{Deserialize, Serialize};
pub use slipway_domain::TargetRef;
use slipway_domain::{DeliveryId, MediaId, TenantId, WebhookId};

/// On the transfers queue: take this target further towards its last byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferMessage {
    /// Which target.
    pub target: TargetRef,
}

/// On the status-checks queue: ask TikTok what became of this target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCheckMessage {
    /// Which target.
    pub target: TargetRef,
    /// Which look this is, from 0; the pauses double with it.
    #[serde(default)]
    pub look: u32,
}

/// On the TikTok-events queue: a webhook whose signature held.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationMessage {
    /// The body exactly as it came. Not printed: it is TikTok's word about a person.
    pub body: String,
}

impl fmt::Debug for NotificationMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NotificationMessage({} bytes)", self.body.len())
    }
}

/// On the imports queue: fetch this media from where it is, if nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportMessage {
    /// Whose.
    pub tenant: TenantId,
    /// Which media.
    pub media: MediaId,
}

/// On the deliveries queue: tell this endpoint of this event, if that is still to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryMessage {
    /// Whose.
    pub tenant: TenantId,
    /// Which endpoint.
    pub webhook: WebhookId,
    /// Which delivery.
    pub delivery: DeliveryId,
    /// The event's place in the log; nothing for a test, and where only the delivery knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// It is to be told although it was: its owner wants it so.
    #[serde(default)]
    pub again: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhooks_body_is_not_printed() {
        let message = NotificationMessage { body: "{\"user_openid\":\"act.x\"}".to_owned() };
        assert_eq!(format!("{message:?}"), "NotificationMessage(23 bytes)");
    }
}
