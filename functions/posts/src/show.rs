//! `GET /v1/posts/{id}`.

use axum::extract::{Path, State};
use http::StatusCode;
use slipway_contract::fields::quoted;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::PostId;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, json};

use crate::brands::Visible;
use crate::{Service, view};

pub(crate) async fn show(State(service): State<Service>, caller: Caller, Path(id): Path<String>) -> Answer {
    let found = match id.parse::<PostId>() {
        Ok(id) => service.posts.get(&caller.tenant, &id).await?,
        Err(_) => None,
    };
    let visible = Visible::to(&service, &caller, None).await?;
    let post = found.filter(|post| visible.shows(post)).ok_or_else(|| {
        let message = format!("There is no post {}. Use the id that POST /v1/posts answered with.", quoted(&id));
        ErrorResponse(ApiError::new(ErrorCode::PostNotFound, message).with("field", "id"))
    })?;
    Ok(json(StatusCode::OK, &view::post(&post)))
}
