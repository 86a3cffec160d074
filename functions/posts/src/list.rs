//! `GET /v1/posts`: the tenant's posts, page by page.

mod query;

use axum::extract::State;
use futures_util::future::try_join_all;
use http::StatusCode;
use slipway_http::auth::Caller;
use slipway_http::{Answer, ErrorResponse, Params, json};
use slipway_store::posts::{PageKey, PostWithTargets};

use self::query::{LIST, ListPosts};
use crate::brands::Visible;
use crate::{Service, view};

/// The most posts that one request reads. A page may be short for it; its cursor leads on.
const MOST_EXAMINED: usize = 500;
/// How many posts are read at once.
const BATCH: usize = 25;

/// The tenant's posts that fit the query.
pub(crate) async fn list(State(service): State<Service>, caller: Caller, params: Params) -> Answer {
    let wanted = ListPosts::read(&caller.tenant, &params)?;
    let visible = Visible::to(&service, &caller, wanted.brand.as_ref()).await?;
    let (posts, next) = fitting(&service, &caller, &wanted, &visible).await?;
    let data = posts.iter().map(view::post).collect();
    let page = LIST.page(&caller.tenant, wanted.limit, data, next.as_ref().map(PageKey::as_str));
    Ok(json(StatusCode::OK, &page))
}

/// A page of posts, and the place behind which the next one begins.
async fn fitting(
    service: &Service,
    caller: &Caller,
    wanted: &ListPosts,
    visible: &Visible,
) -> Result<(Vec<PostWithTargets>, Option<PageKey>), ErrorResponse> {
    let (mut found, mut examined, mut last) = (Vec::new(), 0, wanted.after.clone());
    while !wanted.is_nothing() {
        let (places, more) = service.posts.list(&caller.tenant, &wanted.span, last.as_ref(), BATCH).await?;
        let posts = try_join_all(places.iter().map(|place| service.posts.get(&caller.tenant, place.post()))).await?;
        examined += places.len();
        for (place, post) in places.into_iter().zip(posts) {
            let Some(post) = post.filter(|post| visible.shows(post) && wanted.fits(post)) else {
                last = Some(place);
                continue;
            };
            if found.len() == wanted.limit {
                return Ok((found, last)); // there is at least this one more
            }
            found.push(post);
            last = Some(place);
        }
        if !more {
            break;
        }
        if examined >= MOST_EXAMINED {
            return Ok((found, last));
        }
    }
    Ok((found, None))
}
