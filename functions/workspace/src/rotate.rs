//! `POST /v1/keys/{id}/rotate`: a new secret, beside which the old one may count for a while.

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use slipway_contract::Diagnostics;
use slipway_contract::fields::Fields;
use slipway_domain::EventType;
use slipway_http::api_key::RawKey;
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, in_progress, json_text, text};
use slipway_http::{Answer, ErrorResponse, JsonObject, overlap, unknown_fields};
use slipway_store::tenants::Rotation;

use crate::keys::find;
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
    if let Some(standing) = own.earlier(&app.tenants.guards(), now).await? {
        return Ok(own.first_answer(StatusCode::OK, &standing)?.into_response());
    }
    let mut noted = Diagnostics::default();
    let root = Fields::root(&body.object);
    let overlap = overlap(&root, &mut noted.issues);
    noted.unknown(&root);
    let warnings = noted.finish(unknown_fields(&headers))?;
    let raw = RawKey::generate().map_err(|error| ErrorResponse::internal(&error))?;
    let rotation = Rotation { hash: raw.hash(), preview: raw.preview(), until: now + overlap };
    let next = read.rotated(&rotation, now);
    let entry = view::changed(&next, EventType::KeyRotated, now)?;
    let answer = text(&view::made(&next, &raw, warnings))?;
    if !app.tenants.rotate_key(&read, &next, Some(&entry), own.keep(&answer)?.as_ref(), now).await? {
        return Err(in_progress(1));
    }
    tracing::info!(key.id = %next.id, "an API key has a new secret");
    Ok(json_text(StatusCode::OK, answer))
}
