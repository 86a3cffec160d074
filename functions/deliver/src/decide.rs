//! What is to be done about a message, given what is stored.

use std::collections::BTreeSet;

use jiff::Timestamp;
use slipway_contract::queue::DeliveryMessage;
use slipway_domain::schedule::DELIVERY_COMES_EARLY;
use slipway_domain::{DeliveryId, DeliveryStatus, JsonText};
use slipway_store::Epoch;
use slipway_store::webhooks::{DeliveryRecord, Found, WebhookRecord};

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Nothing: why.
    Drop(&'static str),
    /// It is only noted how far the delivery is.
    Note(Box<DeliveryRecord>),
    /// The endpoint is called.
    Call(Box<Call>),
    /// The endpoint has let time run out: it is called if nobody else calls it.
    Probe(Box<Call>),
}

/// A call that is to be made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) delivery: DeliveryRecord,
    pub(crate) webhook: WebhookRecord,
    pub(crate) data: JsonText,
}

/// Decides. A message may be old, early, or come twice: the store says what is still to be done.
/// What is `foreign` is of brands that its endpoint is not told of any more.
pub(crate) fn decide(
    message: &DeliveryMessage,
    found: &Found,
    foreign: &BTreeSet<DeliveryId>,
    now: Timestamp,
) -> Action {
    let known = found.deliveries.get(&message.delivery);
    // What nobody waits for any more leaves the index: the sweep would bring it again and again.
    let given_up = |why| match known.filter(|known| known.status == DeliveryStatus::Pending) {
        Some(pending) => Action::Note(Box::new(ended(pending.clone()))),
        None => Action::Drop(why),
    };
    let Some(webhook) = found.webhooks.get(&message.webhook) else { return given_up("the endpoint is gone") };
    let entry = found.event_of(message);
    let delivery = match (known, entry) {
        // Its owner wants it told again: it has all its tries again.
        (Some(known), _) if message.again && known.status != DeliveryStatus::Pending => {
            DeliveryRecord { failures: 0, ..known.clone() }
        }
        (Some(known), _) => known.clone(),
        (None, Some(entry)) => DeliveryRecord::of(webhook, entry),
        (None, None) => return Action::Drop("the event is gone"),
    };
    if !message.again {
        if delivery.status != DeliveryStatus::Pending {
            return Action::Drop("it has ended already");
        }
        if delivery.next_attempt_at.is_some_and(|at| at > now + DELIVERY_COMES_EARLY) {
            return Action::Drop("it is not its time; another message will come");
        }
    }
    if !webhook.is_active {
        return given_up("the endpoint is switched off");
    }
    if foreign.contains(&message.delivery) {
        return given_up("the endpoint is told of other brands now");
    }
    if let Some(until) = webhook.rests_until.filter(|until| *until > now && !message.again) {
        return Action::Note(Box::new(put_off(delivery, until)));
    }
    let data = match (&delivery.test_data, entry) {
        (Some(test), _) => JsonText::parse(test.0.clone()).unwrap_or_default(),
        (None, Some(entry)) => entry.data.clone(),
        // The log keeps events longer than deliveries: somebody has deleted it.
        (None, None) => return Action::Note(Box::new(ended(delivery))),
    };
    let call = Box::new(Call { delivery, webhook: webhook.clone(), data });
    if webhook.slow_in_a_row > 0 && !message.again { Action::Probe(call) } else { Action::Call(call) }
}

/// It will not be tried any more.
fn ended(delivery: DeliveryRecord) -> DeliveryRecord {
    let (status, version) = (DeliveryStatus::Failed, delivery.version + 1);
    DeliveryRecord { status, next_attempt_at: None, due_at: None, version, ..delivery }
}

/// It is tried at `until`. That is no attempt.
pub(crate) fn put_off(delivery: DeliveryRecord, until: Timestamp) -> DeliveryRecord {
    DeliveryRecord {
        status: DeliveryStatus::Pending,
        next_attempt_at: Some(until),
        due_at: Some(Epoch::from(until)),
        version: delivery.version + 1,
        ..delivery
    }
}

#[cfg(test)]
pub(crate) mod tests;
