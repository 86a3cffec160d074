use jiff::SignedDuration;
use serde_json::json;
use slipway_domain::{EventType, Sealed};
use slipway_store::events::{Happened, LogEntry};

use super::*;

pub(crate) fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

pub(crate) fn entry() -> LogEntry {
    let happened = Happened {
        kind: EventType::PostPublished,
        resource: "post_1".to_owned(),
        accounts: vec!["acc_1".parse().unwrap()],
        at: now() - SignedDuration::from_mins(1),
    };
    LogEntry::new("ten_1".parse().unwrap(), "x", happened, &json!({"post_id": "post_1"})).unwrap()
}

pub(crate) fn webhook() -> WebhookRecord {
    WebhookRecord::new(
        "ten_1".parse().unwrap(),
        "wh_1".parse().unwrap(),
        "https://example.com/hook".to_owned().into(),
        vec![EventType::PostPublished],
        (Sealed::from_stored("sealed"), "whsec_abcd…".to_owned()),
        now(),
    )
}

pub(crate) fn delivery() -> DeliveryRecord {
    DeliveryRecord::of(&webhook(), &entry())
}

/// What is decided for the delivery, given how endpoint and delivery are stored; without a delivery it is a first attempt.
fn decided(webhook: Option<WebhookRecord>, known: Option<DeliveryRecord>, again: bool, has_event: bool) -> Action {
    let (entry, delivery) = (entry(), delivery());
    let mut found = Found::default();
    found.webhooks.extend(webhook.map(|webhook| (webhook.id.clone(), webhook)));
    found.deliveries.extend(known.map(|known| (known.id.clone(), known)));
    let place = entry.key();
    if has_event {
        found.events.insert((entry.tenant.clone(), place.clone()), entry);
    }
    let message = DeliveryMessage {
        tenant: delivery.tenant,
        webhook: delivery.webhook,
        delivery: delivery.id,
        place: Some(place),
        again,
        carried: None,
    };
    decide(&message, &found, &BTreeSet::new(), now())
}

fn name(action: &Action) -> String {
    match action {
        Action::Drop(why) => format!("drop: {why}"),
        Action::Note(delivery) => {
            format!("note {} {:?}", delivery.status.as_str(), delivery.next_attempt_at.map(|at| at.to_string()))
        }
        Action::Call(call) => format!("call, after {} attempts", call.delivery.attempt_count),
        Action::Probe(call) => format!("call alone, after {} attempts", call.delivery.attempt_count),
    }
}

#[test]
fn what_is_stored_decides_and_not_the_message() {
    let on = || Some(webhook());
    let off = || Some(WebhookRecord { is_active: false, ..webhook() });
    let resting = || Some(WebhookRecord { rests_until: Some(now() + SignedDuration::from_secs(30)), ..webhook() });
    let rested = || {
        let rests_until = Some(now() - SignedDuration::from_secs(1));
        Some(WebhookRecord { rests_until, slow_in_a_row: 3, ..webhook() })
    };
    let slow = || Some(WebhookRecord { slow_in_a_row: 1, ..webhook() });
    let known = |status, next: i64| {
        let next = Some(now() + SignedDuration::from_secs(next));
        Some(DeliveryRecord { status, next_attempt_at: next, attempt_count: 2, version: 2, ..delivery() })
    };
    let (pending, delivered, failed) = (DeliveryStatus::Pending, DeliveryStatus::Delivered, DeliveryStatus::Failed);
    for (webhook, known, again, has_event, expected) in [
        (on(), None, false, true, "call, after 0 attempts"),
        (on(), None, false, false, "drop: the event is gone"),
        (None, None, false, true, "drop: the endpoint is gone"),
        (off(), None, false, true, "drop: the endpoint is switched off"),
        (resting(), None, false, true, "note pending Some(\"2026-11-26T12:00:30Z\")"),
        (rested(), None, false, true, "call alone, after 0 attempts"),
        (slow(), known(pending, 0), false, true, "call alone, after 2 attempts"),
        (slow(), known(failed, 0), true, true, "call, after 2 attempts"),
        (on(), known(pending, 0), false, true, "call, after 2 attempts"),
        (on(), known(pending, 2), false, true, "call, after 2 attempts"),
        (on(), known(pending, 60), false, true, "drop: it is not its time; another message will come"),
        (on(), known(delivered, 0), false, true, "drop: it has ended already"),
        (on(), known(failed, 0), false, true, "drop: it has ended already"),
        (on(), known(delivered, 0), true, true, "call, after 2 attempts"),
        (on(), known(failed, 60), true, true, "call, after 2 attempts"),
        (resting(), known(failed, 0), true, true, "call, after 2 attempts"),
        (off(), known(pending, 0), false, true, "note failed None"),
        (off(), known(failed, 0), true, true, "drop: the endpoint is switched off"),
        (off(), known(delivered, 0), true, true, "drop: the endpoint is switched off"),
        (None, known(pending, 0), false, true, "note failed None"),
        (None, known(delivered, 0), true, true, "drop: the endpoint is gone"),
        (on(), known(pending, 0), false, false, "note failed None"),
    ] {
        let action = decided(webhook.clone(), known.clone(), again, has_event);
        assert_eq!(name(&action), expected, "{webhook:?} {known:?} {again} {has_event}");
        if let Action::Note(delivery) = &action {
            assert_eq!(delivery.version, known.map_or(0, |known| known.version) + 1);
        }
    }
}

#[test]
fn what_is_of_other_brands_by_now_is_given_up() {
    let (entry, known) = (entry(), delivery());
    let place = entry.key();
    let mut found = Found::default();
    found.webhooks.insert(webhook().id, webhook());
    found.events.insert((entry.tenant.clone(), place), entry);
    let foreign = BTreeSet::from([known.id.clone()]);
    let decided = |found: &Found| name(&decide(&delivery().message(false), found, &foreign, now()));
    assert_eq!(decided(&found), "drop: the endpoint is told of other brands now");
    found.deliveries.insert(known.id.clone(), DeliveryRecord { version: 2, ..known });
    assert_eq!(decided(&found), "note failed None");
}
