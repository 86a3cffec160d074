//! Writing what a request makes of a post, and handing over what follows from it. What was written is published even
//! if this process dies right after it: the sweep finds targets whose message was never sent.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join;
use jiff::Timestamp;
use slipway_contract::queue::TransferMessage;
use slipway_contract::{ApiError, Cause, ErrorCode, Issue};
use slipway_domain::limits::{MEDIA_PER_TENANT, POSTS_PER_MEDIA};
use slipway_domain::{Line, MediaId, TargetState, TenantId};
use slipway_http::ErrorResponse;
use slipway_http::repeat::in_progress;
use slipway_media::{DELETE_SOME, MEDIA_PATH, there_may_be_no_more};
use slipway_queue::LEFT_TO_THE_SWEEP;
use slipway_store::guards::Repeated;
use slipway_store::media::{MediaRecord, MediaUse};
use slipway_store::posts::{Commit, Committed, NotCommitted, PostWithTargets, TargetRecord, TargetWrite};
use slipway_store::{Stale, Write};

use crate::at_once::{CALLS, at_once};
use crate::check::Checked;
use crate::request::When;
use crate::{App, line, plan, repeat};

/// The media that is made with the post, each once.
pub(crate) fn imports(checked: &[Checked]) -> Vec<MediaRecord> {
    let imports = checked.iter().flat_map(|target| &target.imports).cloned();
    imports.map(|record| (record.id.clone(), record)).collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Each of the media that are there once, with the time of the last target that is made of it.
pub(crate) fn uses(tenant: &TenantId, checked: &[Checked], now: Timestamp) -> Vec<MediaUse> {
    let mut uses: BTreeMap<&MediaId, MediaUse> = BTreeMap::new();
    for target in checked {
        let starts_at = match target.when {
            When::At(at) => at,
            When::Now | When::Never => now,
        };
        for media in target.content.media().iter().filter(|media| !target.imports(media.id())) {
            let usage = uses.entry(media.id()).or_insert_with(|| MediaUse {
                tenant: tenant.clone(),
                media: media.id().clone(),
                etag: media.verified().map(|media| media.etag.clone()),
                starts_at,
            });
            usage.starts_at = usage.starts_at.max(starts_at);
        }
    }
    uses.into_values().collect()
}

/// How often a post is written whose media seems to have all the posts that it takes.
const TRIES: u32 = 3;

/// Writes it. Media that has its most posts first loses those that have ended.
pub(crate) async fn commit(
    app: &App,
    commit: &Commit,
    now: Timestamp,
) -> Result<Write<(), NotCommitted>, ErrorResponse> {
    let mut written = app.posts.commit(commit, &app.media, now).await?;
    for _ in 1..TRIES {
        let Write::Refused(NotCommitted::MediaFull(record)) = &written else { break };
        let uses = slipway_media::uses(&app.posts, record).await?;
        if uses.ended.is_empty() {
            break;
        }
        let due = record.due_at.moment().unwrap_or(now);
        // If the media changed meanwhile the next try meets it as it is.
        app.media.released(record, &uses.ended, uses.last_end, due).await?.either_way();
        written = app.posts.commit(commit, &app.media, now).await?;
    }
    Ok(written.map(|Committed { uncounted }| {
        if let Some(error) = uncounted {
            tracing::warn!(%error, post.id = %commit.post, "a post is made, and not counted");
        }
    }))
}

/// Gives back the places in line of targets that will not begin. A place that stays taken costs a place and no more.
pub(crate) async fn give_back(app: &App, before: &PostWithTargets, written: &Commit) {
    let is_off = |target: &&TargetRecord| {
        written.targets.iter().any(|write| match write {
            TargetWrite::Remove(record) => record.account == target.account,
            TargetWrite::Replace(record) => record.account == target.account && record.state == TargetState::Cancelled,
            TargetWrite::New(_) => false,
        })
    };
    // A worker that was calling init has used its place.
    let unused = |target: &&TargetRecord| target.state.name().is_to_begin();
    let given = before.targets.iter().filter(unused).filter(is_off).filter_map(|target| Some((target, target.place?)));
    let given = given.map(async |(target, place)| {
        let line = Line::from(target.content.post_mode());
        match app.accounts.give_back(&target.tenant, &target.account, line, place).await {
            Ok(Write::Done(()) | Write::Refused(Stale)) => {}
            Err(error) => tracing::warn!(%error, account.id = %target.account, "a place in line was not given back"),
        }
    });
    at_once(CALLS, given.collect()).await;
}

/// Tells the workers. A message that can't be sent is no error for the caller: the sweep sends it.
pub(crate) async fn hand_over(app: &App, written: &Commit) {
    let imports = written.imports.iter().map(async |record| {
        if let Err(error) = app.imports.send(record.tenant.as_str(), &record.import_message(), Duration::ZERO).await {
            tracing::warn!(%error, media.id = %record.id, "{LEFT_TO_THE_SWEEP}");
        }
    });
    let now = Timestamp::now();
    let beginning = written.targets.iter().filter_map(|target| match target {
        TargetWrite::New(record) | TargetWrite::Replace(record) => Some((record, line::delay(&record.state, now)?)),
        TargetWrite::Remove(_) => None,
    });
    let transfers = beginning.map(async |(record, delay)| {
        let message = TransferMessage { target: record.target() };
        let sent = app.transfers.send(record.tenant.as_str(), &message, delay).await;
        if let Err(error) = sent {
            tracing::warn!(%error, post.id = %record.post, "{LEFT_TO_THE_SWEEP}");
        }
    });
    join(at_once(CALLS, imports.collect()), at_once(CALLS, transfers.collect())).await;
}

/// Why nothing was written, for the caller. `named_in` says where media was named.
pub(crate) fn refused(why: NotCommitted, named_in: impl Fn(&MediaId) -> String) -> ErrorResponse {
    match why {
        NotCommitted::MediaGone(media) => gone(&media, named_in(&media)),
        NotCommitted::MediaFull(record) => full(&record.id, named_in(&record.id)),
        NotCommitted::Repeated(Repeated::Of(standing)) => ErrorResponse(repeat::named_duplicate(&standing)),
        NotCommitted::TooManyMedia => too_many("media"),
        NotCommitted::PaceChanged(_) => line::crowded(),
        NotCommitted::TooManyPosts(most, room_at) => plan::exhausted(most, room_at),
        NotCommitted::Repeated(Repeated::Busy) | NotCommitted::Changed | NotCommitted::Recount => in_progress(),
    }
}

/// The media was deleted while the post was being checked.
fn gone(media: &MediaId, field: String) -> ErrorResponse {
    let cure = "It was deleted while the post was being checked. Upload the file again.";
    let issue = Issue::no_longer(field, "media", media, cure);
    ErrorResponse(ApiError::from_issue(issue.with_code(ErrorCode::MediaNotFound)))
}

/// As many posts as media takes are waiting for it.
fn full(media: &MediaId, field: String) -> ErrorResponse {
    let message = format!("{POSTS_PER_MEDIA} posts are waiting for {media} already");
    let issue = Issue::invalid(field, message, "Upload the file again, or wait until some have ended.");
    ErrorResponse(ApiError::from_issue(issue.with_code(ErrorCode::Conflict)).with_retryable(true))
}

/// The tenant has as many items of media as it may have, so that none can be imported.
pub(crate) fn too_many(field: &str) -> ErrorResponse {
    let issue = Issue::invalid(field, there_may_be_no_more("there"), DELETE_SOME).with_code(ErrorCode::StorageQuota);
    ErrorResponse(
        ApiError::from_issue(issue)
            .with_cause(Cause::Quota)
            .with_limit(MEDIA_PER_TENANT)
            .with_next_step(ApiError::room(MEDIA_PATH)),
    )
}

/// Where the media was named.
pub(crate) fn named_in(media: &MediaId, checked: &[Checked]) -> String {
    let named = checked.iter().find_map(|target| target.field_of(media));
    named.unwrap_or("media_ids").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_loses_every_race_is_told_to_come_back_not_that_there_is_no_room() {
        let ErrorResponse(error) = refused(NotCommitted::PaceChanged(Vec::new()), |_| String::new());
        assert_eq!((error.code, error.retry_after), (ErrorCode::IdempotencyInProgress, Some(1)));
    }
}
