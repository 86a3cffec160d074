//! What a fresh message carries: its endpoint and its event as they were read when it was made, so that whoever gets it at
//! once need not read them again.
//!
//! They count for [some seconds](READ_WITH_ITS_MESSAGE), and for a message that comes for the first time. Only an endpoint
//! that does well is carried: whether one that fails is to be left alone is read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_contract::queue::DeliveryMessage;
use slipway_domain::JsonText;
use slipway_domain::webhook::READ_WITH_ITS_MESSAGE;
use slipway_store::events::LogEntry;
use slipway_store::webhooks::{Found, WebhookRecord};

/// Endpoint and event of a fresh message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fresh {
    /// When they were read, or before.
    pub(crate) read_at: Timestamp,
    pub(crate) webhook: WebhookRecord,
    pub(crate) entry: LogEntry,
}

/// How much is carried at most, in bytes: a message stays below 64 KiB, which SQS counts as one request, and ten of them
/// fit into one call.
const MOST: usize = 48 * 1024;

impl Fresh {
    /// The message with this, if it is worth carrying.
    pub(crate) fn carried_by(self, message: DeliveryMessage) -> DeliveryMessage {
        if !does_well(&self.webhook) {
            return message;
        }
        let carried = JsonText::of(&self).ok().filter(|text| text.as_str().len() <= MOST);
        DeliveryMessage { carried, ..message }
    }

    /// What the message carries, if it still counts.
    pub(crate) fn of(message: &DeliveryMessage, now: Timestamp) -> Option<Self> {
        // What an older or newer version of us wrote and does not read is read again.
        let fresh: Self = message.carried.as_ref()?.read().ok()?;
        (now.duration_since(fresh.read_at).abs() <= READ_WITH_ITS_MESSAGE).then_some(fresh)
    }

    /// Counts as found, unless something newer was.
    pub(crate) fn found(self, found: &mut Found) {
        found.webhooks.entry(self.webhook.id.clone()).or_insert(self.webhook);
        let place = (self.entry.tenant.clone(), self.entry.key());
        found.events.entry(place).or_insert(self.entry);
    }
}

/// Whether nothing is known against the endpoint.
pub(crate) const fn does_well(webhook: &WebhookRecord) -> bool {
    webhook.slow_in_a_row == 0 && webhook.failing_since.is_none() && webhook.rests_until.is_none()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use slipway_store::webhooks::DeliveryRecord;

    use super::*;
    use crate::decide::tests::{entry, now, webhook};

    fn carried(webhook: WebhookRecord, entry: LogEntry) -> DeliveryMessage {
        let message = DeliveryRecord::of(&webhook, &entry).message(false);
        Fresh { read_at: now(), webhook, entry }.carried_by(message)
    }

    #[test]
    fn what_is_carried_counts_for_a_moment_and_is_read_again_after_it() {
        let message = carried(webhook(), entry());
        let text = serde_json::to_string(&message).unwrap();
        let message: DeliveryMessage = serde_json::from_str(&text).unwrap();
        for (seconds, counts) in [(0, true), (5, true), (6, false), (-5, true), (-6, false)] {
            let fresh = Fresh::of(&message, now() + SignedDuration::from_secs(seconds));
            let expected = counts.then(|| Fresh { read_at: now(), webhook: webhook(), entry: entry() });
            assert_eq!(fresh, expected, "{seconds}");
        }
        let odd =
            DeliveryMessage { carried: Some(JsonText::of(&serde_json::json!({"read_at": 1})).unwrap()), ..message };
        assert_eq!(Fresh::of(&odd, now()), None);
    }

    #[test]
    fn an_endpoint_in_trouble_and_a_large_event_are_not_carried() {
        let since = Some(now());
        for webhook in [
            WebhookRecord { slow_in_a_row: 1, ..webhook() },
            WebhookRecord { failing_since: since, ..webhook() },
            WebhookRecord { rests_until: since, ..webhook() },
        ] {
            assert_eq!(carried(webhook, entry()).carried, None);
        }
        for (size, fits) in [(45 * 1024, true), (MOST, false)] {
            let entry = LogEntry { data: JsonText::of(&"x".repeat(size)).unwrap(), ..entry() };
            assert_eq!(carried(webhook(), entry).carried.is_some(), fits, "{size}");
        }
    }

    #[test]
    fn what_was_found_is_newer_than_what_was_carried() {
        let mut found = Found::default();
        let newer = WebhookRecord { is_active: false, version: 2, ..webhook() };
        found.webhooks.insert(newer.id.clone(), newer.clone());
        Fresh { read_at: now(), webhook: webhook(), entry: entry() }.found(&mut found);
        assert_eq!((found.webhooks.get(&newer.id), found.events.len()), (Some(&newer), 1));
    }
}
