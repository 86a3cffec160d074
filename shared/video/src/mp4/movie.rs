//! The index of a file (`moov`): its tracks, as far as the rules need them.

use std::time::Duration;

use super::boxes::{self, Header};
use super::lengths::{Edits, sane};
use super::samples;
use super::times::duration;
use super::track::{Kind, Track};
use crate::fields::Fields;
use crate::reader::{FIRST_READ, INDEX_READ, Reader};
use crate::{Picture, ProbeError, Rotation, Source};

/// The largest index that is looked into: an hour at 60 frames a second needs 6 MB.
const MAX_INDEX: u64 = 32 * 1024 * 1024;
const MAX_TRACKS: usize = 64;
/// The largest edit list that is read, in bytes: three thousand cuts.
const MAX_EDITS: u64 = 64 * 1024;

/// What an index says.
#[derive(Debug, Default)]
pub(super) struct Movie {
    pub(super) tracks: Vec<Track>,
    /// The tracks that are others' chapters, by their ids.
    chapters: Vec<u32>,
    /// Whether frames may be described in fragments, behind the index.
    pub(super) fragmented: bool,
    /// What the movie's header says about its longest track, whatever that carries.
    pub(super) stated: Option<Duration>,
    /// What the index says about all fragments together.
    pub(super) with_fragments: Option<Duration>,
    /// What of the index could not be read within the budget.
    pub(super) unread: Option<&'static str>,
    /// How long a frame of a track lasts where its fragment does not say: track and ticks.
    pub(super) usual_ticks: Vec<(u32, u32)>,
}

impl Movie {
    /// The track that is shown: the first that is most like a video. `frames` says how many a track has.
    pub(super) fn video(&self, frames: impl Fn(&Track) -> u64) -> Option<&Track> {
        let like_a_video = |track: &Track| {
            (!self.is_chapter(track), !track.has_picture_codec(), frames(track) > 1, frames(track) > 0, track.enabled)
        };
        let videos = self.tracks.iter().filter(|track| track.kind == Kind::Video && !track.is_cover(frames(track)));
        // Of equals `max_by_key` takes the last one.
        videos.rev().max_by_key(|track| like_a_video(track))
    }

    /// The tracks that picture and sound need.
    pub(super) fn needed(&self, frames: impl Fn(&Track) -> u64) -> impl Iterator<Item = &Track> {
        let has = |kind| self.tracks.iter().any(|track| track.kind == kind && track.enabled);
        let (enabled_video, enabled_audio) = (has(Kind::Video), has(Kind::Audio));
        self.tracks.iter().filter(move |track| match track.kind {
            Kind::Video => {
                (track.enabled || !enabled_video) && !self.is_chapter(track) && !track.is_cover(frames(track))
            }
            Kind::Audio => track.enabled || !enabled_audio,
            Kind::Other => false,
        })
    }

    fn is_chapter(&self, track: &Track) -> bool {
        self.chapters.contains(&track.id)
    }
}

/// Reads the index whose box lies wholly within the file.
pub(super) async fn read<S: Source>(reader: &mut Reader<'_, S>, moov: Header) -> Result<Movie, ProbeError> {
    let mut movie = Movie::default();
    if moov.end - moov.at > MAX_INDEX {
        movie.unread = Some("its index is larger than 32 MiB");
        return Ok(movie);
    }
    // The header of the data comes along, which for an index at the start tells whether the file is whole. Some writers
    // put an empty box in between.
    reader.want_to(moov.end.saturating_add(64));
    reader.read_ahead(INDEX_READ);
    let read = children(reader, moov, &mut movie).await;
    reader.read_ahead(FIRST_READ);
    match read {
        // What was read stays.
        Err(ProbeError::TooComplex(what)) => movie.unread = Some(what),
        read => read?,
    }
    Ok(movie)
}

