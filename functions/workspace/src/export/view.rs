//! What an export shows that no other answer does: records without what opens something.

use jiff::Timestamp;
use slipway_contract::Platform;
use slipway_contract::export::{ExportedInvite, ExportedMedia, ExportedPost};
use slipway_contract::post::EffectiveTarget;
use slipway_domain::media::Findings;
use slipway_store::accounts::InviteRecord;
use slipway_store::media::MediaRecord;
use slipway_store::posts::{PostWithTargets, TargetRecord, view};

/// Not even the beginning of its token.
pub(super) fn invite(invite: &InviteRecord, now: Timestamp) -> ExportedInvite {
    ExportedInvite {
        id: invite.id.clone(),
        platform: Platform::TikTok,
        brand_id: invite.brand.clone(),
        is_active: now < invite.good_until,
        expires_at: invite.good_until.into(),
        created_at: invite.created_at.into(),
    }
}

/// Without a link to its content, which would be as good as the content, and without the address that it was imported
/// from, which may hold a password.
pub(super) fn media(media: &MediaRecord) -> ExportedMedia {
    let found = media.state.findings();
    ExportedMedia {
        id: media.id.clone(),
        filename: media.filename.clone(),
        content_type: media.content_type().to_owned(),
        size_bytes: media.size_bytes(),
        sha256: media.sha256.clone(),
        status: (&media.state).into(),
        duration_seconds: found.and_then(Findings::duration_seconds),
        width: found.and_then(|found| found.width),
        height: found.and_then(|found| found.height),
        created_at: media.created_at.into(),
        updated_at: media.updated_at.into(),
    }
}

/// As the post's own route shows it, with what each of its targets publishes and how far it has come.
pub(super) fn post(post: &PostWithTargets) -> ExportedPost {
    let scheduled_at = post.post.scheduled_at.map(Into::into);
    let effective = |target: &TargetRecord| {
        let media = target.media().iter().map(|media| Some(media.id().clone()));
        (target.account.clone(), EffectiveTarget::of(&target.content, media, scheduled_at))
    };
    let steps = |target: &TargetRecord| -> Vec<_> {
        target.timeline.iter().map(|step| view::step(&target.account, step)).collect()
    };
    ExportedPost {
        post: view::post(post),
        effective: post.targets.iter().map(effective).collect(),
        timeline: post.targets.iter().flat_map(steps).collect(),
    }
}
