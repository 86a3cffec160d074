//! `POST /v1/webhooks/{id}/rotate-secret`: a new secret, beside which the old one may count for a while.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use jiff::Timestamp;
use slipway_domain::EventType;
use slipway_http::repeat::{in_progress, text};
use slipway_http::{Answer, Carried, Once, Overlap};
use slipway_store::webhooks::{PreviousSecret, WebhookRecord};
use slipway_webhooks::Secret;

use crate::endpoints::find;
use crate::log::terms;
use crate::{App, view};

pub(crate) async fn rotate(State(app): State<Arc<App>>, Path(id): Path<String>, request: Once) -> Answer {
    let read = find(&app, &request.caller, &id).await?;
    let now = Timestamp::now();
    let rotating = request.answer(app.webhooks.guards(), (read.id.to_string(), now), StatusCode::OK, async |own| {
        let overlap = Overlap::of(&request)?;
        let secret = Secret::random()?;
        let until = now + overlap.length;
        let next = WebhookRecord {
            previous: (until > now).then(|| PreviousSecret { secret: read.secret.clone(), until }),
            secret: app.sealed(&read.tenant, &read.id, &secret).await?,
            secret_hint: secret.hint(),
            updated_at: now,
            version: read.version + 1,
            ..read.clone()
        };
        let entry = view::changed(&next, EventType::WebhookSecretRotated, now)?.by(terms(&app, &request.caller));
        let answer = text(&view::rotated(&next, &secret, overlap.warnings))?;
        if !app.webhooks.rotate(&next, &entry, own.keep(&answer)?.as_ref(), now).await?.is_done() {
            return Err(in_progress());
        }
        tracing::info!(webhook.id = %next.id, "an endpoint has a new secret");
        Ok(Carried::Out(answer))
    });
    rotating.await
}