async fn children<S: Source>(reader: &mut Reader<'_, S>, moov: Header, movie: &mut Movie) -> Result<(), ProbeError> {
    let mut header = None;
    let mut at = moov.body;
    while let Some(part) = boxes::child(reader, at, moov.end).await? {
        match &part.name {
            b"mvhd" => {
                header = media_header(&boxes::prefix(reader, part, 256).await?);
                movie.stated = header.and_then(|(timescale, ticks)| sane(duration(ticks?, timescale)));
            }
            b"trak" => {
                if movie.tracks.len() == MAX_TRACKS {
                    return Err(ProbeError::TooComplex("more than 64 tracks"));
                }
                let timescale = header.map_or(0, |(timescale, _)| timescale);
                let track = track(reader, part, timescale, movie).await?;
                movie.tracks.push(track);
            }
            b"mvex" => {
                movie.fragmented = true;
                extends(reader, part, movie, header.map_or(0, |(timescale, _)| timescale)).await?;
            }
            _ => {}
        }
        at = part.end;
    }
    Ok(())
}

/// Timescale and duration out of `mvhd` or `mdhd`, which begin alike.
fn media_header(content: &[u8]) -> Option<(u32, Option<u64>)> {
    let mut fields = Fields::new(content);
    let wide = fields.u32()? >> 24 == 1;
    fields.skip(if wide { 16 } else { 8 })?;
    let timescale = fields.u32()?;
    let ticks = fields.u32_or_u64(wide)?;
    let unknown = if wide { u64::MAX } else { u64::from(u32::MAX) };
    Some((timescale, (ticks != unknown).then_some(ticks)))
}

async fn extends<S: Source>(
    reader: &mut Reader<'_, S>,
    mvex: Header,
    movie: &mut Movie,
    timescale: u32,
) -> Result<(), ProbeError> {
    let mut at = mvex.body;
    while let Some(part) = boxes::child(reader, at, mvex.end).await? {
        match &part.name {
            b"mehd" => {
                let content = boxes::prefix(reader, part, 64).await?;
                let mut fields = Fields::new(&content);
                let wide = fields.u32().is_some_and(|flags| flags >> 24 == 1);
                movie.with_fragments = fields.u32_or_u64(wide).and_then(|ticks| sane(duration(ticks, timescale)));
            }
            b"trex" if movie.usual_ticks.len() < MAX_TRACKS => {
                let content = boxes::prefix(reader, part, 64).await?;
                let mut fields = Fields::new(&content);
                let mut entry = || {
                    fields.skip(4)?;
                    let track = fields.u32()?;
                    fields.skip(4)?;
                    Some((track, fields.u32()?))
                };
                movie.usual_ticks.extend(entry());
            }
            _ => {}
        }
        at = part.end;
    }
    Ok(())
}

async fn track<S: Source>(
    reader: &mut Reader<'_, S>,
    found: Header,
    movie_timescale: u32,
    movie: &mut Movie,
) -> Result<Track, ProbeError> {
    let mut track = Track::default();
    let mut head = TrackHeader::default();
    let mut at = found.body;
    while let Some(part) = boxes::child(reader, at, found.end).await? {
        match &part.name {
            b"tkhd" => {
                let content = boxes::prefix(reader, part, 256).await?;
                head = TrackHeader::parse(&content).ok_or(ProbeError::malformed("a track header is cut", part.at))?;
                (track.id, track.enabled) = (head.id, head.enabled);
                track.lengths.header = head.ticks.and_then(|ticks| sane(duration(ticks, movie_timescale)));
            }
            b"edts" => {
                if let Some(list) = boxes::find(reader, part, *b"elst").await? {
                    let content = boxes::prefix(reader, list, MAX_EDITS).await?;
                    track.lengths.edits = Edits::parse(&content, movie_timescale);
                }
            }
            b"tref" => {
                if let Some(list) = boxes::find(reader, part, *b"chap").await? {
                    let content = boxes::prefix(reader, list, 256).await?;
                    let mut fields = Fields::new(&content);
                    let room = MAX_TRACKS.saturating_sub(movie.chapters.len());
                    movie.chapters.extend(std::iter::from_fn(|| fields.u32()).take(room));
                }
            }
            b"mdia" => {
                media(reader, part, &mut track).await?;
                // Nothing behind it matters here.
                break;
            }
            _ => {}
        }
        at = part.end;
    }
    if track.kind == Kind::Audio && !track.lengths.are_settled(movie.stated) {
        samples::read_sound(reader, &mut track, true).await?;
    }
    if track.kind == Kind::Video {
        let shown = (head.width, head.height);
        let rotation = head.rotation;
        let stored = track.picture.filter(|picture| picture.coded_width > 0 && picture.coded_height > 0);
        let (coded_width, coded_height) = stored.map_or(shown, |picture| (picture.coded_width, picture.coded_height));
        track.picture = Some(Picture { coded_width, coded_height, rotation });
    }
    Ok(track)
}

