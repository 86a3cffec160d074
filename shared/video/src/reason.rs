//! Why TikTok would refuse a file, or might: the rule, what the file has, and what the rule allows.

use std::fmt;

use slipway_domain::media::{Allowed, Measured, ReasonCode};

/// Why TikTok would refuse a file, or might.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Which rule.
    pub rule: Rule,
    /// What the file has; nothing where it does not tell.
    pub measured: Option<Measured>,
    /// What the rule allows, where it is about something that the file has.
    pub allowed: Option<Allowed>,
    /// What the owner of this very file can do about it.
    pub cure: String,
}

/// A rule of TikTok's media transfer guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Videos: MP4, MOV or WebM.
    ContainerUnsupported,
    /// Videos: H.264, H.265, VP8 or VP9.
    CodecUnsupported,
    /// There is only sound.
    NoVideoTrack,
    /// Videos: 23 to 60 frames a second.
    FrameRateOutOfRange,
    /// The frame rate is beyond its limits in places, and not known to be so everywhere.
    FrameRateVaries,
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
    /// Photos: at most 1080p, either way up, as that is commonly read.
    PhotoTooLarge,
    /// The photo is coded in a way that few programs read.
    PhotoUnusual,
    /// More headers than are read: the rules could not all be checked.
    HeadersUnread,
}

impl Rule {
    /// What a reason is called that comes of it.
    pub const fn code(self) -> ReasonCode {
        match self {
            Self::ContainerUnsupported => ReasonCode::ContainerUnsupported,
            Self::CodecUnsupported => ReasonCode::CodecUnsupported,
            Self::NoVideoTrack => ReasonCode::NoVideoTrack,
            Self::FrameRateOutOfRange => ReasonCode::FrameRateOutOfRange,
            Self::FrameRateVaries => ReasonCode::FrameRateVaries,
            Self::FrameRateUnknown => ReasonCode::FrameRateUnknown,
            Self::WidthOutOfRange => ReasonCode::WidthOutOfRange,
            Self::HeightOutOfRange => ReasonCode::HeightOutOfRange,
            Self::DurationOutOfRange => ReasonCode::DurationOutOfRange,
            Self::DurationUnknown => ReasonCode::DurationUnknown,
            Self::SizeOutOfRange => ReasonCode::SizeOutOfRange,
            Self::PhotoFormatUnsupported => ReasonCode::PhotoFormatUnsupported,
            Self::PhotoTooLarge => ReasonCode::PhotoTooLarge,
            Self::PhotoUnusual => ReasonCode::PhotoUnusual,
            Self::HeadersUnread => ReasonCode::HeadersUnread,
        }
    }

    const fn subject(self) -> &'static str {
        match self {
            Self::ContainerUnsupported => "container",
            Self::CodecUnsupported => "video codec",
            Self::NoVideoTrack => "video track",
            Self::FrameRateOutOfRange | Self::FrameRateVaries | Self::FrameRateUnknown => "frame rate",
            Self::WidthOutOfRange => "width",
            Self::HeightOutOfRange => "height",
            Self::DurationOutOfRange | Self::DurationUnknown => "duration",
            Self::SizeOutOfRange => "file size",
            Self::PhotoFormatUnsupported => "photo's format",
            Self::PhotoTooLarge => "photo's picture",
            Self::PhotoUnusual => "photo's coding",
            Self::HeadersUnread => "file",
        }
    }
}

impl Reason {
    /// A stable name for programs.
    pub const fn code(&self) -> ReasonCode {
        self.rule.code()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.rule.subject();
        let unit = match &self.allowed {
            Some(Allowed::Range { unit, .. }) => unit.as_str(),
            Some(Allowed::OneOf(_)) | None => "",
        };
        match (&self.measured, self.rule) {
            (Some(Measured::Text(what)), Rule::HeadersUnread) => {
                write!(f, "the {subject} could not be checked: {what}")?;
            }
            (Some(Measured::Text(text)), _) => write!(f, "the {subject} is {text}")?,
            (Some(Measured::Number(number)), Rule::FrameRateVaries) => {
                write!(f, "the {subject} is {} {unit} in places", short(*number))?;
            }
            (Some(Measured::Number(number)), _) => write!(f, "the {subject} is {} {unit}", short(*number))?,
            (None, Rule::NoVideoTrack) => write!(f, "there is no {subject}")?,
            (None, _) => write!(f, "the {subject} can't be told from the file")?,
        }
        match &self.allowed {
            Some(Allowed::Range { min, max, unit }) => {
                write!(f, "; TikTok takes {} to {} {unit}", short(*min), short(*max))
            }
            Some(Allowed::OneOf(names)) => write!(f, "; TikTok takes {}", names.join(", ")),
            None => Ok(()),
        }
    }
}

/// At most three decimals, and none that are zero.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
