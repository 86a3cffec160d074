//! `POST /v1/keys/{id}/rotate`: a new secret, beside which the old one may count for a while.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use slipway_domain::Hidden;
use slipway_http::api_key::RawKey;
use slipway_http::repeat::{in_progress, text};
use slipway_http::{Answer, Carried, Once, Overlap};
use slipway_store::Write;
use slipway_store::tenants::KeyRecord;

use crate::keys::find;
use crate::{App, mint, view};

pub(crate) async fn rotate(State(app): State<Arc<App>>, Path(id): Path<String>, request: Once) -> Answer {
    let read = find(&app, &request.caller, &id).await?;
    let now = Timestamp::now();
    let rotating = request.answer(app.tenants.guards(), (read.id.to_string(), now), StatusCode::OK, async |own| {
        let overlap = Overlap::of(&request)?;
        let raw = RawKey::generate(&read.tenant)?;
        let mut answer = Hidden::default();
        let guarded = |next: &KeyRecord| {
            answer = text(&view::made(next, &raw, overlap.warnings))?;
            own.keep(&answer)
        };
        match mint::rotate(&app.tenants, &read, (&raw, overlap.length), guarded, now).await? {
            Write::Done(_) => Ok(Carried::Out(answer)),
            Write::Refused(_) => Err(in_progress()),
        }
    });
    rotating.await
}
