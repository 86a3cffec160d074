//! TikTok's media restrictions, applied before a byte is sent.

use std::time::Duration;

use slipway_domain::media::{Allowed, Measured};
use slipway_domain::{FileKind, limits};

use crate::reason::{Reason, ReasonCode};
use crate::{FrameRate, Picture, Probe, ProbeError, VideoCodec};

/// Every rule that a file of `size` bytes breaks, all at once; none if TikTok would take it.
///
/// The rules are those of TikTok's media transfer guide: containers, codecs, 23 to 60 frames a second, each side 360
/// to 4,096 pixels, up to 10 minutes and 4 GB for videos; JPEG and WebP up to 1080p and 20 MB for photos. A creator's
/// own shorter limit is not known here.
pub fn verdict(probe: &Probe, size: u64) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if probe.container.is_photo() {
        reasons.extend(check_size(size, limits::PHOTO_MAX_BYTES));
        reasons.extend(probe.picture.and_then(check_photo));
        return reasons;
    }
    reasons.extend(check_size(size, limits::VIDEO_MAX_BYTES));
    if probe.container == FileKind::Matroska {
        let measured = Measured::Text(probe.container.as_str().to_owned());
        reasons.push(Reason {
            code: ReasonCode::ContainerUnsupported,
            measured: Some(measured),
            allowed: one_of(CONTAINERS),
        });
    }
    reasons.extend(check_duration(probe.duration));
    let Some(picture) = probe.picture else {
        reasons.push(Reason { code: ReasonCode::NoVideoTrack, measured: None, allowed: one_of(CODECS) });
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
        ProbeError::UnsupportedPhoto(kind) => {
            (ReasonCode::PhotoFormatUnsupported, kind, PHOTO_FORMATS, limits::PHOTO_MAX_BYTES)
        }
        ProbeError::UnsupportedContainer(kind) => {
            (ReasonCode::ContainerUnsupported, kind, CONTAINERS, limits::VIDEO_MAX_BYTES)
        }
        ProbeError::Empty
        | ProbeError::NotMedia
        | ProbeError::Truncated { .. }
        | ProbeError::Malformed { .. }
        | ProbeError::TooComplex(_)
        | ProbeError::Source(_) => return Vec::new(),
    };
    let measured = Some(Measured::Text((*kind).to_owned()));
    let mut reasons = vec![Reason { code, measured, allowed: one_of(allowed) }];
    reasons.extend(check_size(size, most));
    reasons
}

const CONTAINERS: &[&str] = &["mp4", "mov", "webm"];
const PHOTO_FORMATS: &[&str] = &["jpeg", "webp"];
const CODECS: &[&str] = &["h264", "h265", "vp8", "vp9"];
const SHORTEST: Duration = Duration::from_secs(limits::VIDEO_MIN_SECONDS as u64);
const LONGEST: Duration = Duration::from_secs(limits::VIDEO_MAX_SECONDS as u64);

/// A camera's clock is not TikTok's: a mean rate this far beyond a limit is the limit.
const RATE_SLACK: f64 = 0.05;
/// The same for a rate that was estimated from a few times in whole milliseconds.
const ESTIMATED_RATE_SLACK: f64 = 1.0;

fn one_of(names: &[&str]) -> Allowed {
    Allowed::OneOf(names.iter().map(|name| (*name).to_owned()).collect())
}

fn range(min: impl Into<f64>, max: impl Into<f64>, unit: &str) -> Allowed {
    Allowed::Range { min: min.into(), max: max.into(), unit: unit.to_owned() }
}

#[expect(clippy::cast_precision_loss, reason = "sizes that matter are far below 2^53")]
fn check_size(size: u64, most: u64) -> Option<Reason> {
    (size > most).then(|| Reason {
        code: ReasonCode::SizeOutOfRange,
        measured: Some(Measured::Number(size as f64)),
        allowed: range(1.0, most as f64, "bytes"),
    })
}

fn check_duration(duration: Option<Duration>) -> Option<Reason> {
    let (code, measured) = match duration {
        None => (ReasonCode::DurationUnknown, None),
        Some(duration) if (SHORTEST..=LONGEST).contains(&duration) => return None,
        Some(duration) => (ReasonCode::DurationOutOfRange, Some(Measured::Number(duration.as_secs_f64()))),
    };
    Some(Reason { code, measured, allowed: range(limits::VIDEO_MIN_SECONDS, limits::VIDEO_MAX_SECONDS, "seconds") })
}

fn check_codec(codec: &VideoCodec) -> Option<Reason> {
    match codec {
        VideoCodec::H264 | VideoCodec::H265 | VideoCodec::Vp8 | VideoCodec::Vp9 => None,
        VideoCodec::Av1 | VideoCodec::Other(_) => {
            let measured = Some(Measured::Text(codec.to_string()));
            Some(Reason { code: ReasonCode::CodecUnsupported, measured, allowed: one_of(CODECS) })
        }
    }
}

fn check_side(code: ReasonCode, pixels: u32) -> Option<Reason> {
    let (least, most) = limits::VIDEO_SIDE;
    (!(least..=most).contains(&pixels)).then(|| Reason {
        code,
        measured: Some(Measured::Number(f64::from(pixels))),
        allowed: range(least, most, "pixels"),
    })
}

fn check_rate(rate: Option<FrameRate>) -> Option<Reason> {
    let (least, most) = limits::FRAME_RATE;
    let allowed = range(least, most, "frames a second");
    let Some(rate) = rate else {
        return Some(Reason { code: ReasonCode::FrameRateUnknown, measured: None, allowed });
    };
    let slack = if rate.estimated { ESTIMATED_RATE_SLACK } else { RATE_SLACK };
    let fits = (least - slack..=most + slack).contains(&rate.per_second());
    // Without the decimals that come of dividing. The slack is wider than what rounding moves.
    let measured = Some(Measured::Number((rate.per_second() * 1000.0).round() / 1000.0));
    (!fits).then_some(Reason { code: ReasonCode::FrameRateOutOfRange, measured, allowed })
}

fn check_photo(picture: Picture) -> Option<Reason> {
    let (width, height) = (picture.width(), picture.height());
    let fits = width.min(height) <= limits::PHOTO_SIDES.0 && width.max(height) <= limits::PHOTO_SIDES.1;
    (!fits).then(|| Reason {
        code: ReasonCode::PhotoTooLarge,
        measured: Some(Measured::Text(format!("{width}x{height}"))),
        allowed: one_of(&["up to 1080x1920", "up to 1920x1080"]),
    })
}

#[cfg(test)]
mod tests;
