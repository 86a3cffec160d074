//! `POST /v1/webhooks/{id}/test`: an event of the caller's own making, told once and at once.

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use slipway_contract::fields::Fields;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::webhook::MAX_TEST_DATA;
use slipway_domain::{DeliveryId, Hidden};
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, in_progress, json_text, text};
use slipway_http::{Answer, ErrorResponse, JsonObject, unknown_fields};
use slipway_store::webhooks::{AttemptRecord, DeliveryRecord, DeliveryStatus};
use slipway_webhooks::Told;
use uuid::Uuid;

use crate::deliveries::event_type;
use crate::endpoints::find;
use crate::{App, view};

pub(crate) async fn test(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let webhook = find(&app, &caller, &id).await?;
    let (id, now) = (DeliveryId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let own = key.of(&[&body.bytes], id.as_str(), now);
    if let Some(standing) = own.earlier(&app.webhooks.guards(), now).await? {
        return Ok(own.first_answer(StatusCode::OK, &standing)?.into_response());
    }
    let mut noted = Diagnostics::default();
    let root = Fields::root(&body.object);
    let cure = "Send one that GET /v1/webhooks/events lists.";
    if !root.has("event_type") {
        noted.issues.push(Issue::required("event_type", cure));
    }
    let event =
        root.filled("event_type", &mut noted.issues).and_then(|text| event_type(text, "event_type", &mut noted.issues));
    let data = root.value("payload").filter(|value| value.is_object()).cloned();
    let said = data.as_ref().map(Value::to_string).unwrap_or_default();
    if data.is_none() {
        let cure = "Send an object: it is what your endpoint gets as data.";
        noted.issues.push(if root.has("payload") {
            Issue::invalid("payload", "payload is not an object", cure)
        } else {
            Issue::required("payload", cure)
        });
    } else if said.len() > MAX_TEST_DATA {
        let message = format!("payload has more than {MAX_TEST_DATA} bytes");
        noted.issues.push(Issue::invalid("payload", message, "Send a smaller one."));
    }
    noted.unknown(&root);
    let warnings = noted.finish(unknown_fields(&headers))?;
    let (Some(event), Some(data)) = (event, data) else {
        return Err(ErrorResponse::internal(&"a missing field of the test was not reported"));
    };
    let secrets = app.secrets_of(&webhook, now).await?;
    let url = app.endpoints.parse(&webhook.url).map_err(|error| ErrorResponse::internal(&error))?;
    let told = Told { delivery: &id, event, data: Hidden(&data) };
    let attempt = app.endpoints.attempt(&url, &secrets, told).await;
    let status = if attempt.is_success() { DeliveryStatus::Delivered } else { DeliveryStatus::Failed };
    let delivery = DeliveryRecord {
        id,
        webhook: webhook.id,
        tenant: webhook.tenant,
        event_type: event,
        event: None,
        test_data: Some(said.into()),
        status,
        attempts: vec![AttemptRecord::new(1, attempt.at, attempt.took, attempt.answer(), attempt.problem())],
        attempt_count: 1,
        failures: u32::from(!attempt.is_success()),
        created_at: Timestamp::now(),
        next_attempt_at: None,
        due_at: None,
        version: 1,
    };
    let answer = text(&view::tested(&delivery, warnings))?;
    // It is new: only a twin of the request can be in the way.
    if !app.webhooks.keep(&delivery, own.keep(&answer)?.as_ref(), now).await?.is_done() {
        return Err(in_progress(1));
    }
    Ok(json_text(StatusCode::OK, answer))
}
