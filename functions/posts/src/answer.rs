//! A post as the answer to the request that published it, or tried to.

use http::StatusCode;
use slipway_contract::post::PostRefusedView;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::{AccountId, MediaKind, TargetState};
use slipway_store::posts::PostWithTargets;

use crate::check::LeftOut;
use crate::view;

/// The status and the body: 201 if every target was taken, 207 if some were, and 422 if none was. A refused target has
/// failed, its `error` says why, and `POST /v1/posts/{id}/retry` tries it again.
///
/// `asked` are the accounts that the request was about; `left_out` are targets that it names and that are not kept.
pub(crate) fn of(
    post: &PostWithTargets,
    asked: &[&AccountId],
    left_out: &[LeftOut],
) -> Result<(StatusCode, String), serde_json::Error> {
    let asked = post.targets.iter().filter(|target| asked.contains(&&target.account));
    let (refused, taken): (Vec<_>, Vec<_>) =
        asked.partition(|target| matches!(target.state, TargetState::Failed { .. }));
    let mut shown = view::post(post);
    let kind = shown.targets.first().map_or(MediaKind::Video, |target| target.media_type);
    shown.targets.extend(left_out.iter().map(|left_out| left_out.view(kind)));
    if refused.is_empty() && left_out.is_empty() {
        Ok((StatusCode::CREATED, serde_json::to_string(&shown)?))
    } else if !taken.is_empty() {
        Ok((StatusCode::MULTI_STATUS, serde_json::to_string(&shown)?))
    } else {
        let message = "No account can publish this now. Each target's error says why; POST /v1/posts/{id}/retry tries them again.";
        let error = ApiError::new(ErrorCode::AllFailed, message).with_post_id(post.post.id.clone());
        let view = PostRefusedView { post: shown, error: error.refusal() };
        Ok((StatusCode::UNPROCESSABLE_ENTITY, serde_json::to_string(&view)?))
    }
}
