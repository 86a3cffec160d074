//! TikTok's media restrictions, applied before a byte is sent.

use std::time::Duration;

use slipway_domain::ChunkPlan;

use crate::reason::{Allowed, Measured, Reason, ReasonCode};
use slipway_domain::FileKind;

use crate::{FrameRate, Picture, Probe, ProbeError, VideoCodec};

/// Every rule that a file of `size` bytes breaks, all at once; none if TikTok would take it.
///
/// The rules are those of TikTok's media transfer guide: containers, codecs, 23 to 60 frames a second, each side 360
/// to 4,096 pixels, up to 10 minutes and 4 GB for videos; JPEG and WebP up to 1080p and 20 MB for photos. A creator's
/// own shorter limit is not known here.
pub fn verdict(probe: &Probe, size: u64) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if probe.container.is_photo() {
        reasons.extend(check_size(size, PHOTO_BYTES));
        reasons.extend(probe.picture.and_then(check_photo));
        return reasons;
    }
    reasons.extend(check_size(size, VIDEO_BYTES));
    if probe.container == FileKind::Matroska {
        let measured = Measured::Text(probe.container.as_str().to_owned());
        reasons.push(Reason { code: ReasonCode::ContainerUnsupported, measured, allowed: CONTAINERS });
    }
    reasons.extend(check_duration(probe.duration));
    let Some(picture) = probe.picture else {
        reasons.push(Reason { code: ReasonCode::NoVideoTrack, measured: Measured::Unknown, allowed: CODECS });
        return reasons;
    };
    reasons.extend(probe.video_codec.as_ref().and_then(check_codec));
    reasons.extend(check_side(ReasonCode::WidthOutOfRange, picture.width()));
    reasons.extend(check_side(ReasonCode::HeightOutOfRange, picture.height()));
    reasons.extend(check_rate(probe.frame_rate));
    reasons
}

/// The rules that a file of `size` bytes breaks whose probe found a kind that TikTok does not take; none for the other
/// errors, which say that a file is damaged and not what it breaks.
pub fn refusal(error: &ProbeError, size: u64) -> Vec<Reason> {
    let (code, kind, allowed, most) = match error {
        ProbeError::UnsupportedPhoto(kind) => (ReasonCode::PhotoFormatUnsupported, kind, PHOTO_FORMATS, PHOTO_BYTES),
        ProbeError::UnsupportedContainer(kind) => (ReasonCode::ContainerUnsupported, kind, CONTAINERS, VIDEO_BYTES),
        ProbeError::Empty
        | ProbeError::NotMedia
        | ProbeError::Truncated { .. }
        | ProbeError::Malformed { .. }
        | ProbeError::TooComplex(_)
        | ProbeError::Source(_) => return Vec::new(),
    };
    let mut reasons = vec![Reason { code, measured: Measured::Text((*kind).to_owned()), allowed }];
    reasons.extend(check_size(size, most));
    reasons
}

const CONTAINERS: Allowed = Allowed::OneOf(&["mp4", "mov", "webm"]);
const PHOTO_FORMATS: Allowed = Allowed::OneOf(&["jpeg", "webp"]);
const CODECS: Allowed = Allowed::OneOf(&["h264", "h265", "vp8", "vp9"]);
const FRAME_RATE: Allowed = Allowed::Range { min: 23.0, max: 60.0, unit: "frames a second" };
const SIDE: Allowed = Allowed::Range { min: 360.0, max: 4096.0, unit: "pixels" };
/// TikTok names no least duration; a video of less than a second is a mistake. Ten minutes is the most for anyone.
const DURATION: Allowed = Allowed::Range { min: 1.0, max: 600.0, unit: "seconds" };
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(10);
/// "4 GB" in its smaller reading.
const VIDEO_BYTES: u64 = ChunkPlan::MAX_FILE;
/// "20 MB" in its smaller reading.
const PHOTO_BYTES: u64 = 20_000_000;
const PHOTO_SIDES: (u32, u32) = (1080, 1920);

/// A camera's clock is not TikTok's: a mean rate this far beyond a limit is the limit.
const RATE_SLACK: f64 = 0.05;
/// The same for a rate that was estimated from a few times in whole milliseconds.
const ESTIMATED_RATE_SLACK: f64 = 1.0;

#[expect(clippy::cast_precision_loss, reason = "sizes that matter are far below 2^53")]
fn check_size(size: u64, most: u64) -> Option<Reason> {
    let allowed = Allowed::Range { min: 1.0, max: most as f64, unit: "bytes" };
    let measured = Measured::Number(size as f64);
    (size > most).then_some(Reason { code: ReasonCode::SizeOutOfRange, measured, allowed })
}

fn check_duration(duration: Option<Duration>) -> Option<Reason> {
    let (code, measured) = match duration {
        None => (ReasonCode::DurationUnknown, Measured::Unknown),
        Some(duration) if (SHORTEST..=LONGEST).contains(&duration) => return None,
        Some(duration) => (ReasonCode::DurationOutOfRange, Measured::Number(duration.as_secs_f64())),
    };
    Some(Reason { code, measured, allowed: DURATION })
}

fn check_codec(codec: &VideoCodec) -> Option<Reason> {
    match codec {
        VideoCodec::H264 | VideoCodec::H265 | VideoCodec::Vp8 | VideoCodec::Vp9 => None,
        VideoCodec::Av1 | VideoCodec::Other(_) => {
            let measured = Measured::Text(codec.to_string());
            Some(Reason { code: ReasonCode::CodecUnsupported, measured, allowed: CODECS })
        }
    }
}

fn check_side(code: ReasonCode, pixels: u32) -> Option<Reason> {
    let measured = Measured::Number(f64::from(pixels));
    (!(360..=4096).contains(&pixels)).then_some(Reason { code, measured, allowed: SIDE })
}

fn check_rate(rate: Option<FrameRate>) -> Option<Reason> {
    let Some(rate) = rate else {
        let measured = Measured::Unknown;
        return Some(Reason { code: ReasonCode::FrameRateUnknown, measured, allowed: FRAME_RATE });
    };
    let slack = if rate.estimated { ESTIMATED_RATE_SLACK } else { RATE_SLACK };
    let fits = (23.0 - slack..=60.0 + slack).contains(&rate.per_second());
    // Without the decimals that come of dividing. The slack is wider than what rounding moves.
    let measured = Measured::Number((rate.per_second() * 1000.0).round() / 1000.0);
    (!fits).then_some(Reason { code: ReasonCode::FrameRateOutOfRange, measured, allowed: FRAME_RATE })
}

fn check_photo(picture: Picture) -> Option<Reason> {
    let (width, height) = (picture.width(), picture.height());
    let fits = width.min(height) <= PHOTO_SIDES.0 && width.max(height) <= PHOTO_SIDES.1;
    let measured = Measured::Text(format!("{width}x{height}"));
    let allowed = Allowed::OneOf(&["up to 1080x1920", "up to 1920x1080"]);
    (!fits).then_some(Reason { code: ReasonCode::PhotoTooLarge, measured, allowed })
}

#[cfg(test)]
mod tests;
