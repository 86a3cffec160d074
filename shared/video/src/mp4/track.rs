//! What is known about one track.

use std::time::Duration;

use slipway_domain::VideoCodec;

use super::boxes::Header;
use super::lengths::{Lengths, sane};
use super::times::{Times, duration};
use crate::agree::near;
use crate::{FrameRate, Picture};

/// A track.
#[derive(Debug, Default)]
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) kind: Kind,
    /// Whether it is meant to be played.
    pub(super) enabled: bool,
    /// Ticks a second.
    pub(super) timescale: u32,
    /// What is stored of it according to its media header, in ticks.
    pub(super) ticks: Option<u64>,
    pub(super) lengths: Lengths,
    pub(super) picture: Option<Picture>,
    pub(super) codec: Option<VideoCodec>,
    /// What the index says of its frames or packets; of sound only if that was at hand.
    pub(super) times: Times,
    /// The box that holds its tables (`minf`).
    pub(super) information: Option<Header>,
}

/// What a track carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Video,
    Audio,
    /// Text, chapters, metadata, time codes: nothing that a player needs for picture and sound.
    #[default]
    Other,
}

impl Track {
    /// Whether it is a still picture beside what is played, such as an album's cover; `frames` is how many it has.
    pub(super) fn is_cover(&self, frames: u64) -> bool {
        frames <= 1 && self.has_picture_codec()
    }

    /// Whether it is coded as single pictures.
    pub(super) fn has_picture_codec(&self) -> bool {
        // Motion JPEG in MP4 goes by the name of MPEG-4 video.
        let Some(VideoCodec::Other(name)) = &self.codec else { return false };
        matches!(name.as_str(), "jpeg" | "mjpa" | "mjpb" | "png" | "MPNG" | "gif" | "tiff" | "WRLE" | "mp4v")
    }

    /// How long its part in the index is.
    pub(super) fn length_in_index(&self) -> Option<Duration> {
        sane(duration(self.ticks_in_index()?, self.timescale))
    }

    /// The rate of its frames in the index; `movie` is what the movie's header says.
    pub(super) fn rate(&self, movie: Option<Duration>) -> Option<FrameRate> {
        let added_up = self.times.rate(self.timescale);
        let Some((stored, agreed)) = self.lengths.stored(movie) else { return added_up };
        match (added_up, self.lengths.samples) {
            (Some(rate), Some(samples)) if near(samples, stored) => {
                // If nobody else says so, what the media's header says may be true as well.
                let other = self.lengths.media.filter(|_| !agreed).and_then(|media| self.times.rate_in(media));
                Some(other.map_or(rate, |other| rate.or_as_in(other)))
            }
            _ => self.times.rate_in(stored),
        }
    }

    /// How long its part in the index is, in ticks: what comes in fragments comes behind it.
    pub(super) fn ticks_in_index(&self) -> Option<u64> {
        if self.times.frames > 0 { self.times.ticks() } else { self.ticks.filter(|ticks| *ticks > 0) }
    }
}
