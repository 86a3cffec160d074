//! A stored post that is checked as a new one is, and takes the place of what was stored.

use jiff::Timestamp;
use serde_json::{Map, Value};
use slipway_contract::ApiError;
use slipway_domain::{Event, apply};
use slipway_http::ErrorResponse;
use slipway_store::media::MediaUse;
use slipway_store::posts::{
    Change, Commit, ContentGuard, PostRecord, PostWithTargets, SharedWrite, TargetRecord, TargetWrite,
};

use crate::act::Act;
use crate::check::{Checked, check, look_up};
use crate::request::{CreatePost, When, read};
use crate::{Service, records, repeat, write};

/// The post as it is to be, and the write that makes it so.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) post: PostWithTargets,
    pub(crate) commit: Commit,
    pub(crate) checked: Vec<Checked>,
}

/// Checks `body`, and puts what it says in the place of the targets that `replaced` names. The others stay. Targets that
/// have failed stay failed, until they are retried or have a time.
pub(crate) async fn rewrite(
    service: &Service,
    act: &Act,
    post: &PostWithTargets,
    body: &Map<String, Value>,
    replaced: impl Fn(&TargetRecord) -> bool,
    now: Timestamp,
) -> Result<Rewritten, ErrorResponse> {
    let request = read(body, now, &service.trusted_origins, act.unknown).map_err(ApiError::from_issues)?;
    let found = look_up(service, &act.caller, &request, now).await?;
    let mut warnings = request.warnings.clone();
    let checked = check(service, &request, found, &mut warnings).await?;
    let stored = post.targets.iter().filter(|target| replaced(target));
    let (gone, stays): (Vec<_>, Vec<_>) =
        stored.partition(|target| checked.iter().all(|new| new.account.id != target.account));

    let mut commit = Commit::of(post.post.id.clone());
    let mut targets: Vec<_> = post.targets.iter().filter(|target| !replaced(target)).cloned().collect();
    commit.targets = gone.iter().map(|target| TargetWrite::Remove((*target).clone())).collect();
    for new in &checked {
        let old = stays.iter().find(|target| target.account == new.account.id);
        let guard = repeat::by_content(&act.caller.tenant, new, &post.post.id, now);
        let guard = guard.filter(|_| !request.skip_duplicate_check);
        let record = records::target(&act.caller.tenant, &post.post.id, new, guard.as_ref(), now);
        let record = match old {
            Some(old) => followed(old, record, new, now),
            None => record,
        };
        commit.guards.extend(guard);
        targets.push(record.clone());
        commit.targets.push(if old.is_some() { TargetWrite::Replace(record) } else { TargetWrite::New(record) });
    }
    targets.sort_by(|one, other| one.account.cmp(&other.account));
    let stored = gone.iter().chain(&stays).filter_map(|target| target.guarded_by.clone());
    let still = |guard: &ContentGuard| {
        targets.iter().any(|target| target.guarded_by.as_ref().is_some_and(|own| own.name == guard.name))
    };
    commit.lifted = stored.filter(|guard| guard.until > now.as_second() && !still(guard)).collect();
    commit.media = uses(act, &stays, &checked, now);
    commit.imports = write::imports(&checked);
    let shared = shared(&post.post, request, &checked, &targets, warnings);
    commit.shared = SharedWrite::Replace(shared.clone());
    Ok(Rewritten { post: PostWithTargets { post: shared, targets }, commit, checked })
}

/// What the targets share from now on.
fn shared(
    post: &PostRecord,
    request: CreatePost,
    checked: &[Checked],
    targets: &[TargetRecord],
    warnings: Vec<String>,
) -> PostRecord {
    let mut media_ids = records::media_ids(checked);
    for target in targets {
        if !media_ids.contains(target.media.id()) {
            media_ids.push(target.media.id().clone());
        }
    }
    PostRecord {
        text: request.text,
        title: request.title,
        media_ids,
        scheduled_at: records::scheduled_at(checked),
        warnings,
        revision: post.revision + 1,
        ..post.clone()
    }
}

/// The new record in the place of the old one, whose story it goes on with.
fn followed(old: &TargetRecord, new: TargetRecord, checked: &Checked, now: Timestamp) -> TargetRecord {
    let (event, note) = match (&checked.refused, checked.when) {
        (Some(failure), _) => (Event::Abandon { failure: failure.clone(), at: now }, "refused"),
        (None, When::Now) => (Event::Enqueue, "the caller has it published"),
        (None, When::At(at)) => (Event::Schedule { at }, "the caller changed it"),
        (None, When::Never) => (Event::Unschedule, "the caller changed it"),
    };
    // What has failed stays so until it is retried.
    let state = apply(&old.state, event).unwrap_or_else(|_| old.state.clone());
    let TargetRecord { version, state, timeline, due_at, .. } = Change::to(state, now).note(note, None).applied_to(old);
    TargetRecord { version, state, timeline, due_at, accepted_at: old.accepted_at, ..new }
}

/// The media that the post has not in use already, as it was checked now.
fn uses(act: &Act, stays: &[&TargetRecord], checked: &[Checked], now: Timestamp) -> Vec<MediaUse> {
    let mut uses = write::uses(&act.caller.tenant, checked, now);
    uses.retain(|usage| {
        let in_use = stays.iter().filter(|target| target.state.media_free_since(now).is_none());
        !in_use.into_iter().any(|target| {
            *target.media.id() == usage.media && target.media.verified().map(|media| &media.etag) == usage.etag.as_ref()
        })
    });
    uses
}
