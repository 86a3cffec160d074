//! The messages on our own queues. Old messages outlive a deployment, so fields are only ever added, with a default.

use serde::{Deserialize, Serialize};
pub use slipway_domain::TargetRef;
use slipway_domain::{DeliveryId, Hidden, JsonText, LogKey, MediaId, TenantId, WebhookId};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationMessage {
    /// The body exactly as it came. Not printed: it is TikTok's word about a person.
    pub body: Hidden<String>,
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
    pub place: Option<LogKey>,
    /// It is to be told although it was: its owner wants it so.
    #[serde(default)]
    pub again: bool,
    /// What whoever made the message had read, so that nobody reads it again at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<JsonText>,
}

/// Which of its tenant's two shares of the deliveries queue a message counts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// What has just happened, for an endpoint that answers in time.
    Fresh,
    /// What is told again, and whatever is for an endpoint that lets time run out.
    Again,
}

impl DeliveryMessage {
    /// The group that the queue is fair by: a tenant has two, however many endpoints it has, so that its own that hang do
    /// not hold up those that answer.
    pub fn group(&self, share: Share) -> String {
        match share {
            Share::Fresh => self.tenant.to_string(),
            Share::Again => format!("{}-again", self.tenant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_two_shares_of_the_queue_whatever_its_endpoints() {
        let message = |webhook: &str| DeliveryMessage {
            tenant: "ten_1".parse().unwrap(),
            webhook: webhook.parse().unwrap(),
            delivery: "dlv_1".parse().unwrap(),
            place: None,
            again: false,
            carried: None,
        };
        let shares = [("wh_1", Share::Fresh), ("wh_2", Share::Fresh), ("wh_1", Share::Again), ("wh_2", Share::Again)];
        let groups = shares.map(|(webhook, share)| message(webhook).group(share));
        assert_eq!(groups, ["ten_1", "ten_1", "ten_1-again", "ten_1-again"]);
    }

    #[test]
    fn a_webhooks_body_is_not_printed() {
        let message = NotificationMessage { body: "{\"user_openid\":\"act.x\"}".to_owned().into() };
        assert_eq!(format!("{message:?}"), "NotificationMessage { body: (..) }");
    }
}
