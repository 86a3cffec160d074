//! A stored post that is checked as a new one is, and takes the place of what was stored.

use jiff::Timestamp;
use serde_json::{Map, Value};
use slipway_contract::diagnostics::Refused;
use slipway_contract::{ApiError, Issue, no_issues};
use slipway_domain::{Event, TargetState, apply};
use slipway_http::ErrorResponse;
use slipway_store::guards::Guard;
use slipway_store::media::MediaUse;
use slipway_store::posts::{
    Change, Commit, OwnGuard, PostRecord, PostWithTargets, SharedWrite, TargetMedia, TargetRecord, TargetWrite,
};

use crate::act::Act;
use crate::check::{Checked, Noted, Purpose, check, look_up};
use crate::request::{CreatePost, When, read};
use crate::{App, records, repeat, write};

/// The post as it is to be, and the write that makes it so.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) post: PostWithTargets,
    pub(crate) commit: Commit,
    pub(crate) checked: Vec<Checked>,
}

/// Checks `body`, with whose problems those are reported that were found before, and puts what it says in the place of the
/// targets that `replaced` names. The others stay. Targets that have failed stay failed, until they are retried or have a
/// time.
pub(crate) async fn rewrite(
    app: &App,
    act: &Act,
    post: &PostWithTargets,
    (body, before): (&Map<String, Value>, &[Issue]),
    replaced: impl Fn(&TargetRecord) -> bool,
    (purpose, now): (Purpose, Timestamp),
) -> Result<Rewritten, ErrorResponse> {
    no_issues(named_in_vain(body, post, &replaced))?;
    let request = with(before, read(body, now, &app.trusted_origins, act.unknown)).map_err(ApiError::from)?;
    let found = look_up(app, &act.caller, &request, now).await?;
    let mut noted = Noted { warnings: request.warnings.clone(), ..Noted::default() };
    let checked = check(app, &request, found, purpose, &mut noted).await;
    let checked = checked.map_err(|error| noted.warn(error))?;
    let warnings = noted.warnings;
    let stored = post.targets.iter().filter(|target| replaced(target));
    let (gone, stays): (Vec<_>, Vec<_>) =
        stored.partition(|target| checked.iter().all(|new| new.account.id != target.account));

    let fixed = post.targets.iter().filter(|target| !replaced(target));
    let named = |target: &TargetRecord| checked.iter().find(|new| new.account.id == target.account);
    no_issues(fixed.filter_map(|target| Some(can_not_change(target, &named(target)?.account_field))).collect())?;
    let mut commit = Commit::of(post.post.id.clone());
    let mut targets: Vec<_> = post.targets.iter().filter(|target| !replaced(target)).cloned().collect();
    commit.targets = gone.iter().map(|target| TargetWrite::Remove((*target).clone())).collect();
    for new in &checked {
        let old = stays.iter().find(|target| target.account == new.account.id);
        let guard = repeat::by_content(act.caller.tenant(), new, &post.post.id, now);
        let guard = guard.filter(|_| !request.skip_duplicate_check);
        let same = old.filter(|old| is_same(old, new)).and_then(|old| old.guarded_by.clone());
        // The guard of what it was made of, which may have been an address.
        let guard = guard.map(|guard| match &same {
            Some(own) => Guard { name: own.name.clone(), ..guard },
            None => guard,
        });
        let record = records::target(act.caller.tenant(), &post.post.id, new, guard.as_ref(), now);
        let record = match old {
            Some(old) => {
                let record = followed(old, record, new, now);
                // What has failed keeps its guard until it is retried.
                let keeps = guard.is_none() && matches!(record.state, TargetState::Failed { .. });
                if keeps { TargetRecord { guarded_by: same, ..record } } else { record }
            }
            None => TargetRecord { version: first_version(post.post.revision + 1), ..record },
        };
        commit.guards.extend(guard);
        targets.push(record.clone());
        commit.targets.push(if old.is_some() { TargetWrite::Replace(record) } else { TargetWrite::New(record) });
    }
    targets.sort_by(|one, other| one.account.cmp(&other.account));
    let stored = gone.iter().chain(&stays).filter_map(|target| target.guarded_by.clone());
    let still = |guard: &OwnGuard| {
        targets.iter().any(|target| target.guarded_by.as_ref().is_some_and(|own| own.name == guard.name))
    };
    commit.lifted = stored.filter(|guard| guard.stands(now) && !still(guard)).collect();
    commit.media = uses(act, &stays, &checked, now);
    commit.imports = write::imports(&checked);
    let shared = shared(&post.post, request, &checked, &targets, warnings);
    commit.shared = SharedWrite::Replace(shared.clone());
    if commit.room() < Act::GUARDS {
        let issue =
            Issue::invalid("targets", "the change is too large for one write", "Change fewer accounts at once.");
        return Err(ApiError::from_issue(issue).into());
    }
    Ok(Rewritten { post: PostWithTargets { post: shared, targets }, commit, checked })
}

