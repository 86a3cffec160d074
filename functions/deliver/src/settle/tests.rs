use std::time::Duration;

use jiff::SignedDuration;
use slipway_domain::JsonText;
use slipway_fetch::{FetchError, Slow};
use slipway_webhooks::Answered;

use slipway_store::webhooks::DeliveryRecord;

use super::*;
use crate::decide::tests::{delivery, webhook};

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn answered(status: u16) -> Attempt {
    let answered = Ok(Answered { status, body: "thanks".to_owned().into(), retry_after: None });
    Attempt { at: now(), took: Duration::from_millis(12), answered }
}

fn hangs() -> Attempt {
    Attempt { answered: Err(FetchError::Slow(Slow::Total)), ..answered(200) }
}

fn settled(delivery: DeliveryRecord, webhook: WebhookRecord, attempt: &Attempt) -> Settled {
    let call = Call { delivery, webhook, data: JsonText::default() };
    settle(call, attempt, now(), 20, |at| at <= now() + SignedDuration::from_mins(15))
}

#[test]
fn a_success_ends_it_and_a_failure_brings_the_next_time() {
    let first = settled(delivery(), webhook(), &answered(200));
    let done = &first.delivery;
    assert_eq!(
        (done.status, done.next_attempt_at, done.due_at, done.version),
        (DeliveryStatus::Delivered, None, None, 1)
    );
    assert_eq!(first.health, None);

    let mut record = delivery();
    let pauses: Vec<_> = (0..10)
        .map(|_| {
            record = settled(record.clone(), webhook(), &answered(500)).delivery;
            record.next_attempt_at.map(|at| at.duration_since(now()).as_secs())
        })
        .collect();
    let hours = |hours: i64| Some(hours * 3600);
    let expected =
        [Some(5), Some(300), Some(1800), hours(2), hours(5), hours(10), hours(10), hours(24), hours(24), None];
    assert_eq!(pauses, expected);
    assert_eq!((record.status, record.attempt_count, record.version), (DeliveryStatus::Failed, 10, 10));
    let last = record.attempts.last().unwrap();
    assert_eq!((last.number, last.error_message.as_str()), (10, "the endpoint answered with status 500"));
}

#[test]
fn the_net_is_behind_the_message_where_one_is_sent() {
    let mut record = delivery();
    for behind in [120, 120, 0, 0] {
        record = settled(record, webhook(), &answered(503)).delivery;
        let due = record.due_at.unwrap().as_second() - record.next_attempt_at.unwrap().as_second();
        assert_eq!(due, behind, "after {} attempts", record.attempt_count);
    }
}

#[test]
fn an_endpoint_s_health_is_written_only_if_it_is_news() {
    let since = now() - SignedDuration::from_hours(1);
    let failing = || WebhookRecord { failing_since: Some(since), ..webhook() };
    let health = |webhook: WebhookRecord, attempt: &Attempt| settled(delivery(), webhook, attempt).health;
    let now_failing = Health { failing_since: Some(now()), slow_in_a_row: 0, rests_until: None, version: 1 };
    assert_eq!(health(webhook(), &answered(404)), Some(now_failing));
    assert_eq!(health(failing(), &answered(404)), None);
    assert_eq!(health(failing(), &answered(200)).unwrap().failing_since, None);
    let third = health(WebhookRecord { slow_in_a_row: 2, ..failing() }, &hangs()).unwrap();
    let rests_until = Some(now() + SignedDuration::from_secs(30));
    assert_eq!(third, Health { failing_since: Some(since), slow_in_a_row: 3, rests_until, version: 1 });
    // Whoever answers, whatever it is, does not hang.
    assert_eq!(health(WebhookRecord { slow_in_a_row: 2, ..failing() }, &answered(500)).unwrap().slow_in_a_row, 0);
}

#[test]
fn an_endpoint_is_lost_after_five_days_of_failures() {
    for (hours, attempt, lost) in
        [(119, answered(500), false), (120, answered(500), true), (120, answered(200), false), (200, hangs(), true)]
    {
        let since = Some(now() - SignedDuration::from_hours(hours));
        let webhook = WebhookRecord { failing_since: since, ..webhook() };
        assert_eq!(is_lost(&webhook, &attempt, now()), lost, "{hours}");
    }
    assert!(!is_lost(&webhook(), &answered(500), now()));
}

#[test]
fn only_the_latest_attempts_are_kept() {
    let mut record = delivery();
    for _ in 0..MAX_ATTEMPTS + 5 {
        record = settled(record, webhook(), &answered(500)).delivery;
    }
    assert_eq!((record.attempts.len(), record.attempts[0].number), (MAX_ATTEMPTS, 6));
}
