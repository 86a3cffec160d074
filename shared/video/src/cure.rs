//! What the owner of a file can do about a rule that it breaks. A command that is printed is made for this very file: its
//! container, and its picture's size.

use slipway_domain::{FileKind, limits};

use crate::{Picture, Probe, ReasonCode};

/// Turns any video that a player plays into one whose container and codecs TikTok takes.
const CONVERT: &str = "-c:v libx264 -pix_fmt yuv420p out.mp4";

/// The cure for a rule that a file breaks; without a probe if it is of no kind that is probed.
pub(crate) fn of(code: ReasonCode, probe: Option<&Probe>) -> String {
    let kind = probe.map_or("", |probe| extension(probe.container));
    let file = format!("in{kind}");
    match code {
        ReasonCode::ContainerUnsupported => {
            format!("Convert it to MP4 with H.264, for example with `ffmpeg -i {file} {CONVERT}`.")
        }
        ReasonCode::CodecUnsupported => {
            format!("Encode the video as H.264, for example with `ffmpeg -i {file} {CONVERT}`.")
        }
        ReasonCode::NoVideoTrack => "Upload a file with a picture; a still picture over the sound will do.".to_owned(),
        ReasonCode::FrameRateOutOfRange | ReasonCode::FrameRateVaries | ReasonCode::FrameRateUnknown => {
            format!("Convert the frame rate, for example with `ffmpeg -i {file} -r 30 {CONVERT}`.")
        }
        ReasonCode::WidthOutOfRange | ReasonCode::HeightOutOfRange => {
            match probe.and_then(|probe| probe.picture).and_then(scaled) {
                Some((width, height)) => {
                    let filter = format!("-vf scale={width}:{height},setsar=1");
                    format!("Scale the video, for example with `ffmpeg -i {file} {filter} {CONVERT}`.")
                }
                None => "Crop or pad the video, so that each side has 360 to 4096 pixels.".to_owned(),
            }
        }
        ReasonCode::DurationOutOfRange
            if probe.and_then(|probe| probe.duration).is_some_and(|plays| plays > LONGEST) =>
        {
            let most = limits::VIDEO_MAX_SECONDS;
            format!("Cut the video, for example with `ffmpeg -i {file} -t {most} {CONVERT}`.")
        }
        ReasonCode::DurationOutOfRange => "Send a video of at least 1 second.".to_owned(),
        // The same container, since not every one holds every codec: MP4 has no VP8.
        ReasonCode::DurationUnknown => format!(
            "Rewrap the file so that it states its length, for example with `ffmpeg -i {file} -c copy out{kind}`."
        ),
        ReasonCode::HeadersUnread if probe.is_some_and(|probe| probe.container.is_photo()) => {
            "Save the photo again, without what was added to it, to be sure.".to_owned()
        }
        ReasonCode::HeadersUnread => {
            format!("Convert it to be sure, for example with `ffmpeg -i {file} {CONVERT}`.")
        }
        ReasonCode::SizeOutOfRange => "Encode it with a lower bit rate.".to_owned(),
        ReasonCode::PhotoFormatUnsupported => {
            "Convert the photo to JPEG or WebP; renaming it is not enough.".to_owned()
        }
        ReasonCode::PhotoTooLarge => "Scale the photo to fit 1080 x 1920 or 1920 x 1080 pixels.".to_owned(),
    }
}

const LONGEST: std::time::Duration = std::time::Duration::from_secs(limits::VIDEO_MAX_SECONDS as u64);

const fn extension(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Mp4 => ".mp4",
        FileKind::QuickTime => ".mov",
        FileKind::WebM => ".webm",
        FileKind::Matroska => ".mkv",
        FileKind::Jpeg => ".jpg",
        FileKind::WebP => ".webp",
    }
}

/// The size of the picture at which both sides are even and within their limits, the shorter one with 1080 pixels where
/// that can be; nothing if the picture is too long for its width.
fn scaled(picture: Picture) -> Option<(u32, u32)> {
    let (least, most) = limits::VIDEO_SIDE;
    let (width, height) = (u64::from(picture.width()), u64::from(picture.height()));
    let (short, long) = (width.min(height), width.max(height));
    if short == 0 || long.checked_mul(least.into())? > short.checked_mul(most.into())? {
        return None;
    }
    let wanted = (1080 * long / short).min(most.into()) & !1;
    let side = |pixels: u64| {
        let side = u32::try_from((pixels * wanted + long / 2) / long).unwrap_or(u32::MAX);
        ((side + 1) & !1).clamp(least, most)
    };
    Some((side(width), side(height)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rotation;

    #[test]
    fn a_scaled_picture_keeps_its_shape_and_the_limits() {
        for (from, to) in [
            ((320, 240), Some((1440, 1080))),
            ((240, 320), Some((1080, 1440))),
            ((8000, 4500), Some((1920, 1080))),
            ((100, 1100), Some((372, 4096))),
            ((358, 4072), Some((360, 4096))),
            ((320, 5000), None),
            ((0, 10), None),
            ((u32::MAX, u32::MAX), Some((1080, 1080))),
        ] {
            let picture = Picture { coded_width: from.0, coded_height: from.1, rotation: Rotation::None };
            assert_eq!(scaled(picture), to, "{from:?}");
        }
    }
}
