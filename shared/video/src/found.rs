//! What a file turns out to be.

use std::fmt;
use std::time::Duration;

use slipway_domain::FileKind;

/// What the headers of a media file say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The kind of file.
    pub container: FileKind,
    /// How long it plays: the longest of its tracks. `None` for photos, and where the file does not tell.
    pub duration: Option<Duration>,
    /// The picture's size and turn. `None` if there is no video track.
    pub picture: Option<Picture>,
    /// How the picture is coded. `None` for photos, and if there is no video track.
    pub video_codec: Option<VideoCodec>,
    /// The mean frame rate. `None` for photos, and where the file does not tell.
    pub frame_rate: Option<FrameRate>,
    /// Whether there is a sound track.
    pub has_audio: bool,
}

/// A picture's size in pixels, and how it is turned when shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// Width as stored.
    pub coded_width: u32,
    /// Height as stored.
    pub coded_height: u32,
    /// The turn a player applies.
    pub rotation: Rotation,
}

impl Picture {
    /// Width as shown.
    pub const fn width(&self) -> u32 {
        if self.rotation.swaps_sides() { self.coded_height } else { self.coded_width }
    }

    /// Height as shown.
    pub const fn height(&self) -> u32 {
        if self.rotation.swaps_sides() { self.coded_width } else { self.coded_height }
    }
}

/// A clockwise turn that a player applies to the stored picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// Shown as stored.
    #[default]
    None,
    /// A quarter to the right.
    Clockwise90,
    /// Upside down.
    Half,
    /// A quarter to the left.
    Clockwise270,
}

impl Rotation {
    /// Degrees, clockwise.
    pub const fn degrees(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Clockwise90 => 90,
            Self::Half => 180,
            Self::Clockwise270 => 270,
        }
    }

    /// Whether width and height change places.
    pub const fn swaps_sides(self) -> bool {
        matches!(self, Self::Clockwise90 | Self::Clockwise270)
    }
}

/// How the picture is coded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// AVC.
    H264,
    /// HEVC.
    H265,
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
    /// AV1, which TikTok does not list.
    Av1,
    /// Anything else, by the name the container has for it: short and printable.
    Other(String),
}

impl VideoCodec {
    /// A stable name for programs; for others the container's own name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::Av1 => "av1",
            Self::Other(name) => name,
        }
    }

    /// A codec that is none of the known ones. What can't be printed becomes `?`, what is too long is cut, and one
    /// without a name is called `unnamed`.
    pub(crate) fn other(name: &[u8]) -> Self {
        let shown = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '?' };
        let name: String = name.iter().take(32).map(shown).collect();
        Self::Other(if name.trim().is_empty() { "unnamed" } else { name.trim() }.to_owned())
    }
}

impl fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Frames a second, as a mean over what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRate {
    frames: u64,
    /// Never zero.
    nanoseconds: u128,
    /// Whether frames last differently long.
    pub variable: bool,
    /// Whether it comes from the times of a few frames, written in whole milliseconds, and not from a stated rate.
    pub estimated: bool,
}

impl FrameRate {
    /// `frames` in `ticks` of which `timescale` make a second; nothing if that is no rate.
    pub(crate) fn new(frames: u64, ticks: u64, timescale: u64) -> Option<Self> {
        let nanoseconds = u128::from(ticks).checked_mul(1_000_000_000)?.checked_div(u128::from(timescale))?;
        (frames > 0 && nanoseconds > 0).then_some(Self { frames, nanoseconds, variable: false, estimated: false })
    }

    pub(crate) fn variable(self, variable: bool) -> Self {
        Self { variable, ..self }
    }

    pub(crate) fn estimated(self) -> Self {
        Self { estimated: true, ..self }
    }

    /// How long a frame is shown in the mean; zero for what is longer than centuries.
    pub(crate) fn frame(self) -> Duration {
        let nanoseconds = self.nanoseconds.checked_div(u128::from(self.frames)).unwrap_or(0);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
    }

    /// Frames a second.
    #[expect(clippy::cast_precision_loss, reason = "15 digits are far more than a frame rate has")]
    pub fn per_second(self) -> f64 {
        self.frames as f64 * 1e9 / self.nanoseconds as f64
    }
}
