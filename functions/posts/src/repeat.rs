//! What makes two requests the same post.

use http::StatusCode;
use jiff::Timestamp;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::repeats::{SAME_BODY, SAME_CONTENT, SAME_ROW};
use slipway_domain::{AccountId, Content, PostId, TenantId};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_http::repeat::{KnownAnswer, Repeatable, hash};
use slipway_store::Epoch;
use slipway_store::guards::{Guard, GuardKind};
use slipway_store::posts::TargetRecord;

use crate::App;
use crate::check::Checked;
use crate::found::find;
use crate::request::When;

/// The guard against a client's own retry: the same API key sends the same body again at once.
pub(crate) fn by_request(caller: &Caller, body: &[u8], post: &PostId, now: Timestamp) -> Guard {
    of_request(caller, hash(&[body]), now + SAME_BODY, post)
}

/// The guard of an imported row: the same API key imports the same row again, within a day and out of whatever file.
/// `nth` is which of the equal rows of one file it is, from 0: they are posts of their own.
pub(crate) fn by_row(caller: &Caller, body: &[u8], nth: usize, post: &PostId, now: Timestamp) -> Guard {
    of_request(caller, hash(&[b"import", body, nth.to_string().as_bytes()]), now + SAME_ROW, post)
}

fn of_request(caller: &Caller, fingerprint: String, until: Timestamp, post: &PostId) -> Guard {
    Guard {
        kind: GuardKind::SameRequest,
        name: hash(&[caller.key.as_str().as_bytes(), fingerprint.as_bytes()]),
        fingerprint,
        expires_at: Epoch::from(until),
        route: None,
        made: post.to_string(),
        attempt: None,
        answer: None,
        status: None,
    }
}

/// The guard against posting the same again within a day; a draft needs none.
pub(crate) fn by_content(tenant: &TenantId, target: &Checked, post: &PostId, now: Timestamp) -> Option<Guard> {
    let is_wanted = target.when != When::Never && target.refused.is_none();
    let named: Vec<_> = target.media.iter().map(|media| media.named.as_str()).collect();
    is_wanted.then(|| of_content(name_of(tenant, &target.account.id, &named, &target.content), post, now))
}

/// The guard of a target that is tried again: the one that it had, or one by the media that it has by now.
pub(crate) fn again(target: &TargetRecord, now: Timestamp) -> Guard {
    let media: Vec<_> = target.media().iter().map(|media| media.id().as_str()).collect();
    let name = || name_of(&target.tenant, &target.account, &media, &target.content);
    let name = target.guarded_by.as_ref().map_or_else(name, |guard| guard.name.clone());
    of_content(name, &target.post, now)
}

/// What the same account, media in the same order, and text are known by.
fn name_of<M>(tenant: &TenantId, account: &AccountId, media: &[&str], content: &Content<M>) -> String {
    let count = media.len().to_string();
    let mut parts = vec![tenant.as_str(), account.as_str()];
    // A video's name is the one that it had before there were photos.
    if let Content::Photos { settings, .. } = content {
        parts.extend(["photos", count.as_str(), settings.title.as_str()]);
    }
    parts.extend(media);
    parts.push(content.text());
    hash(&parts.into_iter().map(str::as_bytes).collect::<Vec<_>>())
}

fn of_content(name: String, post: &PostId, now: Timestamp) -> Guard {
    Guard {
        kind: GuardKind::SameContent,
        name,
        fingerprint: String::new(),
        expires_at: Epoch::from(now + SAME_CONTENT),
        route: None,
        made: post.to_string(),
        attempt: None,
        answer: None,
        status: None,
    }
}

/// The answer to a request that repeats an earlier one: the first answer again, or a refusal. `success` is the status
/// that the route has for success.
pub(crate) async fn answer(
    app: &App,
    caller: &Caller,
    request: &Repeatable,
    success: StatusCode,
    standing: &Guard,
) -> Result<KnownAnswer, ErrorResponse> {
    match standing.kind {
        GuardKind::SameContent => Err(duplicate(app, caller, standing).await.into()),
        GuardKind::IdempotencyKey | GuardKind::SameRequest => request.first_answer(success, standing),
    }
}

/// The same account, media and text within a day. A key that is restricted to brands learns of the post only if it may see
/// it: that may be for accounts of others, too.
pub(crate) async fn duplicate(app: &App, caller: &Caller, standing: &Guard) -> ApiError {
    if !caller.reach.is_whole() && Box::pin(find(app, caller, &standing.made)).await.is_err() {
        let message = format!(
            "The same media and text went to this account within the last {} hours, with a post that your key does not \
             show. If it is wanted twice, send skip_duplicate_check: true.",
            SAME_CONTENT.as_hours()
        );
        return ApiError::new(ErrorCode::Conflict, message);
    }
    named_duplicate(standing)
}

/// The same, with the post.
pub(crate) fn named_duplicate(standing: &Guard) -> ApiError {
    let post = &standing.made;
    let message = format!(
        "The same media and text went to this account within the last {} hours, as {post}. Look at that post. If it \
         failed, retry it; if it is wanted twice, send skip_duplicate_check: true.",
        SAME_CONTENT.as_hours()
    );
    let mut error = ApiError::new(ErrorCode::Conflict, message);
    if let Ok(id) = post.parse::<PostId>() {
        error = error.with_post_id(id);
    }
    error.with_next_step(format!("GET /v1/posts/{post}"))
}
