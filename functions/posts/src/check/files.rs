//! The media: is it there, and what is it?

use jiff::Timestamp;
use slipway_contract::post::{MediaReadiness, MediaVerdict};
use slipway_contract::{ErrorCode, Issue};
use slipway_domain::media::{promised_kind, shown_name};
use slipway_domain::rules::{Creator, File};
use slipway_domain::{MediaId, MediaKind};
use slipway_fetch::PublicUrl;
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_media::{Unverified, after_deleting, drop_parts, verify};
use slipway_store::Write;
use slipway_store::media::{Lifetimes, MediaRecord, MediaState, ReasonCode, SourceUrl};
use slipway_store::posts::{AwaitedMedia, MediaRef, TargetMedia};

use crate::App;
use crate::request::{MediaRequest, MediaSource, unknown_media};

/// A file that can be posted, or may turn out to be one that can.
#[derive(Debug)]
pub(super) enum Media {
    /// It is ready to be sent.
    Ready(Ready),
    /// It is being imported.
    Awaited(Box<MediaRecord>),
    /// It is to be imported for this post.
    New(Box<MediaRecord>),
}

/// A file that is ready to be sent.
#[derive(Debug)]
pub(super) struct Ready {
    media: MediaRef,
    kind: MediaKind,
    duration_ms: Option<u64>,
}

impl Media {
    /// What a target of this creator's sends.
    pub(super) fn for_creator(&self, creator: Option<&Creator>) -> TargetMedia {
        let max_duration_sec = creator.and_then(|creator| creator.max_video_duration_sec);
        let awaited = |id: &MediaId| TargetMedia::Awaited(AwaitedMedia { awaited: id.clone(), max_duration_sec });
        match self {
            Self::Ready(ready) => TargetMedia::Verified(ready.media.clone()),
            Self::Awaited(record) | Self::New(record) => awaited(&record.id),
        }
    }

    /// Its id.
    pub(super) fn id(&self) -> &MediaId {
        match self {
            Self::Ready(ready) => &ready.media.id,
            Self::Awaited(record) | Self::New(record) => &record.id,
        }
    }

    /// What the rules have to know of it, given how it was named.
    pub(super) fn for_rules(&self, named: &MediaRequest) -> File {
        match self {
            Self::Ready(ready) => {
                File { kind: Some(ready.kind), said: named.kind, presumed: None, duration_ms: ready.duration_ms }
            }
            Self::Awaited(record) | Self::New(record) => {
                let presumed = promised_kind(&record.declared_type);
                File { kind: None, said: named.kind, presumed, duration_ms: None }
            }
        }
    }

    /// The media that is to be made.
    pub(super) fn import(&self) -> Option<&MediaRecord> {
        match self {
            Self::Ready(_) | Self::Awaited(_) => None,
            Self::New(record) => Some(record),
        }
    }
}

/// What is known of a file that was named; nothing was found if it can't be sent.
pub(super) fn verdict(named: &MediaRequest, found: Option<&Media>) -> MediaVerdict {
    let id = match &named.source {
        MediaSource::Id(id) => Some(id.clone()),
        MediaSource::Url(_) => None,
    };
    let (status, media_type, duration_ms) = match found {
        None => (MediaReadiness::Failed, None, None),
        Some(Media::Ready(ready)) => (MediaReadiness::Ready, Some(ready.kind), ready.duration_ms),
        Some(Media::Awaited(_)) => (MediaReadiness::Importing, None, None),
        Some(Media::New(_)) => (MediaReadiness::ToImport, None, None),
    };
    MediaVerdict { field: named.field.clone(), id, status, media_type, duration_ms }
}

/// The media that is named, verified by its content if nobody has done so yet, or to be imported.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    named: &MediaRequest,
    now: Timestamp,
) -> Result<Result<Media, Vec<Issue>>, ErrorResponse> {
    match &named.source {
        MediaSource::Id(id) => by_id(app, caller, id, &named.field, now).await,
        MediaSource::Url(url) => Ok(Ok(Media::New(Box::new(to_import(caller, url, now))))),
    }
}

/// The media of this kind with this id if it can be sent at once: not one that is still being imported.
pub(crate) async fn ready_media(
    app: &App,
    caller: &Caller,
    id: &MediaId,
    kind: MediaKind,
    field: &str,
    now: Timestamp,
) -> Result<Result<MediaRef, Vec<Issue>>, ErrorResponse> {
    Ok(match by_id(app, caller, id, field, now).await? {
        Ok(Media::Ready(ready)) if ready.kind == kind => Ok(ready.media),
        Ok(Media::Ready(ready)) => {
            let message = format!("{id} is a {}, and the post was made of a {}", ready.kind.as_str(), kind.as_str());
            let issue = Issue::invalid(field, message, "Make a new post of it.");
            Err(vec![issue.with_code(ErrorCode::MediaTypeMismatch)])
        }
        Ok(Media::Awaited(_) | Media::New(_)) => {
            Err(vec![Issue::invalid(field, format!("{id} is still being imported"), "Try again in a moment.")])
        }
        Err(issues) => Err(issues),
    })
}

