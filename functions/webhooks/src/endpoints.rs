//! Endpoints: listed, shown, changed, deleted.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use slipway_contract::fields::Fields;
use slipway_contract::service::OkView;
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_domain::webhook::COUNTED_OVER;
use slipway_domain::{EventType, Hidden, WebhookId};
use slipway_http::auth::Caller;
use slipway_http::limits::Meter;
use slipway_http::paging::{List, Paging};
use slipway_http::repeat::in_progress;
use slipway_http::{Answer, ErrorResponse, JsonObject, Params, by_id, json, unknown_fields};
use slipway_store::webhooks::{Stats, WebhookRecord};

use crate::create::ping;
use crate::log::terms;
use crate::{App, fields, view};

/// The endpoint that the path names, if it is there for this caller.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<WebhookRecord, ErrorResponse> {
    let found = by_id(id, async |id: WebhookId| app.webhooks.get(&caller.reach, &id).await).await?;
    found.ok_or_else(|| ErrorResponse(ApiError::no_such(ErrorCode::ResourceNotFound, "endpoint", "/v1/webhooks")))
}

/// This list.
const LIST: List = List { name: "webhooks", default_limit: ITEMS_BY_DEFAULT, filters: &[], several: &[] };

pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    let Paging { after, limit } = LIST.paging(&params, &caller, |id| id.parse::<WebhookId>().ok(), &mut noted);
    let warnings = noted.finish(params.unknown())?;
    let (found, next) = app.webhooks.page(&caller.reach, after.as_ref(), limit).await?;
    let data: Vec<_> = found.iter().map(view::listed).collect();
    Ok(json(StatusCode::OK, &LIST.page(&caller, limit, data, next.as_ref().map(WebhookId::as_str), warnings)?))
}

pub(crate) async fn show(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let webhook = find(&app, &caller, &id).await?;
    let now = Timestamp::now();
    let longest = COUNTED_OVER.into_iter().max().unwrap_or(SignedDuration::ZERO);
    let hours = app.webhooks.stats(&webhook.id, now - longest).await?;
    Ok(json(StatusCode::OK, &view::detail(&webhook, COUNTED_OVER.map(|span| Stats::since(&hours, now - span)))))
}

/// Changes what is said. A new address must answer a signed test, and one that was switched off, too.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    (caller, meter): (Caller, Meter),
    Path(id): Path<String>,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    let read = find(&app, &caller, &id).await?;
    let mut noted = Diagnostics::default();
    let root = Fields::root(&body.object);
    let url = fields::url(&app, &root, &mut noted.issues);
    let events = fields::events(&root, &mut noted.issues);
    let accounts = fields::accounts(&root, &mut noted.issues);
    let brands = fields::brands(&root, &mut noted.issues);
    let is_active = root.flag("is_active", &mut noted.issues);
    noted.unknown(&root);
    let warnings = noted.finish(unknown_fields(&headers))?;
    let (new_accounts, new_brands) = (accounts.clone().unwrap_or_default(), brands.clone().unwrap_or_default());
    fields::must_be_known(&app, &caller, &new_accounts, &new_brands).await?;
    let now = Timestamp::now();
    let mut next = WebhookRecord {
        url: url.map_or_else(|| read.url.clone(), Hidden),
        events: events.unwrap_or_else(|| read.events.clone()),
        accounts: accounts.unwrap_or_else(|| read.accounts.clone()),
        is_active: is_active.unwrap_or(read.is_active),
        updated_at: now,
        version: read.version + 1,
        ..read.clone()
    };
    let brands = brands.unwrap_or_else(|| read.brands.clone());
    // A restricted key's endpoints are restricted as it is.
    next = next.with_brands(if brands.is_empty() { caller.reach.brands().to_vec() } else { brands }, now);
    // What is known of the old address says nothing of this one.
    let resets = next.url != read.url || (next.is_active && !read.is_active);
    if resets {
        ping((&app, &meter), &next.url, &read.id, &app.secrets_of(&read, now).await?).await?;
    }
    let entry = view::changed(&next, EventType::WebhookUpdated, now)?.by(terms(&app, &caller));
    if !app.webhooks.replace(&next, resets, &entry).await?.is_done() {
        return Err(in_progress());
    }
    tracing::info!(webhook.id = %next.id, "an endpoint was changed");
    Ok(json(StatusCode::OK, &view::changed_view(&next, warnings)))
}

pub(crate) async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let webhook = find(&app, &caller, &id).await?;
    let entry = view::changed(&webhook, EventType::WebhookDeleted, Timestamp::now())?.by(terms(&app, &caller));
    // Whoever else deletes it at this moment has told of it.
    if app.webhooks.remove(&webhook, &entry).await?.is_done() {
        tracing::info!(webhook.id = %webhook.id, "an endpoint was deleted");
    }
    Ok(json(StatusCode::OK, &OkView { ok: true }))
}
