//! The media of a new post: taken into use with it, so that neither is there without the other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use slipway_contract::{ApiError, Cause, ErrorCode, Issue};
use slipway_domain::limits::MEDIA_PER_TENANT;
use slipway_domain::{MediaId, TenantId};
use slipway_http::ErrorResponse;
use slipway_store::Write;
use slipway_store::media::{MediaRecord, MediaUse};
use slipway_store::posts::{NewPost, NotCreated};

use crate::Service;
use crate::check::Checked;
use crate::request::When;

/// The media that is made with the post, each once.
pub(super) fn imports(checked: &[Checked]) -> Vec<MediaRecord> {
    let imports = checked.iter().filter_map(|target| target.import.clone());
    imports.map(|record| (record.id.clone(), record)).collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Each of the media that are there once, with the time of the last target that is made of it.
pub(super) fn uses(tenant: &TenantId, checked: &[Checked], now: Timestamp) -> Vec<MediaUse> {
    let mut uses: BTreeMap<&MediaId, MediaUse> = BTreeMap::new();
    for target in checked.iter().filter(|target| target.import.is_none()) {
        let starts_at = match target.when {
            When::At(at) => at,
            When::Now | When::Never => now,
        };
        let usage = uses.entry(target.media.id()).or_insert_with(|| MediaUse {
            tenant: tenant.clone(),
            media: target.media.id().clone(),
            etag: target.media.verified().map(|media| media.etag.clone()),
            starts_at,
        });
        usage.starts_at = usage.starts_at.max(starts_at);
    }
    uses.into_values().collect()
}

/// How often a post is written whose media seems to have all the posts that it takes.
const TRIES: u32 = 3;

/// Writes the post with what it takes of its media. Media that has its most posts first loses those that have ended.
pub(super) async fn commit(
    service: &Service,
    new: &NewPost,
    now: Timestamp,
) -> Result<Write<(), NotCreated>, ErrorResponse> {
    let mut created = service.posts.create(new, &service.media, now).await?;
    for _ in 1..TRIES {
        let Write::Refused(NotCreated::MediaFull(record)) = &created else { break };
        let uses = slipway_media::uses(&service.posts, record).await?;
        if uses.ended.is_empty() {
            break;
        }
        let due = Timestamp::from_second(record.due_at.0).unwrap_or(now);
        // If the media changed meanwhile the next try meets it as it is.
        let _ = service.media.released(record, &uses.ended, uses.last_end, due).await?;
        created = service.posts.create(new, &service.media, now).await?;
    }
    Ok(created)
}

/// The media was deleted while the post was being checked.
pub(super) fn gone(media: &MediaId, checked: &[Checked]) -> ErrorResponse {
    let cure = "It was deleted while the post was being checked. Upload the file again.";
    let issue = Issue::invalid(named_in(media, checked), format!("there is no media {media} any more"), cure);
    ErrorResponse(ApiError::from_issue(issue.with_code(ErrorCode::MediaNotFound)))
}

/// As many posts as media takes are waiting for it.
pub(super) fn full(media: &MediaId, checked: &[Checked]) -> ErrorResponse {
    let message = format!("{} posts are waiting for {media} already", MediaRecord::MAX_POSTS);
    let issue =
        Issue::invalid(named_in(media, checked), message, "Upload the file again, or wait until some have ended.");
    ErrorResponse(ApiError::from_issue(issue.with_code(ErrorCode::Conflict)).with("retryable", true))
}

/// The tenant has as many items of media as it may have, so that none can be imported.
pub(super) fn too_many(checked: &[Checked]) -> ErrorResponse {
    let field = checked.iter().find(|target| target.import.is_some()).map_or("media", |target| &target.media_field);
    let message = format!("there are {MEDIA_PER_TENANT} items of media, the most there may be");
    let cure = "Delete media that you no longer need with DELETE /v1/media/{id}.";
    let issue = Issue::invalid(field, message, cure).with_code(ErrorCode::StorageQuota);
    ErrorResponse(ApiError::from_issue(issue).with_cause(Cause::Quota).with("limit", MEDIA_PER_TENANT))
}

/// Where the media was named.
fn named_in<'a>(media: &MediaId, checked: &'a [Checked]) -> &'a str {
    let target = checked.iter().find(|target| target.media.id() == media);
    target.map_or("media_ids", |target| target.media_field.as_str())
}
