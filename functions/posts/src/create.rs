//! `POST /v1/posts`: one transaction, then the hand-over.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse as _;
use futures_util::future::join;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value};
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::{ApiError, Time};
use slipway_domain::PostId;
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, KnownAnswer, Repeatable, gone};
use slipway_http::{Answer, ErrorResponse, JsonObject, unknown_fields};
use slipway_store::Write;
use slipway_store::guards::{Guard, GuardKind};
use slipway_store::posts::{Commit, NotCommitted, OwnGuard, PostRecord, PostWithTargets, SharedWrite, TargetWrite};
use uuid::Uuid;

use crate::check::{Checked, Found, Noted, Purpose, check, look_up};
use crate::request::{CreatePost, read};
use crate::{App, answer, brands, line, places, plan, records, repeat, write};

pub(crate) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    JsonObject { object, bytes }: JsonObject,
) -> Answer {
    let known_by = |id: &PostId, now| {
        let own = key.of(&[&bytes], id.as_str(), now);
        own.or_known_by(|| repeat::by_request(&caller, &bytes, id, now))
    };
    Ok(make(&app, &caller, &object, unknown_fields(&headers), known_by).await?.into_response())
}

/// Makes the post that a body describes, whether it came alone or with others. `known_by` says what the request is known
/// by if it comes again, given the post's id and the time.
pub(crate) async fn make(
    app: &App,
    caller: &Caller,
    body: &Map<String, Value>,
    unknown: UnknownFields,
    known_by: impl FnOnce(&PostId, Timestamp) -> Repeatable,
) -> Result<KnownAnswer, ErrorResponse> {
    // To the milliseconds that callers are shown: they find the post by this time.
    let now = Time::from(Timestamp::now()).get();
    let id = PostId::from_uuid(Uuid::now_v7());
    let own = known_by(&id, now);
    // Nobody is asked to read the body, and what it names is looked up while the guard is.
    let request = read(body, now, &app.trusted_origins, unknown).map_err(ApiError::from);
    let found = async {
        match &request {
            Ok(request) => look_up(app, caller, request, now).await,
            Err(_) => Ok(Found::default()),
        }
    };
    let guards = app.posts.guards();
    let (standing, found) = join(own.earlier(&guards, now), found).await;
    if let Some(standing) = standing? {
        if standing.kind == GuardKind::IdempotencyKey && !is_there(app, caller, &standing).await? {
            return Err(gone(&standing));
        }
        // Before anything else counts: the first answer holds even if the account has been disconnected since, or its
        // daily cap was reached by this very post.
        return repeat::answer(app, caller, &own, StatusCode::CREATED, &standing).await;
    }

    let (mut request, found) = (request?, found?);
    let mut noted = Noted { warnings: std::mem::take(&mut request.warnings), ..Noted::default() };
    let checked = check(app, &request, found, Purpose::Create, &mut noted).await;
    let checked = checked.map_err(|error| noted.warn(error))?;
    let Noted { warnings, left_out, .. } = noted;
    let skip_duplicate_check = request.skip_duplicate_check;
    let (mut commit, post) = new_post(caller, &id, request, &checked, warnings, now);
    commit.most_posts = plan::most_posts(app, caller);

    // The caller's own key holds even where looking for duplicates is switched off.
    let holds = |guard: &Guard| guard.kind == GuardKind::IdempotencyKey || !skip_duplicate_check;
    if let Some(guard) = own.guard().filter(|guard| holds(guard)) {
        commit.guards.insert(0, guard.clone());
    }
    let asked: Vec<_> = checked.iter().map(|target| &target.account.id).collect();
    let request_guard = commit.guards.first().filter(|guard| guard.kind == GuardKind::SameRequest).map(OwnGuard::from);
    if let SharedWrite::New(post) = &mut commit.shared {
        post.request_guard = request_guard;
    }
    let mut accounts = places::accounts(&checked);
    let mut tries = 0;
    let (status, answer) = loop {
        places::take(app, &mut commit, &accounts, 0)?;
        let post = places::placed(post.clone(), &commit);
        let (status, answer) = answer::of(&post, &asked, &left_out).map_err(|error| ErrorResponse::internal(&error))?;
        let kept = if status == StatusCode::CREATED { own.keep(&answer)? } else { own.keep_as(status, &answer)? };
        if let Some((guard, kept)) = commit.guards.first_mut().zip(kept.filter(holds)) {
            *guard = kept;
        }
        match write::commit(app, &commit, now).await? {
            Write::Done(()) => break (status, answer),
            Write::Refused(NotCommitted::Repeated(repeated)) => {
                return repeat::answer(app, caller, &own, StatusCode::CREATED, &own.met(repeated)?).await;
            }
            Write::Refused(NotCommitted::PaceChanged(changed)) if tries < line::TRIES => {
                accounts = places::changed(accounts, changed, &checked)?;
                line::pause(tries).await;
                tries += 1;
            }
            Write::Refused(NotCommitted::TooManyMedia) => {
                let importing = checked.iter().find(|target| !target.imports.is_empty());
                return Err(write::too_many(importing.map_or("media", |target| target.media_field())));
            }
            Write::Refused(why) => return Err(write::refused(why, |media| write::named_in(media, &checked))),
        }
    };
    tracing::info!(post.id = %id, tenant.id = %caller.tenant(), targets = commit.targets.len(), "post accepted");
    write::hand_over(app, &commit).await;
    Ok(KnownAnswer::first(status, answer.into()))
}

/// Whether the post that an earlier request made is still there.
async fn is_there(app: &App, caller: &Caller, standing: &Guard) -> Result<bool, ErrorResponse> {
    let Ok(id) = standing.made.parse::<PostId>() else { return Ok(true) };
    brands::is_there(app, caller, &id).await
}

/// The post as it is to be written, and as it is then.
fn new_post(
    caller: &Caller,
    id: &PostId,
    request: CreatePost,
    checked: &[Checked],
    warnings: Vec<String>,
    now: Timestamp,
) -> (Commit, PostWithTargets) {
    let guarded = !request.skip_duplicate_check;
    let post = PostRecord {
        id: id.clone(),
        tenant: caller.tenant().clone(),
        text: request.text,
        title: request.title,
        media_ids: records::media_ids(checked),
        created_at: now,
        scheduled_at: records::scheduled_at(checked),
        warnings,
        retry_count: 0,
        hidden: false,
        request_guard: None,
        accepted: false,
        revision: 1,
    };
    let mut commit = Commit::of(id.clone());
    commit.shared = SharedWrite::New(post.clone());
    commit.media = write::uses(caller.tenant(), checked, now);
    commit.imports = write::imports(checked);
    let mut targets = Vec::new();
    for target in checked {
        let guard = repeat::by_content(caller.tenant(), target, id, now).filter(|_| guarded);
        let record = records::target(caller.tenant(), id, target, guard.as_ref(), now);
        commit.guards.extend(guard);
        commit.targets.push(TargetWrite::New(record.clone()));
        targets.push(record);
    }
    (commit, PostWithTargets { post, targets })
}