/// What a track's header says.
#[derive(Debug, Clone, Copy, Default)]
struct TrackHeader {
    id: u32,
    enabled: bool,
    /// How long it is played, in the movie's ticks.
    ticks: Option<u64>,
    rotation: Rotation,
    /// The size it is shown at, before the turn.
    width: u32,
    height: u32,
}

impl TrackHeader {
    fn parse(content: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(content);
        let flags = fields.u32()?;
        let (wide, enabled) = (flags >> 24 == 1, flags & 1 == 1);
        fields.skip(if wide { 16 } else { 8 })?;
        let id = fields.u32()?;
        fields.skip(4)?;
        let ticks = fields.u32_or_u64(wide)?;
        let unknown = if wide { u64::MAX } else { u64::from(u32::MAX) };
        fields.skip(16)?;
        let [a, b] = [fields.i32()?, fields.i32()?];
        fields.skip(4)?;
        let [c, d] = [fields.i32()?, fields.i32()?];
        fields.skip(16)?;
        let [width, height] = [fields.u32()? >> 16, fields.u32()? >> 16];
        let ticks = (ticks != unknown).then_some(ticks);
        Some(Self { id, enabled, ticks, rotation: turn(a, b, c, d), width, height })
    }
}

/// The turn in a matrix that maps (x, y) to (a x + c y, b x + d y), where y points down.
fn turn(a: i32, b: i32, c: i32, d: i32) -> Rotation {
    if a == 0 && d == 0 {
        if b > 0 {
            Rotation::Clockwise90
        } else if c > 0 {
            Rotation::Clockwise270
        } else {
            Rotation::None
        }
    } else if a < 0 && d < 0 {
        Rotation::Half
    } else {
        Rotation::None
    }
}

async fn media<S: Source>(reader: &mut Reader<'_, S>, mdia: Header, track: &mut Track) -> Result<(), ProbeError> {
    let mut at = mdia.body;
    while let Some(part) = boxes::child(reader, at, mdia.end).await? {
        match &part.name {
            b"mdhd" => {
                let content = boxes::prefix(reader, part, 256).await?;
                let found = media_header(&content).ok_or(ProbeError::malformed("a media header is cut", part.at))?;
                (track.timescale, track.ticks) = found;
            }
            b"hdlr" => {
                let content = boxes::prefix(reader, part, 12).await?;
                track.kind = match content.get(8..12) {
                    Some(b"vide") => Kind::Video,
                    Some(b"soun") => Kind::Audio,
                    _ => Kind::Other,
                };
            }
            b"minf" => track.information = Some(part),
            _ => {}
        }
        at = part.end;
    }
    track.lengths.media = track.ticks.and_then(|ticks| sane(duration(ticks, track.timescale)));
    match track.kind {
        Kind::Video => samples::read(reader, track).await,
        // Where it is at hand.
        Kind::Audio => samples::read_sound(reader, track, false).await,
        Kind::Other => Ok(()),
    }
}

#[cfg(test)]
mod tests;
