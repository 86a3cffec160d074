//! What an endpoint was told.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::{ApiError, Diagnostics, ErrorCode};
use slipway_domain::limits::ITEMS_BY_DEFAULT;
use slipway_domain::{DeliveryId, DeliveryStatus, JsonText};
use slipway_http::auth::Caller;
use slipway_http::paging::{List, Paging};
use slipway_http::{Answer, ErrorResponse, Params, by_id, json};
use slipway_store::webhooks::{DeliveryRecord, WebhookRecord};

use crate::endpoints::find;
use crate::fields::event_type;
use crate::{App, view};

/// This list.
const LIST: List =
    List { name: "deliveries", default_limit: ITEMS_BY_DEFAULT, filters: &["status", "event_type"], several: &[] };

/// The statuses by name, "success" as other services call it.
const STATUSES: [(&str, DeliveryStatus); 4] = [
    ("pending", DeliveryStatus::Pending),
    ("delivered", DeliveryStatus::Delivered),
    ("success", DeliveryStatus::Delivered),
    ("failed", DeliveryStatus::Failed),
];

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Answer {
    let mut noted = Diagnostics::default();
    // A cursor is of one endpoint's list.
    let place = |text: &str| {
        let (of, delivery) = text.split_once(' ')?;
        (of == id).then(|| delivery.parse::<DeliveryId>().ok()).flatten()
    };
    let Paging { after, limit } = LIST.paging(&params, &caller, place, &mut noted);
    let status = params.choice("status", &STATUSES, &mut noted.issues);
    let event = params.one("event_type").and_then(|text| event_type(text, "event_type", &mut noted.issues));
    let warnings = noted.finish(params.unknown())?;
    let webhook = find(&app, &caller, &id).await?;
    let page = app.webhooks.deliveries(&caller.reach, &webhook, status, event, after.as_ref(), limit).await?;
    let data = page.deliveries.iter().map(view::delivery).collect();
    let next = page.next.map(|next| format!("{} {next}", webhook.id));
    Ok(json(StatusCode::OK, &LIST.page(&caller, limit, data, next.as_deref(), warnings)?))
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, delivery)): Path<(String, String)>,
) -> Answer {
    let webhook = find(&app, &caller, &id).await?;
    let delivery = find_delivery(&app, &caller, &webhook, &delivery).await?;
    let data = told(&app, &delivery).await?;
    Ok(json(StatusCode::OK, &view::delivery_detail(&delivery, data)))
}

/// What a delivery tells; null if the log has lost it.
pub(crate) async fn told(app: &App, delivery: &DeliveryRecord) -> Result<JsonText, ErrorResponse> {
    if let Some(test) = &delivery.test_data {
        return JsonText::parse(test.0.clone()).map_err(|error| ErrorResponse::internal(&error));
    }
    let Some(event) = &delivery.event else { return Ok(JsonText::default()) };
    let entry = app.webhooks.events().at(&delivery.tenant, &event.place).await?;
    Ok(entry.map(|entry| entry.data).unwrap_or_default())
}

/// The delivery that the path names, if it is there for this caller.
pub(crate) async fn find_delivery(
    app: &App,
    caller: &Caller,
    webhook: &WebhookRecord,
    id: &str,
) -> Result<DeliveryRecord, ErrorResponse> {
    let found = by_id(id, async |id: DeliveryId| app.webhooks.delivery(&caller.reach, webhook, &id).await).await?;
    found.ok_or_else(|| {
        ErrorResponse(ApiError::no_such(ErrorCode::ResourceNotFound, "delivery", "/v1/webhooks/{id}/deliveries"))
    })
}
