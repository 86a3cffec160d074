//! The header elements that the rules need.

use std::time::Duration;

use slipway_domain::VideoCodec;

use super::blocks::Needed;
use super::ebml::{Elements, float};
use crate::fields::Fields;
use crate::{FrameRate, Picture, Rotation};

const SEEK: u32 = 0x4DBB;
const SEEK_ID: u32 = 0x53AB;
const SEEK_POSITION: u32 = 0x53AC;
const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
const DURATION: u32 = 0x4489;
const TRACK_ENTRY: u32 = 0xAE;
const TRACK_NUMBER: u32 = 0xD7;
const TRACK_TYPE: u32 = 0x83;
const CODEC_ID: u32 = 0x86;
const DEFAULT_DURATION: u32 = 0x23_E383;
const VIDEO: u32 = 0xE0;
const PIXEL_WIDTH: u32 = 0xB0;
const PIXEL_HEIGHT: u32 = 0xBA;
const PROJECTION: u32 = 0x7670;
const PROJECTION_ROLL: u32 = 0x7675;

const IS_VIDEO: u64 = 1;
const IS_AUDIO: u64 = 2;

/// More entries than any writer makes.
pub(super) const MAX_SEEK: usize = 64;
/// More languages than any video has.
const MAX_SOUND: usize = 64;

/// Where other headers are, relative to the segment: id and place.
pub(super) fn seek(content: &[u8]) -> Vec<(u32, u64)> {
    let entry = |(id, entry)| {
        let id = (id == SEEK).then(|| uint(entry, SEEK_ID)).flatten()?;
        Some((u32::try_from(id).ok()?, uint(entry, SEEK_POSITION)?))
    };
    Elements::of(content).filter_map(entry).take(MAX_SEEK).collect()
}

/// How time is counted, and how long the file says it is.
#[derive(Debug)]
pub(super) struct Info {
    /// Never zero.
    pub(super) tick_nanoseconds: u64,
    pub(super) duration: Option<Duration>,
}

impl Default for Info {
    fn default() -> Self {
        Self { tick_nanoseconds: 1_000_000, duration: None }
    }
}

impl Info {
    pub(super) fn parse(content: &[u8]) -> Self {
        let tick_nanoseconds = uint(content, TIMESTAMP_SCALE).filter(|ticks| *ticks > 0).unwrap_or(1_000_000);
        #[expect(clippy::cast_precision_loss, reason = "a tick has nanoseconds to seconds, not days")]
        let seconds =
            Elements::find(content, DURATION).and_then(float).map(|ticks| ticks * tick_nanoseconds as f64 / 1e9);
        // Refuses what is negative, not a number or beyond all bounds.
        let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self { tick_nanoseconds, duration: duration.filter(|duration| !duration.is_zero()) }
    }
}

/// The tracks.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    /// The first with a picture that is more than a cover.
    pub(super) video: Option<Video>,
    /// The numbers of those with sound.
    pub(super) sound: Vec<u64>,
    pub(super) has_audio: bool,
}

/// A track with a picture.
#[derive(Debug)]
pub(super) struct Video {
    pub(super) number: u64,
    pub(super) codec: VideoCodec,
    pub(super) picture: Picture,
    /// How long a frame lasts, in nanoseconds, where the file says.
    frame_nanoseconds: Option<u64>,
}

impl Tracks {
    pub(super) fn parse(content: &[u8]) -> Self {
        let mut tracks = Self::default();
        for (_, entry) in Elements::of(content).filter(|(id, _)| *id == TRACK_ENTRY) {
            match uint(entry, TRACK_TYPE) {
                Some(IS_VIDEO) => {
                    let video = Video::parse(entry);
                    if tracks.video.as_ref().is_none_or(|found| found.is_cover() && !video.is_cover()) {
                        tracks.video = Some(video);
                    }
                }
                Some(IS_AUDIO) => {
                    tracks.has_audio = true;
                    // Each block is looked up among them.
                    if tracks.sound.len() < MAX_SOUND {
                        tracks.sound.extend(uint(entry, TRACK_NUMBER));
                    }
                }
                _ => {}
            }
        }
        tracks
    }

    /// What picture and sound need.
    pub(super) fn needed(&self) -> Needed {
        Needed { video: self.video.as_ref().map(|video| video.number), sound: self.sound.clone() }
    }

    /// The frame rate that follows from how long the file says that a frame lasts.
    pub(super) fn stated_rate(&self) -> Option<FrameRate> {
        FrameRate::new(1, self.video.as_ref()?.frame_nanoseconds?, 1_000_000_000)
    }
}

impl Video {
    /// Whether it is coded as single pictures: a cover, if there is another video beside it.
    fn is_cover(&self) -> bool {
        matches!(&self.codec, VideoCodec::Other(name) if matches!(name.as_str(), "V_MJPEG" | "V_PNG"))
    }

    fn parse(entry: &[u8]) -> Self {
        let video = Elements::find(entry, VIDEO).unwrap_or_default();
        let side = |id| uint(video, id).map_or(0, |pixels| u32::try_from(pixels).unwrap_or(u32::MAX));
        let roll = Elements::find(video, PROJECTION).and_then(|projection| Elements::find(projection, PROJECTION_ROLL));
        let picture = Picture {
            coded_width: side(PIXEL_WIDTH),
            coded_height: side(PIXEL_HEIGHT),
            rotation: roll.and_then(float).map_or(Rotation::None, turn),
        };
        Self {
            number: uint(entry, TRACK_NUMBER).unwrap_or(0),
            codec: codec(Elements::find(entry, CODEC_ID).unwrap_or_default()),
            picture,
            frame_nanoseconds: uint(entry, DEFAULT_DURATION),
        }
    }
}

/// The turn that a player applies for a projection rolled by so many degrees, which count counter-clockwise.
fn turn(degrees: f64) -> Rotation {
    match degrees.rem_euclid(360.0) {
        45.0..135.0 => Rotation::Clockwise270,
        135.0..225.0 => Rotation::Half,
        225.0..315.0 => Rotation::Clockwise90,
        _ => Rotation::None,
    }
}

fn codec(id: &[u8]) -> VideoCodec {
    match id.strip_suffix(b"\0").unwrap_or(id) {
        b"V_MPEG4/ISO/AVC" => VideoCodec::H264,
        b"V_MPEGH/ISO/HEVC" => VideoCodec::H265,
        b"V_VP8" => VideoCodec::Vp8,
        b"V_VP9" => VideoCodec::Vp9,
        b"V_AV1" => VideoCodec::Av1,
        other => VideoCodec::other(other),
    }
}

fn uint(content: &[u8], id: u32) -> Option<u64> {
    Elements::find(content, id).and_then(Fields::uint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_sound_tracks_without_number_a_few_are_kept() {
        // An entry, its number and its type.
        let sound = [0xAE, 0x86, 0xD7, 0x81, 2, 0x83, 0x81, 2];
        let tracks = Tracks::parse(&sound.repeat(1000));
        assert_eq!((tracks.sound.len(), tracks.has_audio), (MAX_SOUND, true));
    }
}
