//! What makes two requests the same post.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::{PostId, TenantId};
use slipway_http::Answer;
use slipway_http::auth::Caller;
use slipway_http::repeat::{Repeatable, hash};
use slipway_store::guards::{Guard, GuardKind};

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
    }
}

/// The guards against posting the same again within a day, one a target that is to be published.
pub(crate) fn by_content(tenant: &TenantId, checked: &[Checked], post: &PostId, now: Timestamp) -> Vec<Guard> {
    let guards = checked.iter().filter(|target| target.when != When::Never).map(|target| {
        let content = [
            tenant.as_str().as_bytes(),
            target.account.id.as_str().as_bytes(),
            target.named.as_bytes(),
            target.settings.caption.as_str().as_bytes(),
        ];
        Guard {
            kind: GuardKind::SameContent,
            name: hash(&content),
            fingerprint: String::new(),
            expires_at: (now + DAY).as_second(),
            route: None,
            made: post.to_string(),
            attempt: None,
            answer: None,
        }
    });
    guards.collect()
}

/// The answer to a request that repeats an earlier one: the first answer again, or a refusal.
pub(crate) fn answer(request: &Repeatable, standing: &Guard) -> Answer {
    if standing.kind != GuardKind::SameContent {
        return request.first_answer(StatusCode::CREATED, standing);
    }
    let post = &standing.made;
    let message = format!(
        "The same media and text went to this account within the last 24 hours, as {post}. Look at that post. If it \
         failed, or is wanted twice, send skip_duplicate_check: true."
    );
    let error = ApiError::new(ErrorCode::Conflict, message).with("post_id", post.as_str());
    Err(error.with("next_step", format!("GET /v1/posts/{post}")).into())
}
