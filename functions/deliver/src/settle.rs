//! What an attempt means for its delivery and for its endpoint.

use jiff::Timestamp;
use slipway_domain::DeliveryStatus;
use slipway_domain::webhook::{DISABLED_AFTER, LEFT_BEHIND_AFTER, MAX_ATTEMPTS, next_attempt, rests_until};
use slipway_store::Epoch;
use slipway_store::webhooks::{AttemptRecord, Health, Settled, WebhookRecord};
use slipway_webhooks::Attempt;

use crate::decide::Call;

/// What is to be written, given what is random about the next pause. `by_message` says whether a message for that next
/// time can be sent.
pub(crate) fn settle(
    call: Call,
    attempt: &Attempt,
    now: Timestamp,
    dice: u64,
    by_message: impl Fn(Timestamp) -> bool,
) -> Settled {
    let Call { mut delivery, webhook, .. } = call;
    delivery.version += 1;
    delivery.attempt_count += 1;
    delivery.attempts.push(AttemptRecord::new(
        delivery.attempt_count,
        attempt.at,
        attempt.took,
        attempt.answer(),
        attempt.problem(),
    ));
    let too_many = delivery.attempts.len().saturating_sub(MAX_ATTEMPTS);
    delivery.attempts.drain(..too_many);
    let is_success = attempt.is_success();
    let asked = attempt.answered.as_ref().ok().and_then(|answered| answered.retry_after);
    delivery.failures = if is_success { delivery.failures } else { delivery.failures + 1 };
    let next = if is_success {
        None
    } else {
        next_attempt(usize::try_from(delivery.failures).unwrap_or(usize::MAX), now, asked, dice)
    };
    delivery.status = match (is_success, next) {
        (true, _) => DeliveryStatus::Delivered,
        (false, Some(_)) => DeliveryStatus::Pending,
        (false, None) => DeliveryStatus::Failed,
    };
    delivery.next_attempt_at = next;
    delivery.due_at = next.map(|at| Epoch::from(if by_message(at) { at + LEFT_BEHIND_AFTER } else { at }));
    Settled { health: health(&webhook, attempt, now), delivery }
}

/// How the endpoint does now, if that is news.
fn health(webhook: &WebhookRecord, attempt: &Attempt, now: Timestamp) -> Option<Health> {
    let before = Health {
        failing_since: webhook.failing_since,
        slow_in_a_row: webhook.slow_in_a_row,
        rests_until: webhook.rests_until,
        version: webhook.version,
    };
    let after = if attempt.is_success() {
        Health { failing_since: None, slow_in_a_row: 0, rests_until: None, version: webhook.version }
    } else {
        let slow_in_a_row = if attempt.is_slow() { webhook.slow_in_a_row.saturating_add(1) } else { 0 };
        let failing_since = Some(webhook.failing_since.unwrap_or(attempt.at));
        Health { failing_since, slow_in_a_row, rests_until: rests_until(slow_in_a_row, now), version: webhook.version }
    };
    (before != after).then_some(after)
}

/// Whether the endpoint has failed for so long that it is to be told nothing any more.
pub(crate) fn is_lost(webhook: &WebhookRecord, attempt: &Attempt, now: Timestamp) -> bool {
    !attempt.is_success() && webhook.failing_since.is_some_and(|since| now.duration_since(since) >= DISABLED_AFTER)
}

#[cfg(test)]
mod tests;
