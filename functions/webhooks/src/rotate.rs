//! `POST /v1/webhooks/{id}/rotate-secret`: a new secret, beside which the old one may count for a while.

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::Diagnostics;
use slipway_contract::fields::Fields;
use slipway_domain::EventType;
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, in_progress, json_text, text};
use slipway_http::{Answer, ErrorResponse, JsonObject, overlap, unknown_fields};
use slipway_store::webhooks::{PreviousSecret, WebhookRecord};
use slipway_webhooks::Secret;

use crate::endpoints::find;
use crate::{App, view};

pub(crate) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let read = find(&app, &caller, &id).await?;
    let now = Timestamp::now();
    let own = key.of(&[&body.bytes], read.id.as_str(), now);
    if let Some(standing) = own.earlier(&app.webhooks.guards(), now).await? {
        return Ok(own.first_answer(StatusCode::OK, &standing)?.into_response());
    }
    let mut noted = Diagnostics::default();
    let root = Fields::root(&body.object);
    let overlap = overlap(&root, &mut noted.issues);
    noted.unknown(&root);
    let warnings = noted.finish(unknown_fields(&headers))?;
    let secret = Secret::random().map_err(|error| ErrorResponse::internal(&error))?;
    let sealed = app.sealed(&read.tenant, &read.id, &secret).await?;
    let until = now + overlap;
    let next = WebhookRecord {
        previous: (until > now).then(|| PreviousSecret { secret: read.secret.clone(), until }),
        secret: sealed,
        secret_hint: secret.hint(),
        updated_at: now,
        version: read.version + 1,
        ..read
    };
    let entry = view::changed(&next, EventType::WebhookSecretRotated, now)?;
    let answer = text(&view::rotated(&next, &secret, warnings))?;
    if !app.webhooks.rotate(&next, &entry, own.keep(&answer)?.as_ref(), now).await?.is_done() {
        return Err(in_progress(1));
    }
    tracing::info!(webhook.id = %next.id, "an endpoint has a new secret");
    Ok(json_text(StatusCode::OK, answer))
}
