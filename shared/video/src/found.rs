//! What a file turns out to be.

use std::time::Duration;

use slipway_domain::{FileKind, VideoCodec};

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
    /// How a photo is coded, if few programs read that. `None` for videos.
    pub unusual: Option<&'static str>,
    /// What could not be read within the budget; then nothing above is certain to be missing that is `None`.
    pub unread: Option<&'static str>,
}

impl Probe {
    /// A file of this kind of which nothing else is known yet.
    pub(crate) const fn empty(container: FileKind) -> Self {
        Self {
            container,
            duration: None,
            picture: None,
            video_codec: None,
            frame_rate: None,
            has_audio: false,
            unusual: None,
            unread: None,
        }
    }
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

/// Frames a second.
///
/// One value can't say all: a video may pause once, or be fast here and slow there. So there are bounds, too, which
/// every way of counting keeps: with and without the one longest pause, here and there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRate {
    shown: Rate,
    lowest: Rate,
    highest: Rate,
    /// Whether frames last differently long.
    pub variable: bool,
    /// Whether it comes from the times of some frames, written in whole milliseconds, and not from a stated rate.
    pub estimated: bool,
    /// Whether enough was read to refuse a file for it.
    pub certain: bool,
}

/// A frame that is shown this many times as long as all others in the mean is a pause, and no frame rate.
const PAUSE: u128 = 10;

impl FrameRate {
    /// `frames` in `ticks` of which `timescale` make a second; nothing if that is no rate.
    pub(crate) fn new(frames: u64, ticks: u64, timescale: u64) -> Option<Self> {
        let nanoseconds = u128::from(ticks).checked_mul(1_000_000_000)?.checked_div(u128::from(timescale))?;
        let rate = (frames > 0 && nanoseconds > 0).then_some(Rate { frames, nanoseconds })?;
        Some(Self { shown: rate, lowest: rate, highest: rate, variable: false, estimated: false, certain: true })
    }

    pub(crate) fn variable(self, variable: bool) -> Self {
        Self { variable, ..self }
    }

    pub(crate) fn estimated(self) -> Self {
        Self { estimated: true, ..self }
    }

    /// The same rate, with bounds that take in what another way of counting found.
    pub(crate) fn or_as_in(self, other: Self) -> Self {
        let lower = |one: Rate, other: Rate| if other.per_second() < one.per_second() { other } else { one };
        let higher = |one: Rate, other: Rate| if other.per_second() > one.per_second() { other } else { one };
        Self {
            lowest: lower(self.lowest, other.lowest),
            highest: higher(self.highest, other.highest),
            variable: self.variable || other.variable,
            estimated: self.estimated || other.estimated,
            ..self
        }
    }

    pub(crate) fn certain(self, certain: bool) -> Self {
        Self { certain, ..self }
    }

    /// The rate of `frames` in `ticks` without the longest one, if that is a pause; with this mean within its bounds.
    pub(crate) fn without_pause(self, frames: u64, ticks: u64, longest: u64, timescale: u64) -> Option<Self> {
        let (others, rest) = (frames.checked_sub(1)?, ticks.checked_sub(longest)?);
        let is_pause = others > 1 && u128::from(longest) * u128::from(others) > u128::from(rest) * PAUSE;
        let rate = Self::new(others, rest, timescale).filter(|_| is_pause)?;
        Some(rate.or_as_in(self).variable(true))
    }

    /// How long a frame is shown in the mean; zero for what is longer than centuries.
    pub(crate) fn frame(self) -> Duration {
        let nanoseconds = self.shown.nanoseconds.checked_div(u128::from(self.shown.frames)).unwrap_or(0);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
    }

    /// Frames a second: the mean, without a single pause that is far longer than all others.
    pub fn per_second(self) -> f64 {
        self.shown.per_second()
    }

    /// The lowest and the highest rate that any way of counting finds.
    pub fn bounds(self) -> (f64, f64) {
        (self.lowest.per_second(), self.highest.per_second())
    }
}

/// A number of frames in some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    frames: u64,
    /// Never zero.
    nanoseconds: u128,
}

impl Rate {
    #[expect(clippy::cast_precision_loss, reason = "15 digits are far more than a frame rate has")]
    fn per_second(self) -> f64 {
        self.frames as f64 * 1e9 / self.nanoseconds as f64
    }
}
