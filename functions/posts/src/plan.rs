//! How many posts the caller's plan accepts: the refusal when there are as many, and the headers that tell how many are
//! left.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderName;
use jiff::Timestamp;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::plan::{NO_POSTS_ASKED_AGAIN, POST_DAYS};
use slipway_domain::schedule::seconds_until;
use slipway_http::auth::Caller;
use slipway_http::{ErrorResponse, plan_headers};

use crate::App;

const LIMIT: HeaderName = HeaderName::from_static("x-posts-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-posts-remaining");

/// How many posts of the caller may be accepted in the days that its plan counts; nothing means as many as it likes.
pub(crate) fn most_posts(app: &App, caller: &Caller) -> Option<u64> {
    app.media.plans().of(caller.plan).limits_in(caller.tenant().mode()).posts
}

/// As many posts as the plan accepts were accepted, or more before it allowed less.
pub(crate) fn exhausted(most: u64, room_at: Option<Timestamp>) -> ErrorResponse {
    let now = Timestamp::now();
    let refused = |allows: &str| {
        let message = format!("Your plan allows {allows}. Drafts can be made all the same.");
        let error = ApiError::new(ErrorCode::PostLimitExhausted, message).with_cause(Cause::Quota).with_limit(most);
        error.with_next_step("GET /v1/usage")
    };
    let Some(room_at) = room_at else {
        return refused("no posts").with_retryable(false).retry_after(NO_POSTS_ASKED_AGAIN.as_secs()).into();
    };
    let wait = seconds_until(room_at, now).as_secs().max(1);
    let posts = if most == 1 { "post" } else { "posts" };
    let allows = format!("{most} {posts} in {POST_DAYS} days, and as many or more were accepted");
    refused(&allows).retry_after(wait).into()
}

/// Says on every answer to a known caller how many posts are left, where there is a limit.
pub(crate) async fn tell(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    plan_headers::tell(request, next, async |space, own| {
        let Some(limit) = app.media.plans().of(own).limits_in(space.mode()).posts else { return Ok(None) };
        let accepted = app.posts.accepted(space, Timestamp::now()).await?;
        Ok(Some([(LIMIT, limit), (REMAINING, limit.saturating_sub(accepted.all))]))
    })
    .await
}
