//! What makes two requests the same post.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::{PostId, TenantId};
use slipway_http::Answer;
use slipway_http::auth::Caller;
use slipway_http::repeat::{Repeatable, hash};
use slipway_store::guards::{Guard, GuardKind};
use slipway_store::posts::TargetRecord;

use crate::check::Checked;
use crate::request::When;

/// The same content is one post for a day.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Clients repeat a POST by themselves when the connection breaks or the answer is late.
const CLIENT_RETRIES: SignedDuration = SignedDuration::from_secs(60);

/// The guard against a client's own retry: the same API key sends the same body again at once.
pub(crate) fn by_request(caller: &Caller, body: &[u8], post: &PostId, now: Timestamp) -> Guard {
    let fingerprint = hash(&[body]);
    Guard {
        kind: GuardKind::SameRequest,
        name: hash(&[caller.key.as_str().as_bytes(), fingerprint.as_bytes()]),
        fingerprint,
        expires_at: (now + CLIENT_RETRIES).as_second(),
        route: None,
        made: post.to_string(),
        attempt: None,
        answer: None,
        status: None,
    }
}

/// The guard against posting the same again within a day; a draft needs none.
pub(crate) fn by_content(tenant: &TenantId, target: &Checked, post: &PostId, now: Timestamp) -> Option<Guard> {
    let content = [
        tenant.as_str().as_bytes(),
        target.account.id.as_str().as_bytes(),
        target.named.as_bytes(),
        target.settings.caption.as_str().as_bytes(),
    ];
    let is_wanted = target.when != When::Never && target.refused.is_none();
    is_wanted.then(|| of_content(hash(&content), post, now))
}

/// The guard of a target that is tried again: the one that it had, or one by the media that it has by now.
pub(crate) fn again(target: &TargetRecord, now: Timestamp) -> Guard {
    let content = [
        target.tenant.as_str().as_bytes(),
        target.account.as_str().as_bytes(),
        target.media.id().as_str().as_bytes(),
        target.settings.caption.as_str().as_bytes(),
    ];
    let name = target.guarded_by.as_ref().map_or_else(|| hash(&content), |guard| guard.name.clone());
    of_content(name, &target.post, now)
}

fn of_content(name: String, post: &PostId, now: Timestamp) -> Guard {
    Guard {
        kind: GuardKind::SameContent,
        name,
        fingerprint: String::new(),
        expires_at: (now + DAY).as_second(),
        route: None,
        made: post.to_string(),
        attempt: None,
        answer: None,
        status: None,
    }
}

/// The answer to a request that repeats an earlier one: the first answer again, or a refusal. `success` is the status
/// that the route has for success.
pub(crate) fn answer(request: &Repeatable, success: StatusCode, standing: &Guard) -> Answer {
    match standing.kind {
        GuardKind::SameContent => Err(duplicate(standing).into()),
        GuardKind::IdempotencyKey | GuardKind::SameRequest => request.first_answer(success, standing),
    }
}

/// The same account, media and text within a day.
pub(crate) fn duplicate(standing: &Guard) -> ApiError {
    let post = &standing.made;
    let message = format!(
        "The same media and text went to this account within the last 24 hours, as {post}. Look at that post. If it \
         failed, retry it; if it is wanted twice, send skip_duplicate_check: true."
    );
    let error = ApiError::new(ErrorCode::Conflict, message).with("post_id", post.as_str());
    error.with("next_step", format!("GET /v1/posts/{post}"))
}
