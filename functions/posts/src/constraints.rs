//! `GET /v1/posts/validate`: what TikTok takes, in numbers.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use slipway_contract::post::{
    CarouselConstraints, ConstraintsView, MediaConstraints, PlatformConstraints, TextConstraints,
};
use slipway_contract::{DataView, Diagnostics, Issue, Platform};
use slipway_domain::{Caption, FileKind, limits};
use slipway_http::{Answer, Params, json};

use crate::App;

pub(crate) async fn constraints(State(app): State<Arc<App>>, params: Params) -> Answer {
    let mut noted = Diagnostics::default();
    params.note_odd(&["platform"], &[], &mut noted);
    if let Some(other) = params.one("platform").filter(|platform| !Platform::is_served(platform)) {
        noted.issues.push(Issue::platform_not_served("platform", other, "Send tiktok or leave platform out."));
    }
    let warnings = noted.finish(params.unknown())?;
    Ok(json(StatusCode::OK, &DataView { data: ConstraintsView { tiktok: tiktok(app.pull_domain.is_set()) }, warnings }))
}

/// TikTok fetches photos itself: they are served only where it can.
fn tiktok(can_be_pulled: bool) -> PlatformConstraints {
    PlatformConstraints {
        text: TextConstraints {
            max_length: Caption::MAX_UTF16_UNITS,
            // TikTok names no limit of its own; all must fit into the text.
            max_hashtags: 0,
            max_mentions: 0,
            counting_mode: "utf16",
        },
        media: MediaConstraints {
            max_image_size_bytes: limits::PHOTO_MAX_BYTES,
            max_video_size_bytes: limits::VIDEO_MAX_BYTES,
            max_video_duration_sec: limits::VIDEO_MAX_SECONDS,
            min_video_duration_sec: limits::VIDEO_MIN_SECONDS,
            max_video_fps: limits::FRAME_RATE.1,
            min_video_fps: limits::FRAME_RATE.0,
            min_side_px: limits::VIDEO_SIDE.0,
            max_side_px: limits::VIDEO_SIDE.1,
            supported_image_types: FileKind::PHOTOS.map(FileKind::content_type).to_vec(),
            supported_video_types: FileKind::VIDEOS.map(FileKind::content_type).to_vec(),
        },
        carousel: CarouselConstraints {
            supported: can_be_pulled,
            min_items: 1,
            max_items: limits::PHOTOS_PER_POST,
            allow_video: false,
            images_only: true,
            photos_only: true,
        },
    }
}