/// What was read, unless there were problems before: then all of them.
fn with(before: &[Issue], read: Result<CreatePost, Refused>) -> Result<CreatePost, Refused> {
    if before.is_empty() {
        return read;
    }
    let refused = read.map_or_else(|refused| refused, |read| Refused { issues: Vec::new(), warnings: read.warnings });
    Err(Refused { issues: [before, &refused.issues].concat(), ..refused })
}

/// The first version of a target that a change of a post adds. The same account's target may have been there before, and
/// somebody may still hold what was read of it then: no version of that one is as high, since each writes its record far
/// less than a million times between two changes of the post.
const fn first_version(revision: u64) -> u64 {
    revision << 20
}

/// Targets that the body names in detail, and that can't be changed any more. Whatever else is wrong with them is no
/// matter.
fn named_in_vain(
    body: &Map<String, Value>,
    post: &PostWithTargets,
    replaced: impl Fn(&TargetRecord) -> bool,
) -> Vec<Issue> {
    let named = body.get("targets").and_then(Value::as_array).into_iter().flatten().enumerate();
    let fixed = named.filter_map(|(index, named)| {
        let account = named.get("account_id")?.as_str()?;
        let target = post.targets.iter().find(|target| target.account.as_str() == account && !replaced(target))?;
        Some(can_not_change(target, &format!("targets[{index}].account_id")))
    });
    fixed.collect()
}

fn can_not_change(target: &TargetRecord, field: &str) -> Issue {
    let message = format!("the target of {} is {} and can't be changed any more", target.account, target.state.name());
    Issue::invalid(field, message, "Leave it out: it stays as it is.")
}

/// Whether the same media and text go to the same account as before.
fn is_same(old: &TargetRecord, new: &Checked) -> bool {
    old.account == new.account.id
        && new.imports.is_empty()
        && old.content.kind() == new.content.kind()
        && old.media().iter().map(TargetMedia::id).eq(new.content.media().iter().map(TargetMedia::id))
        && old.content.text() == new.content.text()
        && old.content.title() == new.content.title()
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
    for media in targets.iter().flat_map(TargetRecord::media) {
        if !media_ids.contains(media.id()) {
            media_ids.push(media.id().clone());
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
    let changed = Change::to(state, now).note(note, checked.log_id.as_ref()).applied_to(old);
    let TargetRecord { version, state, timeline, due_at, former, .. } = changed;
    TargetRecord { version, state, timeline, due_at, former, accepted_at: old.accepted_at, ..new }
}

/// The media that the post has not in use already, as it was checked now.
fn uses(act: &Act, stays: &[&TargetRecord], checked: &[Checked], now: Timestamp) -> Vec<MediaUse> {
    let mut uses = write::uses(act.caller.tenant(), checked, now);
    uses.retain(|usage| {
        let in_use = stays.iter().filter(|target| target.state.media_free_since(now).is_none());
        !in_use
            .into_iter()
            .flat_map(|target| target.media())
            .any(|media| *media.id() == usage.media && media.verified().map(|media| &media.etag) == usage.etag.as_ref())
    });
    uses
}
