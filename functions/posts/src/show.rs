//! `GET /v1/posts/{id}`.

use std::sync::Arc;

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_http::auth::Caller;
use slipway_http::{Answer, json};

use crate::found::find;
use crate::{App, view};

pub(crate) async fn show(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let post = find(&app, &caller, &id).await?;
    Ok(json(StatusCode::OK, &view::post(&post)))
}
