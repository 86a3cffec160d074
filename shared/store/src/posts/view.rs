//! How a stored post looks to callers.

mod error;

use super::{PostRecord, PostWithTargets, TargetMedia, TargetRecord, TimelineEntry};
use jiff::Timestamp;
use slipway_contract::post::{
    PostMedia, PostView, SourceType, TargetMetadata, TargetStatus, TargetView, TimelineView, WaitsFor,
};
use slipway_contract::{Platform, Time};
use slipway_domain::{AccountId, MediaId, MediaKind, Phase, PostStatus, TargetState};

pub use error::{NO_PULL_DOMAIN, failed};

/// The post and its targets.
pub fn post(post: &PostWithTargets) -> PostView {
    let PostWithTargets { post, targets } = post;
    let status = PostStatus::of(targets.iter().map(|target| &target.state));
    let reached = targets.iter().filter_map(|target| reached_at(&target.state)).max();
    PostView {
        id: post.id.clone(),
        status,
        created_at: post.created_at.into(),
        updated_at: targets.iter().map(|target| target.updated_at).max().unwrap_or(post.created_at).into(),
        text: post.text.clone(),
        title: post.title.clone(),
        media: post
            .media_ids
            .iter()
            .map(|id| PostMedia { source_type: SourceType::MediaId, source: id.clone(), kind: kind(id, targets) })
            .collect(),
        media_ids: post.media_ids.clone(),
        scheduled_at: post.scheduled_at.map(Time::from),
        published_at: reached.filter(|_| matches!(status, PostStatus::Published | PostStatus::Partial)).map(Time::from),
        retry_count: post.retry_count,
        hidden: post.hidden,
        targets: targets.iter().map(target).collect(),
        warnings: warnings(post, targets),
    }
}

/// What media is: what the targets that are made of it publish.
fn kind(media: &MediaId, targets: &[TargetRecord]) -> MediaKind {
    targets.iter().find(|target| target.uses(media)).map_or(MediaKind::Video, |target| target.content.kind())
}

/// What was said when the post was made, and what is known of its media since; each once.
fn warnings(post: &PostRecord, targets: &[TargetRecord]) -> Vec<String> {
    let mut all = post.warnings.clone();
    for warning in
        targets.iter().flat_map(TargetRecord::media).filter_map(TargetMedia::verified).flat_map(|media| &media.warnings)
    {
        if !all.contains(warning) {
            all.push(warning.clone());
        }
    }
    all
}

/// A step of an account's share.
pub fn step(account: &AccountId, step: &TimelineEntry) -> TimelineView {
    TimelineView {
        at: step.at.into(),
        account_id: account.clone(),
        state: step.state.clone(),
        note: step.note.clone(),
        tiktok_log_id: step.log_id.clone(),
        left_out: Some(step.left_out).filter(|left_out| *left_out > 0),
    }
}

/// One account's share.
pub fn target(record: &TargetRecord) -> TargetView {
    let post_id = match &record.state {
        TargetState::Published { post_ids, .. } => post_ids.first().cloned(),
        _ => None,
    };
    let permalink = post_id
        .as_ref()
        .zip(record.username.as_ref())
        .map(|(id, name)| format!("https://www.tiktok.com/@{name}/{}/{id}", record.content.kind().as_str()));
    TargetView {
        platform: Platform::TikTok,
        status: match record.state.name().phase() {
            Phase::Draft | Phase::Scheduled => TargetStatus::Pending,
            Phase::Moving => TargetStatus::Publishing,
            // A draft in the creator's inbox is all that was asked for; `tiktok_status` tells the two apart.
            Phase::Reached => TargetStatus::Published,
            Phase::Failed | Phase::Cancelled => TargetStatus::Failed,
        },
        account_id: record.account.to_string(),
        platform_post_id: post_id,
        permalink,
        published_at: reached_at(&record.state).map(Time::from),
        media_type: record.content.kind(),
        metadata: metadata(record),
        metrics: None,
        metrics_synced_at: None,
        error: error::of(record),
    }
}

/// When it was where it was to go: the same for a target and for its post.
fn reached_at(state: &TargetState) -> Option<Timestamp> {
    match state {
        TargetState::Published { at, .. } => Some(*at),
        TargetState::InInbox { since, .. } => Some(*since),
        _ => None,
    }
}

fn metadata(record: &TargetRecord) -> TargetMetadata {
    let total = record.size_bytes();
    let (uploaded, waits) = match &record.state {
        TargetState::Uploading { sent, .. } => (*sent, None),
        TargetState::Processing { pull: Some(pull), .. } => (pull.fetched, None),
        TargetState::Processing { .. } | TargetState::Published { .. } | TargetState::InInbox { .. } => (total, None),
        TargetState::Unconfirmed { evidence, .. } => (evidence.sent, None),
        TargetState::Deferred { until, why, .. } => (0, Some((*until, *why))),
        _ => (0, None),
    };
    let content = &record.content;
    TargetMetadata {
        state: record.state.name(),
        publish_id: record.state.publish_id().cloned(),
        former_publish_ids: record.former.clone(),
        platform_post_ids: match &record.state {
            TargetState::Published { post_ids, .. } if post_ids.len() > 1 => post_ids.clone(),
            _ => Vec::new(),
        },
        tiktok_status: record.tiktok_status.clone(),
        uploaded_bytes: uploaded,
        total_bytes: total,
        next_attempt_at: waits.map(|(until, _)| until.into()),
        waiting_for: waits.map(|(_, why)| WaitsFor(why)),
        post_mode: content.post_mode(),
        privacy_level: content.privacy_level(),
        disclosure: content.disclosure(),
        interactions: content.into(),
        is_aigc: content.is_aigc(),
    }
}

#[cfg(test)]
mod tests;
