//! `POST /v1/posts/{id}/unpublish`: TikTok has no way to do this.

use axum::extract::State;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_http::Answer;

use crate::Service;
use crate::act::Act;
use crate::found::find;

pub(crate) async fn unpublish(State(service): State<Service>, act: Act) -> Answer {
    find(&service, &act.caller, act.id()).await?;
    let message = "TikTok's API can't take a post down. The creator deletes it, or makes it private, in TikTok's app.";
    Err(ApiError::new(ErrorCode::NotSupported, message).with_cause(Cause::TikTok).with("retryable", false).into())
}
