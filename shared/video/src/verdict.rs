//! TikTok's media restrictions, applied before a byte is sent.

use std::fmt;
use std::time::Duration;

use slipway_domain::ChunkPlan;

use crate::{Container, FrameRate, Picture, Probe, VideoCodec};

/// Why TikTok would refuse a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Which rule.
    pub code: ReasonCode,
    /// What the file has.
    pub measured: Measured,
    /// What the rule allows.
    pub allowed: Allowed,
}

/// A rule of TikTok's media transfer guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonCode {
    /// Videos: MP4, MOV or WebM.
    ContainerUnsupported,
    /// Videos: H.264, H.265, VP8 or VP9.
    CodecUnsupported,
    /// There is only sound.
    NoVideoTrack,
    /// Videos: 23 to 60 frames a second.
    FrameRateOutOfRange,
    /// The file does not tell its frame rate.
    FrameRateUnknown,
    /// Videos: 360 to 4,096 pixels wide.
    WidthOutOfRange,
    /// Videos: 360 to 4,096 pixels high.
    HeightOutOfRange,
    /// Videos: 1 second to 10 minutes.
    DurationOutOfRange,
    /// The file does not tell its duration.
    DurationUnknown,
    /// Videos: at most 4 GB. Photos: at most 20 MB.
    SizeOutOfRange,
    /// Photos: at most 1080p, either way up.
    PhotoTooLarge,
}

impl ReasonCode {
    /// A stable name for programs, in `snake_case`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ContainerUnsupported => "container_unsupported",
            Self::CodecUnsupported => "codec_unsupported",
            Self::NoVideoTrack => "no_video_track",
            Self::FrameRateOutOfRange => "frame_rate_out_of_range",
            Self::FrameRateUnknown => "frame_rate_unknown",
            Self::WidthOutOfRange => "width_out_of_range",
            Self::HeightOutOfRange => "height_out_of_range",
            Self::DurationOutOfRange => "duration_out_of_range",
            Self::DurationUnknown => "duration_unknown",
            Self::SizeOutOfRange => "size_out_of_range",
            Self::PhotoTooLarge => "photo_too_large",
        }
    }

    const fn subject(self) -> &'static str {
        match self {
            Self::ContainerUnsupported => "container",
            Self::CodecUnsupported => "video codec",
            Self::NoVideoTrack => "video track",
            Self::FrameRateOutOfRange | Self::FrameRateUnknown => "frame rate",
            Self::WidthOutOfRange => "width",
            Self::HeightOutOfRange => "height",
            Self::DurationOutOfRange | Self::DurationUnknown => "duration",
            Self::SizeOutOfRange => "file size",
            Self::PhotoTooLarge => "photo's picture",
        }
    }

    /// What the owner of the file can do about it.
    pub const fn cure(self) -> &'static str {
        match self {
            Self::ContainerUnsupported => "Convert it to MP4, for example with `ffmpeg -i in.mkv -c copy out.mp4`.",
            Self::CodecUnsupported => {
                "Encode the video as H.264, for example with `ffmpeg -i in.mp4 -c:v libx264 out.mp4`."
            }
            Self::NoVideoTrack => "Upload a file with a picture; a still picture over the sound will do.",
            Self::FrameRateOutOfRange => "Convert the frame rate, for example with `ffmpeg -i in.mp4 -r 30 out.mp4`.",
            Self::WidthOutOfRange | Self::HeightOutOfRange => {
                "Scale the video, for example with `ffmpeg -i in.mp4 -vf scale=1080:-2 out.mp4`."
            }
            Self::DurationOutOfRange => "Cut the video to between 1 second and 10 minutes.",
            Self::FrameRateUnknown | Self::DurationUnknown => {
                "Rewrap the file so that it states its length, for example with `ffmpeg -i in.mp4 -c copy out.mp4`."
            }
            Self::SizeOutOfRange => "Encode it with a lower bit rate.",
            Self::PhotoTooLarge => "Scale the photo to fit 1080 x 1920 or 1920 x 1080 pixels.",
        }
    }
}

/// What a file has.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// A number; the unit is that of the allowed range.
    Number(f64),
    /// A name, or two sides as `1200x1600`.
    Text(String),
    /// The file does not tell.
    Unknown,
}

/// What a rule allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allowed {
    /// Between two numbers, both included.
    Range {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// Of what.
        unit: &'static str,
    },
    /// One of some names.
    OneOf(&'static [&'static str]),
}

impl Reason {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// What the owner of the file can do about it.
    pub const fn cure(&self) -> &'static str {
        self.code.cure()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.code.subject();
        let unit = match self.allowed {
            Allowed::Range { unit, .. } => unit,
            Allowed::OneOf(_) => "",
        };
        match &self.measured {
            Measured::Number(number) => write!(f, "the {subject} is {} {unit}", short(*number))?,
            Measured::Text(text) => write!(f, "the {subject} is {text}")?,
            Measured::Unknown if self.code == ReasonCode::NoVideoTrack => write!(f, "there is no {subject}")?,
            Measured::Unknown => write!(f, "the {subject} can't be told from the file")?,
        }
        match self.allowed {
            Allowed::Range { min, max, unit } => write!(f, "; TikTok takes {} to {} {unit}", short(min), short(max)),
            Allowed::OneOf(names) => write!(f, "; TikTok takes {}", names.join(", ")),
        }
    }
}

