//! The index of a file (`moov`): its tracks, as far as the rules need them.

use std::time::Duration;

use super::boxes::{self, Header};
use super::samples;
use super::times::duration;
use super::track::{Kind, Track};
use crate::fields::Fields;
use crate::reader::{FIRST_READ, INDEX_READ, Reader};
use crate::{Picture, ProbeError, Rotation, Source};

/// The largest index that is looked into: an hour at 60 frames a second needs 6 MB.
const MAX_INDEX: u64 = 32 * 1024 * 1024;
const MAX_TRACKS: usize = 64;

/// What an index says.
#[derive(Debug, Default)]
pub(super) struct Movie {
    pub(super) tracks: Vec<Track>,
    /// Whether the frames are described in fragments, behind the index.
    pub(super) fragmented: bool,
    /// What the index says about the duration as a whole.
    pub(super) stated: Option<Duration>,
    /// How long a frame of a track lasts where its fragment does not say: track and ticks.
    pub(super) usual_ticks: Vec<(u32, u32)>,
}

impl Movie {
    /// The track that is shown: the first with frames, or else the first with a picture.
    pub(super) fn video(&self) -> Option<&Track> {
        let mut videos = self.tracks.iter().filter(|track| track.kind == Kind::Video);
        let first = videos.clone().next();
        videos.find(|track| track.times.frames > 0).or(first)
    }
}

/// Reads the index whose box lies wholly within the file.
pub(super) async fn read<S: Source>(reader: &mut Reader<'_, S>, moov: Header) -> Result<Movie, ProbeError> {
    if moov.end - moov.at > MAX_INDEX {
        return Err(ProbeError::TooComplex("its index is larger than 32 MiB"));
    }
    // The header of the data comes along, which for an index at the start tells whether the file is whole. Some writers
    // put an empty box in between.
    reader.want_to(moov.end.saturating_add(64));
    reader.read_ahead(INDEX_READ);
    let movie = children(reader, moov).await;
    reader.read_ahead(FIRST_READ);
    movie
}

async fn children<S: Source>(reader: &mut Reader<'_, S>, moov: Header) -> Result<Movie, ProbeError> {
    let mut movie = Movie::default();
    let mut header = None;
    let mut at = moov.body;
    while let Some(part) = boxes::child(reader, at, moov.end).await? {
        match &part.name {
            b"mvhd" => header = media_header(&boxes::prefix(reader, part, 256).await?),
            b"trak" => {
                if movie.tracks.len() == MAX_TRACKS {
                    return Err(ProbeError::TooComplex("more than 64 tracks"));
                }
                let timescale = header.map_or(0, |(timescale, _)| timescale);
                movie.tracks.push(track(reader, part, timescale).await?);
            }
            b"mvex" => {
                movie.fragmented = true;
                extends(reader, part, &mut movie, header.map_or(0, |(timescale, _)| timescale)).await?;
            }
            _ => {}
        }
        at = part.end;
    }
    if movie.stated.is_none() {
        movie.stated = header.and_then(|(timescale, ticks)| duration(ticks?, timescale));
    }
    Ok(movie)
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
                movie.stated = fields.u32_or_u64(wide).and_then(|ticks| duration(ticks, timescale));
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
) -> Result<Track, ProbeError> {
    let mut track = Track::default();
    let mut head = TrackHeader::default();
    let mut at = found.body;
    while let Some(part) = boxes::child(reader, at, found.end).await? {
        match &part.name {
            b"tkhd" => {
                let content = boxes::prefix(reader, part, 256).await?;
                head = TrackHeader::parse(&content).ok_or(ProbeError::malformed("a track header is cut", part.at))?;
                track.id = head.id;
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
    // What is played of a track may be less than what is stored, and only that counts.
    let played = head.ticks.and_then(|ticks| duration(ticks, movie_timescale));
    track.duration = played.or(track.duration);
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
        let wide = fields.u32()? >> 24 == 1;
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
        Some(Self { id, ticks, rotation: turn(a, b, c, d), width, height })
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
    let (mut ticks, mut information) = (None, None);
    let mut at = mdia.body;
    while let Some(part) = boxes::child(reader, at, mdia.end).await? {
        match &part.name {
            b"mdhd" => {
                let content = boxes::prefix(reader, part, 256).await?;
                let found = media_header(&content).ok_or(ProbeError::malformed("a media header is cut", part.at))?;
                (track.timescale, ticks) = found;
            }
            b"hdlr" => {
                let content = boxes::prefix(reader, part, 12).await?;
                track.kind = match content.get(8..12) {
                    Some(b"vide") => Kind::Video,
                    Some(b"soun") => Kind::Audio,
                    _ => Kind::Other,
                };
            }
            b"minf" => information = Some(part),
            _ => {}
        }
        at = part.end;
    }
    track.information = information;
    if let (Some(minf), Kind::Video) = (information, track.kind)
        && let Some(stbl) = boxes::find(reader, minf, *b"stbl").await?
    {
        samples::read(reader, stbl, track).await?;
    }
    let ticks = ticks.filter(|ticks| *ticks > 0).unwrap_or(track.times.ticks);
    track.duration = duration(ticks, track.timescale);
    Ok(())
}
