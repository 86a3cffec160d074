//! `POST /v1/keys/{id}/rotate`: a new secret, beside which the old one may count for a while.

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use slipway_domain::EventType;
use slipway_http::api_key::RawKey;
use slipway_http::repeat::{in_progress, text};
use slipway_http::{Answer, Carried, ErrorResponse, Once, Overlap};
use slipway_store::tenants::{Rotation, key_changed};

use crate::keys::find;
use crate::{App, view};

pub(crate) async fn rotate(State(app): State<App>, Path(id): Path<String>, request: Once) -> Answer {
    let read = find(&app, &request.caller, &id).await?;
    let now = Timestamp::now();
    let rotating = request.answer(app.tenants.guards(), (read.id.to_string(), now), StatusCode::OK, async |own| {
        let overlap = Overlap::of(&request)?;
        let raw = RawKey::generate(&read.tenant).map_err(|error| ErrorResponse::internal(&error))?;
        let rotation = Rotation { hash: raw.hash(), preview: raw.preview(), until: now + overlap.length };
        let next = read.rotated(&rotation, now);
        let entry = key_changed(&next, EventType::KeyRotated, now)?;
        let answer = text(&view::made(&next, &raw, overlap.warnings))?;
        if !app.tenants.rotate_key(&read, &next, Some(&entry), own.keep(&answer)?.as_ref(), now).await?.is_done() {
            return Err(in_progress(1));
        }
        tracing::info!(key.id = %next.id, "an API key has a new secret");
        Ok(Carried::Out(answer))
    });
    rotating.await
}
