//! `DELETE /v1/media/{id}`: not while a post needs it, and once begun to its end, by whoever comes next.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::PostId;
use slipway_domain::limits::POSTS_PER_REFUSAL;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse};
use slipway_media::{remove, uses};
use slipway_store::Write;

use crate::items::find_to_end;
use crate::{App, named};

/// How often a deletion looks again because the media changed meanwhile.
const TRIES: u32 = 8;

/// Deletes the media and what was uploaded of it.
pub(crate) async fn delete(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id = named(&id)?;
    for _ in 0..TRIES {
        let record = find_to_end(&app, &caller, &id).await?;
        let marked = if record.is_there() {
            let uses = uses(&app.posts, &record).await?;
            if !uses.needed_by.is_empty() {
                return Err(in_use(&caller, &uses.needed_by));
            }
            // A post that was created since then has changed the media, which lets this write fail.
            match app.media.mark_deleting(&record, Timestamp::now()).await? {
                Write::Done(marked) => marked,
                Write::Refused(_) => continue,
            }
        } else {
            // Somebody who began has died, or is at it: going on together does no harm.
            record
        };
        remove(&app.media, &app.bucket, &marked).await.map_err(|error| ErrorResponse::internal(&error))?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let message = "The media is being changed by other requests at this moment. Delete it again in a second.";
    let error = ApiError::new(ErrorCode::Conflict, message).with_field("id").with_cause(Cause::Caller);
    Err(ErrorResponse(error.with_retryable(true)))
}

fn in_use(caller: &Caller, posts: &[PostId]) -> ErrorResponse {
    // Whether a restricted key may see a post goes by the brands of all its accounts.
    if !caller.reach.is_whole() {
        return refusal("Posts still need this media.", Vec::new());
    }
    let named: Vec<_> = posts.iter().take(POSTS_PER_REFUSAL).map(PostId::as_str).collect();
    let (more, verb) = match posts.len() {
        1 => (String::new(), "needs"),
        count if count > POSTS_PER_REFUSAL => (format!(" and {} more", count - POSTS_PER_REFUSAL), "need"),
        _ => (String::new(), "need"),
    };
    let who = format!("{}{more} still {verb} this media.", named.join(", "));
    refusal(&who, posts.iter().take(POSTS_PER_REFUSAL).cloned().collect())
}

fn refusal(who: &str, posts: Vec<PostId>) -> ErrorResponse {
    let message =
        format!("{who} Delete it once they have ended; media that no post needs is deleted by itself in time.");
    let error = ApiError::new(ErrorCode::MediaInUse, message).with_field("id");
    let error = if posts.is_empty() { error } else { error.with_post_ids(posts) };
    ErrorResponse(error.with_retryable(true).with_cause(Cause::Caller))
}
