//! How many posts the caller's plan accepts: the refusal when there are as many, and the headers that tell how many are
//! left.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderName;
use jiff::Timestamp;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::POST_DAYS;
use slipway_http::auth::Caller;
use slipway_http::{ErrorResponse, plan_headers};

use crate::App;

const LIMIT: HeaderName = HeaderName::from_static("x-posts-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-posts-remaining");
/// What is said to whoever waits, where nobody can tell when there is room: a day, in seconds.
const A_DAY: u64 = 86_400;

/// How many posts of the caller may be accepted in the days that its plan counts; nothing means as many as it likes.
pub(crate) fn most_posts(app: &App, caller: &Caller) -> Option<u64> {
    app.media.plans().of(caller.plan).limits_in(caller.tenant().mode()).posts
}

/// As many posts as the plan accepts were accepted.
pub(crate) fn exhausted(most: u64, room_at: Option<Timestamp>) -> ErrorResponse {
    let message = format!(
        "{most} posts were accepted in the last {POST_DAYS} days, the most that your plan allows. Drafts can be made all \
         the same."
    );
    let wait = room_at.and_then(|at| u64::try_from(at.duration_since(Timestamp::now()).as_secs()).ok());
    let error = ApiError::new(ErrorCode::PostLimitExhausted, message).with_cause(Cause::Quota).with_limit(most);
    error.with_next_step("GET /v1/usage").retry_after(wait.unwrap_or(A_DAY).max(1)).into()
}

/// Says on every answer to a known caller how many posts are left, where there is a limit.
pub(crate) async fn tell(State(app): State<App>, request: Request, next: Next) -> Response {
    plan_headers::tell(request, next, async |space, own| {
        let Some(limit) = app.media.plans().of(own).limits_in(space.mode()).posts else { return Ok(None) };
        let accepted = app.posts.accepted(space, Timestamp::now()).await?;
        Ok(Some([(LIMIT, limit), (REMAINING, limit.saturating_sub(accepted.all))]))
    })
    .await
}
