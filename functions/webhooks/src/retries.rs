//! Told again: one delivery, or all since a time.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::delivery::ReplayedView;
use slipway_contract::queue::Share;
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::limits::{ITEMS_PER_PAGE, REPLAY_BY_DEFAULT};
use slipway_domain::webhook::LEFT_BEHIND_AFTER;
use slipway_domain::{DeliveryStatus, LogKey};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::{IdempotencyKey, in_progress, json_text, text};
use slipway_http::{Answer, ErrorResponse, Params};
use slipway_queue::LEFT_TO_THE_SWEEP;
use slipway_store::Epoch;
use slipway_store::webhooks::{DeliveryRecord, WebhookRecord};

use crate::deliveries::{find_delivery, told};
use crate::endpoints::find;
use crate::entries::newest;
use crate::log::horizon;
use crate::{App, view};

/// Has a delivery made again, whatever came of it.
pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, delivery)): Path<(String, String)>,
    key: IdempotencyKey,
) -> Answer {
    let webhook = find(&app, &caller, &id).await?;
    let now = Timestamp::now();
    let own = key.of(&[], &delivery, now);
    if let Some(standing) = own.earlier(&app.webhooks.guards(), now).await? {
        return Ok(own.first_answer(StatusCode::ACCEPTED, &standing)?.into_response());
    }
    must_be_active(&webhook)?;
    let read = find_delivery(&app, &caller, &webhook, &delivery).await?;
    let next = DeliveryRecord {
        status: DeliveryStatus::Pending,
        failures: 0,
        next_attempt_at: Some(now),
        due_at: Some(Epoch::from(now + LEFT_BEHIND_AFTER)),
        version: read.version + 1,
        ..read
    };
    let answer = text(&view::delivery_detail(&next, told(&app, &next).await?))?;
    if !app.webhooks.keep(&next, own.keep(&answer)?.as_ref(), now).await?.is_done() {
        return Err(in_progress());
    }
    let message = next.message(true);
    if let Err(error) = app.deliveries.send(&message.group(Share::Again), &message, Duration::ZERO).await {
        tracing::warn!(%error, delivery.id = %next.id, "{LEFT_TO_THE_SWEEP}");
    }
    Ok(json_text(StatusCode::ACCEPTED, answer))
}

fn must_be_active(webhook: &WebhookRecord) -> Result<(), ErrorResponse> {
    if webhook.is_active {
        return Ok(());
    }
    let message = "The endpoint is switched off. Switch it on with PATCH /v1/webhooks/{id} and is_active first.";
    Err(ErrorResponse(ApiError::new(ErrorCode::Conflict, message).with_field("id").with_retryable(false)))
}

/// A replay is the log, read once more.
const LIST: List = List { name: "replay", default_limit: ITEMS_PER_PAGE, filters: &["since"], several: &[] };

/// Has all that the endpoint wants of the log since a time told again, the newest first and a page at a time. Deliveries
/// keep their ids, so that receivers know what they have.
pub(crate) async fn replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    key: IdempotencyKey,
    params: Params,
) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, LogKey::parse, &mut noted);
    let since = match params.one("since") {
        None => Some(Timestamp::now() - REPLAY_BY_DEFAULT),
        Some(_) => params.time("since", &mut noted.issues),
    };
    let warnings = noted.finish(params.unknown())?;
    let webhook = find(&app, &caller, &id).await?;
    let now = Timestamp::now();
    let own = key.of(&[], webhook.id.as_str(), now);
    if let Some(standing) = own.earlier(&app.webhooks.guards(), now).await? {
        return Ok(own.first_answer(StatusCode::ACCEPTED, &standing)?.into_response());
    }
    must_be_active(&webhook)?;
    let since = since.ok_or_else(|| ErrorResponse::internal(&"a time that does not read was not reported"))?;
    let since = since.max(horizon(&app, &caller, now));
    let (entries, more) = newest(&app, &webhook.reach(), after.as_ref(), limit).await?;
    let in_time: Vec<_> = entries.iter().take_while(|entry| entry.at >= since).collect();
    let is_over = in_time.len() < entries.len() || !more;
    let next = in_time.last().filter(|_| !is_over).map(|last| last.place.clone());
    let shown = in_time.iter().filter_map(|entry| entry.shown.as_ref());
    let wanted = shown.filter(|shown| webhook.wants(&shown.entry, &shown.brands));
    let messages: Vec<_> = wanted.map(|shown| DeliveryRecord::of(&webhook, &shown.entry).message(true)).collect();
    let sent: Vec<_> = messages.iter().map(|message| (message.group(Share::Again), message, Duration::ZERO)).collect();
    for sent in app.deliveries.send_all(&sent).await {
        // Nobody knows of it but who asks: they ask again, and what is told twice has one id.
        sent.map_err(|error| ErrorResponse::internal(&error))?;
    }
    let next_cursor =
        LIST.page::<()>(&caller, limit, Vec::new(), next.as_ref().map(LogKey::as_str), Vec::new())?.next_cursor;
    let has_more = next_cursor.is_some();
    let answer = text(&ReplayedView { replayed: messages.len(), has_more, next_cursor, warnings })?;
    // Only now: who dies before is asked again, and what is told twice has one id.
    if let Some(guard) = own.keep(&answer)? {
        app.webhooks.guards().begin(&guard, now).await?.either_way();
    }
    Ok(json_text(StatusCode::ACCEPTED, answer))
}
