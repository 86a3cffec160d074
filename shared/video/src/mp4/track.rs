//! What is known about one track.

use std::time::Duration;

use super::boxes::Header;
use super::times::Times;
use crate::{Picture, VideoCodec};

/// A track.
#[derive(Debug, Default)]
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) kind: Kind,
    /// Ticks a second.
    pub(super) timescale: u32,
    pub(super) duration: Option<Duration>,
    pub(super) picture: Option<Picture>,
    pub(super) codec: Option<VideoCodec>,
    pub(super) times: Times,
    /// The box that holds its tables (`minf`).
    pub(super) information: Option<Header>,
}

/// What a track carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Video,
    Audio,
    #[default]
    Other,
}
