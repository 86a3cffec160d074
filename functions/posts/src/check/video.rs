//! The video: is it there, is it one, and does it fit the creator and the time?

use jiff::Timestamp;
use slipway_contract::{ErrorCode, Issue};
use slipway_domain::MediaId;
use slipway_fetch::PublicUrl;
use slipway_runtime::guard::Caller;
use slipway_runtime::http::Failure;
use slipway_runtime::media::{VerifyError, verify};
use slipway_store::media::{Import, MediaRecord, MediaState, SourceUrl};
use slipway_store::posts::{AwaitedMedia, MediaRef, TargetMedia};
use slipway_tiktok::CreatorInfo;

use crate::Service;
use crate::request::{MediaSource, TargetRequest, When};

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
    /// When it is forgotten, in seconds since 1970.
    expires_at: i64,
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
    issues: &mut Vec<Issue>,
) -> Result<Option<Video>, Failure> {
    let id = match &target.media {
        MediaSource::Id(id) => id,
        MediaSource::Url(url) => return Ok(Some(Video::New(Box::new(to_import(caller, url, now))))),
    };
    let field = &target.media_field;
    let Some(found) = service.media.get(&caller.tenant, id).await? else {
        let cure = "Upload the file first; see GET /v1/media for what you have.";
        issues.push(Issue::invalid(field, format!("there is no media {id}"), cure).with_code(ErrorCode::MediaNotFound));
        return Ok(None);
    };
    if matches!(found.state, MediaState::Pending) && found.import.is_some() {
        return Ok(Some(Video::Awaited(found.id)));
    }
    let verified = match verify(&service.media, &service.s3, &service.bucket, &found).await {
        Ok(verified) => verified,
        Err(VerifyError::NotUploaded | VerifyError::Gone) => {
            let cure = "PUT the file to the upload_url that came with the media id, then create the post.";
            issues.push(Issue::invalid(field, format!("nothing was uploaded for {id} yet"), cure));
            return Ok(None);
        }
        Err(error @ (VerifyError::Changing | VerifyError::Storage(_) | VerifyError::Store(_))) => {
            return Err(Failure::internal(&error));
        }
    };
    Ok(ready(&verified, field, issues).map(Video::Ready))
}

/// New media that is to be fetched from there.
fn to_import(caller: &Caller, url: &PublicUrl, now: Timestamp) -> MediaRecord {
    let id = MediaId::from_uuid(uuid::Uuid::now_v7());
    let name = url.file_name().unwrap_or("import").chars().take(255).collect();
    let import = Import::from_url(SourceUrl::new(url.expose().to_owned()));
    MediaRecord::new(caller.tenant.clone(), id, name, "video/mp4".to_owned(), now).imported_from(import, now)
}

fn ready(media: &MediaRecord, field: &str, issues: &mut Vec<Issue>) -> Option<Ready> {
    match &media.state {
        MediaState::Pending => {
            issues.push(Issue::invalid(field, format!("{} is not ready yet", media.id), "Try again in a moment."));
            None
        }
        MediaState::Failed { reasons, .. } => {
            for reason in reasons {
                let message = format!("TikTok would refuse {}: {}", media.id, reason.message);
                issues.push(Issue::invalid(field, message, &reason.cure).with_code(ErrorCode::MediaRejected));
            }
            None
        }
        MediaState::Ready { object, findings } => {
            let Some(video_type) = findings.media_type.video_type() else {
                let message = format!("{} is not a video", media.id);
                let cure = "Only videos are published here. Upload MP4, MOV or WebM.";
                issues.push(Issue::invalid(field, message, cure).with_code(ErrorCode::MediaTypeMismatch));
                return None;
            };
            let video = MediaRef {
                id: media.id.clone(),
                s3_key: media.s3_key.clone(),
                etag: object.etag.clone(),
                size_bytes: object.size_bytes,
                video_type,
            };
            Some(Ready { media: video, duration_ms: findings.duration_ms, expires_at: media.expires_at })
        }
    }
}

/// Whether this creator may post a video so long, and whether it is still there at its hour.
pub(super) fn fits(video: &Video, target: &TargetRequest, creator: Option<&CreatorInfo>, issues: &mut Vec<Issue>) {
    let Video::Ready(video) = video else { return };
    let longest = creator.and_then(|creator| creator.max_video_duration_sec);
    if let (Some(milliseconds), Some(longest)) = (video.duration_ms, longest)
        && milliseconds > longest.saturating_mul(1000)
    {
        let plays = milliseconds.div_ceil(1000);
        let message = format!("the video plays {plays} s, this creator may post at most {longest} s");
        let issue = Issue::invalid(&target.media_field, message, "Send a shorter video.");
        issues.push(issue.with_code(ErrorCode::MediaRejected));
    }
    if let When::At(at) = target.when
        && at.as_second() >= video.expires_at
        && let Ok(gone) = Timestamp::from_second(video.expires_at)
    {
        let message = format!("{} is kept until {gone} only, the post is for {at}", video.media.id);
        issues.push(Issue::invalid(
            &target.media_field,
            message,
            "Choose an earlier time, or upload the file again later.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use slipway_fetch::TrustedOrigins;
    use slipway_store::posts::VideoType;

    use super::*;

    /// The issues of a video of so many milliseconds for a creator with a limit of so many seconds.
    fn issues(duration_ms: Option<u64>, longest: Option<u64>, scheduled_at: Option<&str>) -> Vec<Issue> {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let body = json!({
            "targets": [{"account_id": "acc_1"}], "media_ids": ["med_1"], "scheduled_at": scheduled_at,
        });
        let post = crate::request::read(body.as_object().unwrap(), now, &TrustedOrigins::none()).unwrap();
        let expires: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        let media = MediaRef {
            id: "med_1".parse().unwrap(),
            s3_key: String::new(),
            etag: String::new(),
            size_bytes: 1,
            video_type: VideoType::Mp4,
        };
        let video = Video::Ready(Ready { media, duration_ms, expires_at: expires.as_second() });
        let creator = CreatorInfo { max_video_duration_sec: longest, ..super::super::creator() };
        let mut issues = Vec::new();
        fits(&video, &post.targets[0], Some(&creator), &mut issues);
        issues
    }

    #[test]
    fn a_video_may_not_play_longer_than_this_creator_may_post() {
        for (duration, longest, fits) in [
            (Some(60_000), Some(60), true),
            (Some(60_001), Some(60), false),
            (None, Some(60), true),
            (Some(600_000), None, true),
        ] {
            let issues = issues(duration, longest, None);
            assert_eq!(issues.is_empty(), fits, "{duration:?} {longest:?}");
            assert!(issues.iter().all(|issue| issue.code == "publishing.media.rejected"));
        }
    }

    #[test]
    fn a_video_must_still_be_there_when_its_hour_comes() {
        for (at, fits) in
            [("2026-11-30T23:59:59Z", true), ("2026-12-01T00:00:00Z", false), ("2027-01-01T00:00:00Z", false)]
        {
            let issues = issues(Some(1000), Some(60), Some(at));
            assert_eq!(issues.is_empty(), fits, "{at}");
            assert!(issues.iter().all(|issue| issue.field == "media_ids[0]"), "{issues:?}");
        }
    }
}
