//! `POST /v1/posts`: one transaction, then the hand-over. What the transaction holds is published even if this
//! process dies right after it: the sweep finds targets whose message was never sent.

mod media;
mod places;

use std::time::Duration;

use axum::extract::State;
use futures_util::future::{join, join_all};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use slipway_contract::queue::{ImportMessage, TransferMessage};
use slipway_contract::{ApiError, Time};
use slipway_domain::{PostId, TargetState};
use slipway_http::auth::Caller;
use slipway_http::repeat::{IdempotencyKey, json_text, text};
use slipway_http::{Answer, JsonObject, unknown_fields};
use slipway_runtime::pause::full_jitter;
use slipway_store::guards::{Guard, GuardKind};
use slipway_store::posts::{NewPost, NotCreated, PostRecord, PostWithTargets, TargetRecord, TimelineEntry, due_at};
use slipway_store::{Epoch, Write};
use uuid::Uuid;

use crate::check::{Checked, Found, check, look_up};
use crate::request::{CreatePost, When, read};
use crate::{Service, line, repeat, view};

/// How often a post is written if others take places in its accounts' lines at the same moment.
const TRIES: u32 = 14;
/// The first pause between, at most. Each is twice the one before, up to a second: many who meet must not meet again.
const FIRST_PAUSE: Duration = Duration::from_millis(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A target that can't be started within this time of its hour is given up.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

pub(crate) async fn create(
    State(service): State<Service>,
    caller: Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    body: JsonObject,
) -> Answer {
    // To the milliseconds that callers are shown: they find the post by this time.
    let now = Time::from(Timestamp::now()).get();
    let id = PostId::from_uuid(Uuid::now_v7());
    let own = key.of(&[&body.bytes], id.as_str(), now);
    let own = own.or_known_by(|| repeat::by_request(&caller, &body.bytes, &id, now));
    // Nobody is asked to read the body, and what it names is looked up while the guard is.
    let request = read(&body.object, now, &service.trusted_origins, unknown_fields(&headers));
    let request = request.map_err(ApiError::from_issues);
    let found = async {
        match &request {
            Ok(request) => look_up(&service, &caller, request, now).await,
            Err(_) => Ok(Found::default()),
        }
    };
    let guards = service.posts.guards();
    let (standing, found) = join(own.earlier(&guards, now), found).await;
    if let Some(standing) = standing? {
        // Before anything else counts: the first answer holds even if the account has been disconnected since, or its
        // daily cap was reached by this very post.
        return repeat::answer(&own, &standing);
    }

    let (mut request, found) = (request?, found?);
    let mut warnings = std::mem::take(&mut request.warnings);
    let checked = check(&service, &request, found, &mut warnings).await?;
    let skip_duplicate_check = request.skip_duplicate_check;
    let mut new = records(&caller, &id, request, &checked, warnings, now);

    // The caller's own key holds even where looking for duplicates is switched off.
    let holds = |guard: &Guard| guard.kind == GuardKind::IdempotencyKey || !skip_duplicate_check;
    if let Some(guard) = own.guard().filter(|guard| holds(guard)) {
        new.guards.insert(0, guard.clone());
    }
    let mut accounts: Vec<_> = checked.iter().map(|target| target.account.clone()).collect();
    let mut tries = 0;
    let answer = loop {
        places::take(&service, &mut new, &accounts)?;
        let post = PostWithTargets { post: new.post.clone(), targets: new.targets.clone() };
        let answer = text(&view::post(&post))?;
        if let Some((guard, kept)) = new.guards.first_mut().zip(own.keep(&answer)?.filter(holds)) {
            *guard = kept;
        }
        match media::commit(&service, &new, now).await? {
            Write::Done(()) => break answer,
            Write::Refused(NotCreated::MediaGone(id)) => return Err(media::gone(&id, &checked)),
            Write::Refused(NotCreated::MediaFull(record)) => return Err(media::full(&record.id, &checked)),
            Write::Refused(NotCreated::TooManyMedia) => return Err(media::too_many(&checked)),
            Write::Refused(NotCreated::Repeated(repeated)) => return repeat::answer(&own, &own.met(repeated)?),
            Write::Refused(NotCreated::PaceChanged(_)) if tries >= TRIES => return Err(line::crowded()),
            Write::Refused(NotCreated::PaceChanged(changed)) => {
                accounts = places::changed(accounts, changed, &checked)?;
                tokio::time::sleep(full_jitter((FIRST_PAUSE * 2_u32.pow(tries)).min(LONGEST_PAUSE))).await;
                tries += 1;
            }
        }
    };
    tracing::info!(post.id = %id, tenant.id = %caller.tenant, targets = new.targets.len(), "post accepted");
    hand_over(&service, &new).await;
    Ok(json_text(StatusCode::CREATED, answer))
}

fn records(
    caller: &Caller,
    id: &PostId,
    request: CreatePost,
    checked: &[Checked],
    warnings: Vec<String>,
    now: Timestamp,
) -> NewPost {
    let skip = request.skip_duplicate_check;
    let guards = if skip { Vec::new() } else { repeat::by_content(&caller.tenant, checked, id, now) };
    let scheduled_at = checked.iter().filter_map(|target| match target.when {
        When::At(at) => Some(at),
        When::Now | When::Never => None,
    });
    let mut media_ids: Vec<_> = checked.iter().map(|target| target.media.id().clone()).collect();
    media_ids.dedup();
    let post = PostRecord {
        id: id.clone(),
        tenant: caller.tenant.clone(),
        text: request.text,
        title: request.title,
        media_ids,
        created_at: now,
        scheduled_at: scheduled_at.min(),
        warnings,
        retry_count: 0,
    };
    let (media, imports) = (media::uses(&caller.tenant, checked, now), media::imports(checked));
    let targets = checked.iter().map(|target| {
        let (state, starts_at) = match target.when {
            When::Now => (TargetState::Queued { attempt: 0 }, now),
            When::At(at) => (TargetState::Scheduled { at }, at),
            When::Never => (TargetState::Draft, now),
        };
        TargetRecord {
            tenant: caller.tenant.clone(),
            post: id.clone(),
            account: target.account.id.clone(),
            version: 1,
            due_at: due_at(&state, now).map(Epoch::from),
            timeline: vec![TimelineEntry {
                at: now,
                state: state.name().to_owned(),
                note: "accepted".to_owned(),
                log_id: None,
            }],
            state,
            settings: target.settings.clone(),
            media: target.media.clone(),
            username: target.account.profile.username.clone(),
            accepted_at: now,
            give_up_at: starts_at + GIVE_UP_AFTER,
            updated_at: now,
            place: None,
            claimed_until: None,
            requeues: 0,
            tiktok_status: None,
        }
    });
    NewPost { post, targets: targets.collect(), media, imports, guards, places: Vec::new() }
}

/// Tells the workers. A message that can't be sent is no error for the caller: the sweep sends it.
async fn hand_over(service: &Service, new: &NewPost) {
    let imports = new.imports.iter().map(async |record| {
        let message = ImportMessage { tenant: record.tenant.clone(), media: record.id.clone() };
        if let Err(error) = service.imports.send(record.tenant.as_str(), &message, Duration::ZERO).await {
            tracing::warn!(%error, media.id = %record.id, "not handed over; the sweep will do it");
        }
    });
    let now = Timestamp::now();
    let beginning = new.targets.iter().filter_map(|record| Some((record, line::delay(&record.state, now)?)));
    let transfers = beginning.map(async |(record, delay)| {
        let message = TransferMessage { target: record.target() };
        let sent = service.transfers.send(record.tenant.as_str(), &message, delay).await;
        if let Err(error) = sent {
            tracing::warn!(%error, post.id = %record.post, "not handed over; the sweep will do it");
        }
    });
    join(join_all(imports), join_all(transfers)).await;
}
