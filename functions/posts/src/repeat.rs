//! What makes two requests the same post.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use slipway_contract::{ApiError, ErrorCode, Issue};
use slipway_domain::{PostId, TenantId};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::posts::{Guard, GuardKind};

use crate::check::Checked;
use crate::request::When;

/// A first response is given again for a day.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Clients repeat a POST by themselves when the connection breaks or the answer is late.
const CLIENT_RETRIES: SignedDuration = SignedDuration::from_secs(60);

/// The caller's `Idempotency-Key`, 1 to 255 visible characters.
pub(crate) fn idempotency_key(headers: &http::HeaderMap) -> Result<Option<String>, ErrorResponse> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=255).contains(&text.len()));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| {
        let issue = Issue::invalid(
            "Idempotency-Key",
            "the header is empty, too long or not ASCII",
            "Send 1 to 255 characters.",
        );
        ApiError::from_issue(issue).into()
    })
}

/// The guard of the caller's own key.
pub(crate) fn by_key(caller: &Caller, key: &str, body: &[u8], post: &PostId, now: Timestamp) -> Guard {
    Guard {
        kind: GuardKind::IdempotencyKey,
        name: hash(&[caller.tenant.as_str().as_bytes(), key.as_bytes()]),
        fingerprint: hash(&[body]),
        expires_at: (now + DAY).as_second(),
        post: post.clone(),
        answer: None,
    }
}

/// The guard against a client's own retry: the same API key sends the same body again at once.
pub(crate) fn by_request(caller: &Caller, body: &[u8], post: &PostId, now: Timestamp) -> Guard {
    let fingerprint = hash(&[body]);
    Guard {
        kind: GuardKind::SameRequest,
        name: hash(&[caller.key.as_str().as_bytes(), fingerprint.as_bytes()]),
        fingerprint,
        expires_at: (now + CLIENT_RETRIES).as_second(),
        post: post.clone(),
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
            post: post.clone(),
            answer: None,
        }
    });
    guards.collect()
}

/// The answer to a request that repeats an earlier one: the first answer again, or a refusal.
pub(crate) fn answer(standing: &Guard, fingerprint: &str) -> Result<String, ApiError> {
    match standing.kind {
        GuardKind::IdempotencyKey if standing.fingerprint != fingerprint => {
            let message = "This Idempotency-Key was used with another body. Use a new key for a new request.";
            Err(ApiError::new(ErrorCode::IdempotencyKeyReused, message).with("field", "Idempotency-Key"))
        }
        GuardKind::IdempotencyKey | GuardKind::SameRequest => standing.answer.clone().ok_or_else(ApiError::internal),
        GuardKind::SameContent => {
            let message = format!(
                "The same media and text went to this account within the last 24 hours, as {}. Look at that post. If \
                 it failed, or is wanted twice, send skip_duplicate_check: true.",
                standing.post
            );
            Err(ApiError::new(ErrorCode::Conflict, message)
                .with("post_id", standing.post.as_str())
                .with("next_step", format!("GET /v1/posts/{}", standing.post)))
        }
    }
}

/// SHA-256 over length-prefixed parts, so that parts can't run into each other.
fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}
