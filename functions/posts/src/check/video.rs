//! The video: is it there, is it one, and does it fit the creator?

use jiff::Timestamp;
use slipway_contract::{ErrorCode, Issue};
use slipway_domain::media::{TooLong, shown_name};
use slipway_domain::{MediaId, MediaKind};
use slipway_fetch::PublicUrl;
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_media::{Unverified, drop_parts, verify};
use slipway_store::Write;
use slipway_store::media::{Lifetimes, MediaRecord, MediaState, SourceUrl};
use slipway_store::posts::{AwaitedMedia, MediaRef, TargetMedia};
use slipway_tiktok::CreatorInfo;

use crate::Service;
use crate::request::{MediaSource, TargetRequest};

/// A video that can be posted, or may turn out to be one.
#[derive(Debug)]
pub(super) enum Video {
    /// It is ready to be sent.
    Ready(Ready),
    /// It is being imported.
    Awaited(MediaId),
    /// It is to be imported for this post.
    New(Box<MediaRecord>),
}

/// A video that is ready to be sent.
#[derive(Debug)]
pub(super) struct Ready {
    media: MediaRef,
    duration_ms: Option<u64>,
}

impl Video {
    /// What a target of this creator's sends.
    pub(super) fn for_creator(&self, creator: Option<&CreatorInfo>) -> TargetMedia {
        let max_duration_sec = creator.and_then(|creator| creator.max_video_duration_sec);
        let awaited = |id: &MediaId| TargetMedia::Awaited(AwaitedMedia { awaited: id.clone(), max_duration_sec });
        match self {
            Self::Ready(ready) => TargetMedia::Verified(ready.media.clone()),
            Self::Awaited(id) => awaited(id),
            Self::New(record) => awaited(&record.id),
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

/// The video that is named, verified by its content if nobody has done so yet, or to be imported.
pub(super) async fn find(
    service: &Service,
    caller: &Caller,
    target: &TargetRequest,
    now: Timestamp,
) -> Result<Result<Video, Vec<Issue>>, ErrorResponse> {
    match &target.media {
        MediaSource::Id(id) => by_id(service, caller, id, MediaKind::Video, &target.media_field, now).await,
        MediaSource::Url(url) => Ok(Ok(Video::New(Box::new(to_import(caller, url, now))))),
    }
}

/// The media of this kind with this id if it can be sent at once: not one that is still being imported.
pub(crate) async fn ready_media(
    service: &Service,
    caller: &Caller,
    id: &MediaId,
    kind: MediaKind,
    field: &str,
    now: Timestamp,
) -> Result<Result<MediaRef, Vec<Issue>>, ErrorResponse> {
    Ok(match by_id(service, caller, id, kind, field, now).await? {
        Ok(Video::Ready(ready)) => Ok(ready.media),
        Ok(Video::Awaited(_) | Video::New(_)) => {
            Err(vec![Issue::invalid(field, format!("{id} is still being imported"), "Try again in a moment.")])
        }
        Err(issues) => Err(issues),
    })
}

async fn by_id(
    service: &Service,
    caller: &Caller,
    id: &MediaId,
    kind: MediaKind,
    field: &str,
    now: Timestamp,
) -> Result<Result<Video, Vec<Issue>>, ErrorResponse> {
    let Some(found) = service.media.get(&caller.tenant, id).await? else {
        let cure = "Upload the file first; see GET /v1/media for what you have.";
        let issue = Issue::invalid(field, format!("there is no media {id}"), cure);
        return Ok(Err(vec![issue.with_code(ErrorCode::MediaNotFound)]));
    };
    if matches!(found.state, MediaState::Pending) && found.import.is_some() {
        return Ok(Ok(Video::Awaited(found.id)));
    }
    let verified = verify(&service.media, &service.bucket, &found).await;
    match verified.map_err(|error| ErrorResponse::internal(&error))? {
        Write::Done(verified) => {
            if matches!(found.state, MediaState::Pending) {
                drop_parts(&service.bucket, &found).await;
            }
            let mut issues = Vec::new();
            Ok(ready(&verified, kind, field, now, &mut issues).map(Video::Ready).ok_or(issues))
        }
        Write::Refused(Unverified::NotUploaded) if matches!(found.state, MediaState::Failed { object: None, .. }) => {
            let mut issues = Vec::new();
            ready(&found, kind, field, now, &mut issues);
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
            let cure = "Delete media that you no longer need, then create the post.";
            Ok(Err(vec![Issue::invalid(field, message, cure).with_code(ErrorCode::StorageQuota)]))
        }
        Write::Refused(Unverified::Changing) => Err(ErrorResponse::internal(&"the object keeps changing")),
    }
}

/// New media that is to be fetched from there.
fn to_import(caller: &Caller, url: &PublicUrl, now: Timestamp) -> MediaRecord {
    let id = MediaId::from_uuid(uuid::Uuid::now_v7());
    let name = shown_name(url.file_name().unwrap_or_default());
    MediaRecord::to_import(caller.tenant.clone(), id, name, SourceUrl::new(url.expose().to_owned()), now)
}

fn ready(media: &MediaRecord, kind: MediaKind, field: &str, now: Timestamp, issues: &mut Vec<Issue>) -> Option<Ready> {
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
                issues.push(Issue::invalid(field, message, &reason.cure).with_code(ErrorCode::MediaRejected));
            }
            None
        }
        MediaState::Ready { findings, .. } => {
            let Some(found) = MediaRef::of(media, kind) else {
                let (what, cure) = match kind {
                    MediaKind::Video => ("not a video", "Only videos are published here. Upload MP4, MOV or WebM."),
                    MediaKind::Photo => ("not a photo", "Upload JPEG or WebP."),
                };
                let message = format!("{} is {what}", media.id);
                issues.push(Issue::invalid(field, message, cure).with_code(ErrorCode::MediaTypeMismatch));
                return None;
            };
            if now.duration_since(media.created_at) > Lifetimes::MAX_AGE {
                let message = format!("{} is more than a year old", media.id);
                issues.push(Issue::invalid(field, message, "Upload the file again."));
                return None;
            }
            Some(Ready { media: found, duration_ms: findings.duration_ms })
        }
    }
}

