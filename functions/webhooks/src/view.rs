//! What callers are shown: what more than one route of this function shows is made here.

use secrecy::ExposeSecret as _;
use slipway_contract::Time;
use slipway_contract::delivery::{AttemptView, DeliveryDetailView, DeliveryView, PayloadView, TestedView};
use slipway_contract::event::WebhookPingData;
use slipway_contract::webhook::{CreatedView, RotatedView, StatsView, WebhookDetailView, WebhookView};
use slipway_domain::{JsonText, WebhookId};
use slipway_http::ErrorResponse;
pub(crate) use slipway_store::events::view::event;
pub(crate) use slipway_store::webhooks::view::{changed, webhook as listed};
use slipway_store::webhooks::{AttemptRecord, DeliveryRecord, Stats, WebhookRecord};
use slipway_webhooks::Secret;

/// What a new endpoint is tested with.
pub(crate) fn ping(id: &WebhookId) -> Result<JsonText, ErrorResponse> {
    let data = WebhookPingData { webhook_id: id.clone(), message: "This is a test. Answer it with a 2xx." };
    JsonText::of(&data).map_err(|error| ErrorResponse::internal(&error))
}

pub(crate) fn created(webhook: &WebhookRecord, secret: &Secret, warnings: Vec<String>) -> CreatedView {
    CreatedView {
        webhook: listed(webhook),
        secret: secret.text().expose_secret().to_owned().into(),
        message: "Keep the secret: it is not shown again. Verify every delivery with it.",
        warnings,
    }
}

pub(crate) fn changed_view(webhook: &WebhookRecord, warnings: Vec<String>) -> WebhookView {
    WebhookView { warnings, ..listed(webhook) }
}

pub(crate) fn detail(webhook: &WebhookRecord, [day, week]: [Stats; 2]) -> WebhookDetailView {
    let counts =
        |stats: Stats| slipway_contract::webhook::CountsView { delivered: stats.delivered, failed: stats.failed };
    WebhookDetailView {
        webhook: listed(webhook),
        secret_hint: webhook.secret_hint.clone(),
        failing_since: webhook.failing_since.map(Time::from),
        stats: StatsView { last_24h: counts(day), last_7d: counts(week) },
    }
}

pub(crate) fn rotated(webhook: &WebhookRecord, secret: &Secret, warnings: Vec<String>) -> RotatedView {
    RotatedView {
        id: webhook.id.clone(),
        secret: secret.text().expose_secret().to_owned().into(),
        secret_hint: webhook.secret_hint.clone(),
        previous_until: webhook.previous.as_ref().map(|previous| previous.until.into()),
        message: "Keep the secret: it is not shown again.",
        warnings,
    }
}

pub(crate) fn delivery(delivery: &DeliveryRecord) -> DeliveryView {
    let last = delivery.attempts.last();
    DeliveryView {
        id: delivery.id.clone(),
        event_type: delivery.event_type,
        status: delivery.status,
        attempt_count: delivery.attempt_count,
        description: delivery.event_type.description(),
        created_at: delivery.created_at.into(),
        next_attempt_at: delivery.next_attempt_at.map(Time::from),
        response_status_code: last.and_then(|attempt| attempt.status_code),
        response_duration_ms: last.map(|attempt| attempt.duration_ms),
    }
}

pub(crate) fn delivery_detail(delivery: &DeliveryRecord, data: JsonText) -> DeliveryDetailView {
    DeliveryDetailView {
        delivery: self::delivery(delivery),
        endpoint_id: delivery.webhook.clone(),
        payload: PayloadView { event: delivery.event_type, data },
        attempts: delivery.attempts.iter().map(attempt).collect(),
    }
}

fn attempt(attempt: &AttemptRecord) -> AttemptView {
    AttemptView {
        attempt_number: attempt.number,
        status_code: attempt.status_code,
        response_body: attempt.response_body.clone(),
        error_message: attempt.error_message.clone(),
        duration_ms: attempt.duration_ms,
        created_at: attempt.at.into(),
    }
}

pub(crate) fn tested(delivery: &DeliveryRecord, warnings: Vec<String>) -> TestedView {
    let last = delivery.attempts.last();
    TestedView {
        delivery_id: delivery.id.clone(),
        status: delivery.status,
        response_status_code: last.and_then(|attempt| attempt.status_code).unwrap_or_default(),
        response_body: last.map(|attempt| attempt.response_body.clone()).unwrap_or_default(),
        response_duration_ms: last.map(|attempt| attempt.duration_ms).unwrap_or_default(),
        error_message: last.map(|attempt| attempt.error_message.clone()).unwrap_or_default(),
        warnings,
    }
}
