//! `GET /v1/posts`: the tenant's posts, page by page.

mod query;

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use slipway_contract::post::PostView;
use slipway_domain::limits::LONGEST_PAGE;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, Params, json};
use slipway_store::posts::PageKey;

use self::query::ListPosts;
use crate::brands::Visible;
use crate::{App, view};

/// The most posts that one request reads to find those that are wanted. A page may be short for it; its cursor leads on.
const MOST_EXAMINED: usize = 100;
/// How many posts are read at once.
const BATCH: usize = 25;

/// The tenant's posts that fit the query.
pub(crate) async fn list(State(app): State<Arc<App>>, caller: Caller, params: Params) -> Answer {
    let wanted = ListPosts::read(&caller, &params)?;
    let (data, next) = match wanted.brands.clone().within(&caller.reach) {
        Some(reach) => fitting(&app, &wanted, Visible::to(&reach)).await?,
        None => (Vec::new(), None),
    };
    let page = wanted.list.page(&caller, wanted.limit, data, next.as_ref().map(PageKey::as_str), wanted.warnings)?;
    Ok(json(StatusCode::OK, &page))
}

/// A page of posts, and the place behind which the next one begins.
async fn fitting(
    app: &App,
    wanted: &ListPosts,
    mut visible: Visible,
) -> Result<(Vec<PostView>, Option<PageKey>), ErrorResponse> {
    let (mut found, mut bytes, mut examined, mut last) = (Vec::new(), 0, 0, wanted.after.clone());
    let is_filtered = wanted.is_filter() || !visible.is_all();
    while !wanted.is_nothing() {
        // Where every post is wanted, no more are read than are shown; one place more tells whether there are.
        let room = wanted.limit - found.len();
        let most = if is_filtered { BATCH } else { room + 1 };
        let (mut places, mut more) = app.posts.list(visible.tenant(), &wanted.span, last.as_ref(), most).await?;
        if !is_filtered {
            more |= places.len() > room;
            places.truncate(room);
        }
        let posts = visible.read(app, places.iter().map(PageKey::post)).await?;
        examined += places.len();
        for (place, post) in places.into_iter().zip(posts) {
            let Some(post) = post.filter(|post| wanted.fits(post)) else {
                last = Some(place);
                continue;
            };
            let shown = view::post(&post);
            bytes += serde_json::to_vec(&shown).map_err(|error| ErrorResponse::internal(&error))?.len();
            if found.len() == wanted.limit || (bytes > LONGEST_PAGE && !found.is_empty()) {
                return Ok((found, last)); // there is at least this one more
            }
            found.push(shown);
            last = Some(place);
        }
        if !more {
            break;
        }
        if examined >= MOST_EXAMINED || (!is_filtered && found.len() == wanted.limit) {
            return Ok((found, last));
        }
    }
    Ok((found, None))
}