async fn by_id(
    app: &App,
    caller: &Caller,
    id: &MediaId,
    field: &str,
    now: Timestamp,
) -> Result<Result<Media, Vec<Issue>>, ErrorResponse> {
    let found = app.media.get(&caller.reach, id).await?;
    let Some(found) = found else {
        return Ok(Err(vec![unknown_media(id.as_str(), field)]));
    };
    if matches!(found.state, MediaState::Pending) && found.import.is_some() {
        return Ok(Ok(Media::Awaited(Box::new(found))));
    }
    let verified = verify(&app.media, &app.bucket, &found).await;
    match verified.map_err(|error| ErrorResponse::internal(&error))? {
        Write::Done(verified) => {
            if matches!(found.state, MediaState::Pending) {
                drop_parts(&app.bucket, &found).await;
            }
            let mut issues = Vec::new();
            Ok(ready(&verified, field, now, &mut issues).map(Media::Ready).ok_or(issues))
        }
        Write::Refused(Unverified::NotUploaded) if matches!(found.state, MediaState::Failed { object: None, .. }) => {
            let mut issues = Vec::new();
            ready(&found, field, now, &mut issues);
            Ok(Err(issues))
        }
        Write::Refused(Unverified::NotUploaded | Unverified::Gone) => {
            let cure = if found.multipart.is_some() {
                "PUT all its parts and POST to complete_url, then create the post."
            } else {
                "PUT the file to the upload_url that came with the media id, then create the post."
            };
            Ok(Err(vec![Issue::invalid(field, format!("nothing was uploaded for {id} yet"), cure)]))
        }
        Write::Refused(Unverified::NoRoom(no_room)) => {
            let message = format!("{id} does not fit into the plan's storage: {no_room}");
            Ok(Err(vec![
                Issue::invalid(field, message, after_deleting("create the post")).with_code(ErrorCode::StorageQuota),
            ]))
        }
        Write::Refused(Unverified::Changing) => Ok(Err(vec![changing(id, field)])),
    }
}

/// Somebody uploads it at this very moment: the caller's doing, and no fault of ours.
fn changing(id: &MediaId, field: &str) -> Issue {
    let message = format!("{id} was replaced while it was being read");
    Issue::invalid(field, message, "Create the post when the upload is done.").with_code(ErrorCode::Conflict)
}

/// New media that is to be fetched from there.
fn to_import(caller: &Caller, url: &PublicUrl, now: Timestamp) -> MediaRecord {
    let id = MediaId::from_uuid(uuid::Uuid::now_v7());
    let name = shown_name(url.file_name().unwrap_or_default());
    MediaRecord::to_import(caller.tenant().clone(), id, name, SourceUrl::new(url.expose().to_owned()), now)
        .under(caller.plan)
        .of_brands(caller.reach.brands())
}

fn ready(media: &MediaRecord, field: &str, now: Timestamp, issues: &mut Vec<Issue>) -> Option<Ready> {
    match &media.state {
        MediaState::Pending => {
            issues.push(Issue::invalid(field, format!("{} is not ready yet", media.id), "Try again in a moment."));
            None
        }
        MediaState::Failed { object, reasons, .. } => {
            // Of what could not be fetched or kept TikTok would say nothing.
            let what = if object.is_some() { "TikTok would refuse" } else { "nothing is kept of" };
            for reason in reasons {
                let message = format!("{what} {}: {}", media.id, reason.message);
                let code = match reason.code {
                    ReasonCode::PhotoFormatUnsupported => ErrorCode::UnsupportedPhotoFormat,
                    _ => ErrorCode::MediaRejected,
                };
                let issue = Issue::invalid(field, message, &reason.cure).with_code(code);
                issues.push(issue.compared(&reason.measured, &reason.allowed));
            }
            None
        }
        MediaState::Ready { findings, .. } => {
            let kind = findings.media_type.media_kind();
            let Some((kind, found)) = kind.and_then(|kind| Some((kind, MediaRef::of(media, kind)?))) else {
                let message = format!("{} is neither a video nor a photo that TikTok takes", media.id);
                let cure = "Upload MP4, MOV or WebM, or JPEG or WebP for photos.";
                issues.push(Issue::invalid(field, message, cure).with_code(ErrorCode::MediaTypeMismatch));
                return None;
            };
            if Lifetimes::is_too_old(media.created_at, now) {
                let message = format!("{} is more than a year old", media.id);
                issues.push(Issue::invalid(field, message, "Upload the file again."));
                return None;
            }
            Some(Ready { media: found, kind, duration_ms: findings.duration_ms })
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use slipway_domain::FileKind;
    use slipway_store::media::{Findings, StoredObject};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    /// A video that is ready.
    fn media() -> MediaRecord {
        let (tenant, id) = ("ten_1".parse().unwrap(), "med_1".parse().unwrap());
        let findings = Findings::of(FileKind::Mp4);
        let object = StoredObject { etag: "\"e\"".to_owned(), size_bytes: 1 };
        MediaRecord {
            state: MediaState::Ready { object, findings, warnings: Vec::new() },
            ..MediaRecord::new(tenant, id, "a.mp4".to_owned(), "video/mp4".to_owned(), now())
        }
    }

    #[test]
    fn media_that_changes_while_it_is_read_is_a_conflict() {
        let issue = changing(&media().id, "media_ids[0]");
        assert_eq!((issue.code.status(), issue.field.as_str()), (409, "media_ids[0]"));
    }

    #[test]
    fn a_video_that_is_more_than_a_year_old_has_to_be_uploaded_again() {
        for (days, is_taken) in [(0, true), (365, true), (366, false)] {
            let mut issues = Vec::new();
            let later = now() + SignedDuration::from_hours(24 * days);
            assert_eq!(ready(&media(), "media_ids[0]", later, &mut issues).is_some(), is_taken, "{days}");
            assert_eq!(issues.is_empty(), is_taken);
            assert!(issues.iter().all(|issue| issue.field == "media_ids[0]" && issue.cure == "Upload the file again."));
        }
    }
}
