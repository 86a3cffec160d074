//! The post that a path names.

use slipway_contract::fields::quoted;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::{PostId, VideoId};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::posts::PostWithTargets;

use crate::App;
use crate::brands::Visible;

/// The post with this id, ours or TikTok's of its video, if the caller may see it.
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<PostWithTargets, ErrorResponse> {
    let ours = match id.parse::<PostId>() {
        Ok(id) => Some(id),
        Err(_) => app.posts.by_video_id(&VideoId::new(id)).await?,
    };
    let found = match &ours {
        Some(id) => Visible::to(&caller.reach).read(app, [id]).await?.pop().flatten(),
        None => None,
    };
    found.ok_or_else(|| {
        let message = format!("There is no post {}. Use the id that POST /v1/posts answered with.", quoted(id));
        ErrorResponse(ApiError::new(ErrorCode::PostNotFound, message).with_field("id"))
    })
}