/// Whether this creator may post a video so long. A rounding difference is for TikTok to decide.
pub(super) fn fits(
    video: &Video,
    target: &TargetRequest,
    creator: Option<&CreatorInfo>,
    warnings: &mut Vec<String>,
    issues: &mut Vec<Issue>,
) {
    let Video::Ready(video) = video else { return };
    let longest = creator.and_then(|creator| creator.max_video_duration_sec);
    match TooLong::of(video.duration_ms, longest) {
        Some(too_long) if too_long.by_rounding => {
            let warning = too_long.warning(&video.media.id);
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        Some(too_long) => {
            let issue = Issue::invalid(&target.media_field, too_long.sentence(), "Send a shorter video.");
            issues.push(issue.with_code(ErrorCode::MediaRejected));
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;
    use slipway_contract::diagnostics::UnknownFields;
    use slipway_domain::FileKind;
    use slipway_fetch::TrustedOrigins;
    use slipway_store::media::{Findings, StoredObject};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    /// A video of so many milliseconds that is ready.
    fn media(duration_ms: Option<u64>) -> MediaRecord {
        let (tenant, id) = ("ten_1".parse().unwrap(), "med_1".parse().unwrap());
        let findings = Findings { duration_ms, ..Findings::of(FileKind::Mp4) };
        let object = StoredObject { etag: "\"e\"".to_owned(), size_bytes: 1 };
        MediaRecord {
            state: MediaState::Ready { object, findings, warnings: Vec::new() },
            ..MediaRecord::new(tenant, id, "a.mp4".to_owned(), "video/mp4".to_owned(), now())
        }
    }

    #[test]
    fn a_video_may_not_play_longer_than_this_creator_may_post() {
        for (duration, longest, warned, is_short_enough) in [
            (Some(60_000), Some(60), false, true),
            (Some(60_030), Some(60), true, true),
            (Some(60_500), Some(60), false, false),
            (None, Some(60), false, true),
            (Some(600_000), None, false, true),
        ] {
            let body = json!({"targets": [{"account_id": "acc_1"}], "media_ids": ["med_1"]});
            let post =
                crate::request::read(body.as_object().unwrap(), now(), &TrustedOrigins::none(), UnknownFields::Warn)
                    .unwrap();
            let mut issues = Vec::new();
            let video =
                Video::Ready(ready(&media(duration), MediaKind::Video, "media_ids[0]", now(), &mut issues).unwrap());
            let creator = CreatorInfo { max_video_duration_sec: longest, ..super::super::creator() };
            let mut warnings = Vec::new();
            for _ in 0..2 {
                fits(&video, &post.targets[0], Some(&creator), &mut warnings, &mut issues);
            }
            // Once, however many targets it concerns.
            assert_eq!(warnings.len(), usize::from(warned), "{warnings:?}");
            assert_eq!(issues.is_empty(), is_short_enough, "{duration:?} {longest:?}");
            assert!(issues.iter().all(|issue| issue.code == ErrorCode::MediaRejected));
        }
    }

    #[test]
    fn a_video_that_is_more_than_a_year_old_has_to_be_uploaded_again() {
        for (days, is_taken) in [(0, true), (365, true), (366, false)] {
            let mut issues = Vec::new();
            let later = now() + SignedDuration::from_hours(24 * days);
            assert_eq!(
                ready(&media(None), MediaKind::Video, "media_ids[0]", later, &mut issues).is_some(),
                is_taken,
                "{days}"
            );
            assert_eq!(issues.is_empty(), is_taken);
            assert!(issues.iter().all(|issue| issue.field == "media_ids[0]" && issue.cure == "Upload the file again."));
        }
    }
}
