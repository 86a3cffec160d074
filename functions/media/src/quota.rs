//! The plan's storage: the refusal when it is used up, and the headers that tell how much is left.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderName;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::limits::MEDIA_PER_TENANT;
use slipway_http::repeat::Repeatable;
use slipway_http::{ErrorResponse, plan_headers};
use slipway_media::{DELETE_SOME, MEDIA_PATH, after_deleting, there_may_be_no_more};
use slipway_store::guards::Guard;
use slipway_store::media::{NoRoom, NotPut};

use crate::App;

const USED: HeaderName = HeaderName::from_static("x-storage-used");
const LIMIT: HeaderName = HeaderName::from_static("x-storage-limit");

/// New media was not kept for want of room; anything else is the request's own matter.
pub(crate) fn not_put(own: &Repeatable, why: NotPut) -> Result<Guard, ErrorResponse> {
    match why {
        NotPut::NoRoom(room) => Err(no_room(&room)),
        NotPut::TooMany => Err(too_many()),
        NotPut::Repeated(repeated) => own.met(repeated),
    }
}

fn too_many() -> ErrorResponse {
    let message = format!("{}. {DELETE_SOME}", there_may_be_no_more("There"));
    ErrorResponse(ApiError::no_more(ErrorCode::StorageQuota, message, MEDIA_PER_TENANT, MEDIA_PATH))
}

/// There is no room for this.
pub(crate) fn no_room(no_room: &NoRoom) -> ErrorResponse {
    refusal(no_room, DELETE_SOME)
}

/// There was no room for this, although it had been uploaded.
pub(crate) fn not_kept(no_room: &NoRoom) -> ErrorResponse {
    refusal(no_room, &format!("The file is not kept. {}", after_deleting("upload it again")))
}

fn refusal(no_room: &NoRoom, cure: &str) -> ErrorResponse {
    let NoRoom { used_bytes, limit_bytes, size_bytes } = *no_room;
    let left = limit_bytes.saturating_sub(used_bytes);
    let message = format!(
        "{size_bytes} more bytes do not fit into the plan's storage: {used_bytes} of {limit_bytes} bytes are used, {left} \
         are left. {cure}"
    );
    ErrorResponse(
        ApiError::new(ErrorCode::StorageQuota, message)
            .with_used_bytes(used_bytes)
            .with_limit_bytes(limit_bytes)
            .with_size_bytes(size_bytes)
            .with_next_step(ApiError::room(MEDIA_PATH))
            .with_retryable(false)
            .with_cause(Cause::Quota),
    )
}

/// Says on every answer to a known caller how much is used, where there is a limit.
pub(crate) async fn tell(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    plan_headers::tell(request, next, async |space, plan| {
        let Some(limit) = app.media.storage_limit(plan) else { return Ok(None) };
        Ok(Some([(USED, app.media.usage(space).await?.bytes), (LIMIT, limit)]))
    })
    .await
}
