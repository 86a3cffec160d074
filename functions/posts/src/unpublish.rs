//! `POST /v1/posts/{id}/unpublish`: TikTok has no way to do this.

use std::sync::Arc;

use axum::extract::State;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_http::Answer;

use crate::act::Act;
use crate::found::find;
use crate::{App, fields};

pub(crate) async fn unpublish(State(app): State<Arc<App>>, act: Act) -> Answer {
    let ignored = fields::none(&act.body, act.unknown)?;
    find(&app, &act.caller, act.id()).await?;
    let message = "TikTok's API can't take a post down. The creator deletes it, or makes it private, in TikTok's app.";
    let error = ApiError::new(ErrorCode::NotSupported, message).with_cause(Cause::TikTok).with_retryable(false);
    Err(if ignored.is_empty() { error } else { error.with_warnings(ignored) }.into())
}
