//! Why TikTok would refuse a file: the rule, what the file has, and what the rule allows.

use std::fmt;

use slipway_domain::media::{Allowed, Measured};

/// Why TikTok would refuse a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Which rule.
    pub code: ReasonCode,
    /// What the file has; nothing where it does not tell.
    pub measured: Option<Measured>,
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
    /// Photos: JPEG or WebP.
    PhotoFormatUnsupported,
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
            Self::PhotoFormatUnsupported => "photo_format_unsupported",
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
            Self::PhotoFormatUnsupported => "photo's format",
            Self::PhotoTooLarge => "photo's picture",
        }
    }

    /// What the owner of the file can do about it.
    pub const fn cure(self) -> &'static str {
        match self {
            Self::ContainerUnsupported => {
                "Convert it to MP4 with H.264, for example with `ffmpeg -i in.mkv -c:v libx264 out.mp4`."
            }
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
            Self::PhotoFormatUnsupported => "Convert the photo to JPEG or WebP; renaming it is not enough.",
            Self::PhotoTooLarge => "Scale the photo to fit 1080 x 1920 or 1920 x 1080 pixels.",
        }
    }
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
        let unit = match &self.allowed {
            Allowed::Range { unit, .. } => unit.as_str(),
            Allowed::OneOf(_) => "",
        };
        match &self.measured {
            Some(Measured::Number(number)) => write!(f, "the {subject} is {} {unit}", short(*number))?,
            Some(Measured::Text(text)) => write!(f, "the {subject} is {text}")?,
            None if self.code == ReasonCode::NoVideoTrack => write!(f, "there is no {subject}")?,
            None => write!(f, "the {subject} can't be told from the file")?,
        }
        match &self.allowed {
            Allowed::Range { min, max, unit } => write!(f, "; TikTok takes {} to {} {unit}", short(*min), short(*max)),
            Allowed::OneOf(names) => write!(f, "; TikTok takes {}", names.join(", ")),
        }
    }
}

/// At most three decimals, and none that are zero.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
