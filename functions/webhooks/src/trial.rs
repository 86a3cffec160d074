//! `POST /v1/webhooks/{id}/test`: an event of the caller's own making, told once and at once.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::fields::Fields;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::webhook::{ATTEMPT_COUNTS_AS, MAX_TEST_DATA};
use slipway_domain::{DeliveryId, DeliveryStatus, EventType, JsonText};
use slipway_http::limits::Meter;
use slipway_http::repeat::{in_progress, text};
use slipway_http::{Answer, Carried, ErrorResponse, Once, unknown_fields};
use slipway_store::webhooks::{AttemptRecord, DeliveryRecord};
use slipway_webhooks::Told;
use uuid::Uuid;

use crate::endpoints::find;
use crate::fields::{LISTED_EVENT, event_type};
use crate::{App, view};

pub(crate) async fn test(State(app): State<Arc<App>>, meter: Meter, Path(id): Path<String>, request: Once) -> Answer {
    let webhook = find(&app, &request.caller, &id).await?;
    let (id, now) = (DeliveryId::from_uuid(Uuid::now_v7()), Timestamp::now());
    let testing = request.answer(app.webhooks.guards(), (id.to_string(), now), StatusCode::OK, async |own| {
        let (event, data, warnings) = wanted(&request)?;
        let secrets = app.secrets_of(&webhook, now).await?;
        let url = app.endpoints.parse(&webhook.url).map_err(|error| ErrorResponse::internal(&error))?;
        meter.count_as(ATTEMPT_COUNTS_AS).await?;
        let told = Told { delivery: &id, event, data: &data };
        let attempt = app.endpoints.attempt(&url, &secrets, told).await;
        let status = if attempt.is_success() { DeliveryStatus::Delivered } else { DeliveryStatus::Failed };
        let delivery = DeliveryRecord {
            id,
            webhook: webhook.id,
            tenant: webhook.tenant,
            event_type: event,
            event: None,
            test_data: Some(data.as_str().to_owned().into()),
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
            return Err(in_progress());
        }
        Ok(Carried::Out(answer))
    });
    testing.await
}

/// What is to be told, and what was ignored.
fn wanted(request: &Once) -> Result<(EventType, JsonText, Vec<String>), ErrorResponse> {
    let mut noted = Diagnostics::default();
    let root = Fields::root(&request.body.object);
    if !root.has("event_type") {
        noted.issues.push(Issue::required("event_type", LISTED_EVENT));
    }
    let event =
        root.filled("event_type", &mut noted.issues).and_then(|text| event_type(text, "event_type", &mut noted.issues));
    let data = root.value("payload").filter(|value| value.is_object());
    let data = data.map(JsonText::of).transpose().map_err(|error| ErrorResponse::internal(&error))?;
    if data.is_none() {
        let cure = "Send an object: it is what your endpoint gets as data.";
        noted.issues.push(if root.has("payload") {
            Issue::invalid("payload", "payload is not an object", cure)
        } else {
            Issue::required("payload", cure)
        });
    } else if data.as_ref().is_some_and(|data| data.as_str().len() > MAX_TEST_DATA) {
        let message = format!("payload has more than {MAX_TEST_DATA} bytes");
        noted.issues.push(Issue::invalid("payload", message, "Send a smaller one."));
    }
    noted.unknown(&root);
    let warnings = noted.finish(unknown_fields(&request.headers))?;
    let (Some(event), Some(data)) = (event, data) else {
        return Err(ErrorResponse::internal(&"a missing field of the test was not reported"));
    };
    Ok((event, data, warnings))
}