/// At most three decimals, and none that are zero.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const CONTAINERS: Allowed = Allowed::OneOf(&["mp4", "mov", "webm"]);
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
    if probe.container == Container::Matroska {
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
    let measured = Measured::Number(rate.per_second());
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
mod tests {
    use super::*;
    use crate::Rotation;

    fn video() -> Probe {
        Probe {
            container: Container::Mp4,
            duration: Some(Duration::from_secs(10)),
            picture: Some(Picture { coded_width: 1080, coded_height: 1920, rotation: Rotation::None }),
            video_codec: Some(VideoCodec::H264),
            frame_rate: FrameRate::new(30, 1, 1),
            has_audio: true,
        }
    }

    fn codes(probe: &Probe, size: u64) -> Vec<&'static str> {
        verdict(probe, size).iter().map(Reason::code).collect()
    }

    #[test]
    fn every_limit_holds_at_its_edges() {
        assert_eq!(codes(&video(), 4_000_000_000), Vec::<&str>::new());
        assert_eq!(codes(&video(), 4_000_000_001), ["size_out_of_range"]);
        for (millis, fits) in [(999, false), (1000, true), (600_000, true), (600_001, false)] {
            let probe = Probe { duration: Some(Duration::from_millis(millis)), ..video() };
            assert_eq!(codes(&probe, 1).is_empty(), fits, "{millis} ms");
        }
        for (frames, ticks, fits) in [
            (22, 1, false),
            (23, 1, true),
            (24_000, 1001, true),
            (60_000, 1001, true),
            (60, 1, true),
            (6_004, 100, true),
            (6_010, 100, false),
            (61, 1, false),
        ] {
            let probe = Probe { frame_rate: FrameRate::new(frames, ticks, 1), ..video() };
            assert_eq!(codes(&probe, 1).is_empty(), fits, "{frames} in {ticks} s");
        }
        for (side, fits) in [(0, false), (359, false), (360, true), (4096, true), (4097, false)] {
            let wide = Picture { coded_width: side, coded_height: 1000, rotation: Rotation::None };
            let turned = Picture { rotation: Rotation::Clockwise90, ..wide };
            for (picture, code) in [(wide, "width_out_of_range"), (turned, "height_out_of_range")] {
                let expected = if fits { vec![] } else { vec![code] };
                assert_eq!(codes(&Probe { picture: Some(picture), ..video() }, 1), expected, "{side}");
            }
        }
        for (codec, fits) in [
            (VideoCodec::H264, true),
            (VideoCodec::H265, true),
            (VideoCodec::Vp8, true),
            (VideoCodec::Vp9, true),
            (VideoCodec::Av1, false),
            (VideoCodec::Other("apcn".into()), false),
        ] {
            assert_eq!(codes(&Probe { video_codec: Some(codec.clone()), ..video() }, 1).is_empty(), fits, "{codec}");
        }
        for (container, fits) in [(Container::Mov, true), (Container::WebM, true), (Container::Matroska, false)] {
            assert_eq!(codes(&Probe { container, ..video() }, 1).is_empty(), fits, "{container:?}");
        }
    }

    #[test]
    fn an_estimated_rate_has_more_slack_than_a_stated_one() {
        let rate = FrameRate::new(605, 10, 1).unwrap();
        assert_eq!(codes(&Probe { frame_rate: Some(rate), ..video() }, 1), ["frame_rate_out_of_range"]);
        assert!(codes(&Probe { frame_rate: Some(rate.estimated()), ..video() }, 1).is_empty());
    }

    #[test]
    fn all_broken_rules_come_at_once_with_their_numbers() {
        let probe = Probe {
            container: Container::Matroska,
            duration: Some(Duration::from_millis(500)),
            picture: Some(Picture { coded_width: 320, coded_height: 5000, rotation: Rotation::None }),
            video_codec: Some(VideoCodec::Av1),
            frame_rate: FrameRate::new(15, 1, 1),
            has_audio: false,
        };
        let texts: Vec<String> = verdict(&probe, 5_000_000_000).iter().map(Reason::to_string).collect();
        assert_eq!(
            texts,
            [
                "the file size is 5000000000 bytes; TikTok takes 1 to 4000000000 bytes",
                "the container is matroska; TikTok takes mp4, mov, webm",
                "the duration is 0.5 seconds; TikTok takes 1 to 600 seconds",
                "the video codec is av1; TikTok takes h264, h265, vp8, vp9",
                "the width is 320 pixels; TikTok takes 360 to 4096 pixels",
                "the height is 5000 pixels; TikTok takes 360 to 4096 pixels",
                "the frame rate is 15 frames a second; TikTok takes 23 to 60 frames a second",
            ]
        );
    }

    #[test]
    fn what_the_file_does_not_tell_is_a_reason_too() {
        let unknown = Probe { duration: None, frame_rate: None, ..video() };
        assert_eq!(codes(&unknown, 1), ["duration_unknown", "frame_rate_unknown"]);
        let sound = Probe { picture: None, video_codec: None, frame_rate: None, ..video() };
        assert_eq!(codes(&sound, 1), ["no_video_track"]);
    }

    #[test]
    fn a_photo_has_rules_of_its_own() {
        let photo = |coded_width, coded_height| Probe {
            container: Container::Jpeg,
            duration: None,
            picture: Some(Picture { coded_width, coded_height, rotation: Rotation::None }),
            video_codec: None,
            frame_rate: None,
            has_audio: false,
        };
        assert!(codes(&photo(1080, 1920), 20_000_000).is_empty());
        assert!(codes(&photo(1920, 1080), 1).is_empty());
        assert!(codes(&photo(100, 100), 1).is_empty());
        assert_eq!(codes(&photo(1081, 1200), 1), ["photo_too_large"]);
        assert_eq!(codes(&photo(1000, 1921), 20_000_001), ["size_out_of_range", "photo_too_large"]);
    }
}
