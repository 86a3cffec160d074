//! What is stored of a target that was checked.

use jiff::Timestamp;
use slipway_domain::schedule::GIVE_UP_AFTER;
use slipway_domain::{MediaId, PostId, TargetState, TenantId};
use slipway_store::Epoch;
use slipway_store::guards::Guard;
use slipway_store::posts::{OwnGuard, TargetRecord, TimelineEntry, due_at};

use crate::check::Checked;
use crate::request::When;

/// A new target.
pub(crate) fn target(
    tenant: &TenantId,
    post: &PostId,
    target: &Checked,
    guard: Option<&Guard>,
    now: Timestamp,
) -> TargetRecord {
    let (state, starts_at) = state(target, now);
    let note = if target.refused.is_some() { "refused" } else { "accepted" };
    TargetRecord {
        tenant: tenant.clone(),
        post: post.clone(),
        account: target.account.id.clone(),
        brand: Some(target.account.brand_or_default()),
        version: 1,
        due_at: due_at(&state, now).map(Epoch::from),
        // What TikTok reported about the creator is a part of why.
        timeline: vec![TimelineEntry::new(now, &state, note, target.log_id.clone())],
        state,
        content: target.content.clone(),
        username: target.account.profile.username.clone(),
        accepted_at: now,
        give_up_at: starts_at + GIVE_UP_AFTER,
        updated_at: now,
        place: None,
        has_siblings: false,
        claimed_until: None,
        requeues: 0,
        tiktok_status: None,
        guarded_by: guard.map(OwnGuard::from),
        former: Vec::new(),
    }
}

/// The state that was asked for, and when it begins.
fn state(target: &Checked, now: Timestamp) -> (TargetState, Timestamp) {
    if let Some(failure) = &target.refused {
        return (TargetState::Failed { publish_id: None, at: now, failure: failure.clone() }, now);
    }
    match target.when {
        When::Now => (TargetState::Queued { attempt: 0 }, now),
        When::At(at) => (TargetState::Scheduled { at }, at),
        When::Never => (TargetState::Draft, now),
    }
}

/// The media of all targets, in their order, each once.
pub(crate) fn media_ids(checked: &[Checked]) -> Vec<MediaId> {
    let mut ids = Vec::new();
    for media in checked.iter().flat_map(|target| target.content.media()) {
        if !ids.contains(media.id()) {
            ids.push(media.id().clone());
        }
    }
    ids
}

/// The first of the times that the targets are to be published at.
pub(crate) fn scheduled_at(checked: &[Checked]) -> Option<Timestamp> {
    let times = checked.iter().filter_map(|target| match target.when {
        When::At(at) => Some(at),
        When::Now | When::Never => None,
    });
    times.min()
}
