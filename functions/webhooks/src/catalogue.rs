//! `GET /v1/webhooks/events`: of what endpoints can be told.

use http::StatusCode;
use slipway_contract::webhook::{CatalogueView, EventTypeView};
use slipway_domain::EventType;
use slipway_http::{Answer, json};

pub(crate) async fn list() -> Answer {
    let told = EventType::ALL.iter().filter(|event| event.is_delivered());
    let data: Vec<_> = told
        .map(|event| EventTypeView { event: *event, description: event.description(), category: event.category() })
        .collect();
    Ok(json(StatusCode::OK, &CatalogueView { count: data.len(), data }))
}
