//! MP4 and `QuickTime`: the boxes at the file's top level, one after the other.

mod boxes;
mod chunks;
mod fragments;
mod lengths;
mod movie;
mod samples;
mod tail;
mod times;
mod track;

use std::time::Duration;

use crate::agree::near;
use crate::fields::Fields;
use crate::reader::{FIRST_READ, INDEX_READ, Reader};
use slipway_domain::{FileKind, VideoCodec};

use crate::{Probe, ProbeError, Source};
use boxes::Header;
use fragments::Fragments;
use lengths::{most_supported, support};
use movie::Movie;
use track::{Kind, Track};

/// How many reads a walk from fragment to fragment may have cost before the end is read directly.
const WALK_REQUESTS: u32 = 3;
/// The largest table of segments that is read, in bytes.
const MAX_SEGMENT_INDEX: u64 = 1024 * 1024;

/// What a walk over the top level has found.
#[derive(Default)]
struct Walk {
    brand: Option<[u8; 4]>,
    movie: Option<Movie>,
    fragments: Fragments,
    data: Data,
    /// A fragment whose data has not come yet.
    awaiting_data: bool,
    /// What the table of segments at the start says about the duration of all fragments.
    segments: Option<Duration>,
    /// Whether the last fragment was read, so that the duration is known from it.
    reached_end: bool,
}

/// The picture and sound data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Data {
    #[default]
    Missing,
    /// It says where it ends, and so was found to be whole.
    Bounded,
    /// It does not say where it ends, and so goes on to the file's end.
    Open,
}

pub(crate) async fn probe<S: Source>(reader: &mut Reader<'_, S>) -> Result<Probe, ProbeError> {
    let mut walk = Walk::default();
    let unread = match walk.run(reader).await {
        // What was read counts.
        Err(ProbeError::TooComplex(what)) => Some(what),
        read => read.map(|()| None)?,
    };
    let len = reader.len();
    let movie = match (walk.movie.take(), unread) {
        (Some(movie), _) => movie,
        (None, Some(_)) => Movie::default(),
        (None, None) => return Err(cut("its index (moov) is missing", None, len)),
    };
    if unread.is_none() {
        walk.check_whole(reader, &movie).await?;
    }
    Ok(Probe { unread: movie.unread.or(unread), ..walk.findings(&movie) })
}

fn cut(what: &'static str, expected: Option<u64>, actual: u64) -> ProbeError {
    ProbeError::Truncated { what, expected, actual }
}

impl Walk {
    /// Whether all is there that the index speaks of.
    async fn check_whole<S: Source>(&self, reader: &mut Reader<'_, S>, movie: &Movie) -> Result<(), ProbeError> {
        let len = reader.len();
        // Some writers announce fragments and then describe all frames in the index.
        let indexed = movie.tracks.iter().filter_map(Track::length_in_index).max();
        let announced = movie.with_fragments.or(movie.stated);
        let has_all =
            indexed.is_some_and(|all| announced.is_none_or(|announced| announced <= all || near(all, announced)));
        if movie.fragmented && !self.fragments.seen && !has_all && movie.unread.is_none() {
            return Err(cut("its fragments are missing", None, len));
        }
        let has_frames = movie.tracks.iter().any(|track| track.lengths.agreed(None).is_some());
        if self.awaiting_data || self.data == Data::Missing && has_frames {
            return Err(cut("its picture and sound data (mdat) is missing", None, len));
        }
        if self.data == Data::Open && !self.fragments.seen {
            let mut end = 0;
            for track in &movie.tracks {
                end = end.max(chunks::data_end(reader, track).await?.unwrap_or(0));
            }
            if end > len {
                return Err(cut("its index speaks of more data", Some(end), len));
            }
        }
        Ok(())
    }

    /// Goes from box to box up to the file's end, or until a long fragmented file's end was read.
    async fn run<S: Source>(&mut self, reader: &mut Reader<'_, S>) -> Result<(), ProbeError> {
        let (len, mut at, mut has_read_end) = (reader.len(), 0, false);
        loop {
            let whole = self.movie.is_some() && self.data != Data::Missing;
            // What comes behind the data of a file without an index so far is most likely the index.
            let index_is_near = self.data != Data::Missing && self.movie.is_none();
            reader.read_ahead(if index_is_near { INDEX_READ } else { FIRST_READ });
            let part = match boxes::top(reader, at).await {
                Ok(Some(part)) => part,
                // Fewer than eight bytes, or bytes that are no box: behind a whole file it is nothing to worry about.
                Ok(None) if self.fragments.seen && at != len => {
                    return Err(cut("a part of its last fragment is missing", None, len));
                }
                Ok(None) => break,
                Err(ProbeError::Malformed { .. }) if whole && !self.fragments.seen => break,
                Err(error) => return Err(error),
            };
            if part.end > len {
                if whole && !is_known(part.name) {
                    break;
                }
                return Err(cut("a part ends behind the file's end", Some(part.end), len));
            }
            if !part.name.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | 0xA9)) {
                if whole {
                    break;
                }
                return Err(ProbeError::malformed("a box has no proper name", part.at));
            }
            self.take_in(reader, part).await?;
            at = part.end;
            let far = !reader.has(at, 16) && (reader.requests() >= WALK_REQUESTS || self.duration_is_stated())
                || reader.is_tired();
            if self.fragments.seen && far && !has_read_end {
                has_read_end = true;
                if self.look_at_end(reader, at).await? {
                    return Ok(());
                }
            }
            if has_read_end && !reader.can_afford(FIRST_READ) {
                // The table of segments was found to agree with the file's size; nothing else tells of the end.
                let lost = ProbeError::TooComplex("its last fragment can't be found");
                return self.segments.map(|_| ()).ok_or(lost);
            }
        }
        self.reached_end = true;
        Ok(())
    }

    async fn take_in<S: Source>(&mut self, reader: &mut Reader<'_, S>, part: Header) -> Result<(), ProbeError> {
        match &part.name {
            b"ftyp" if self.brand.is_none() => {
                self.brand = boxes::prefix(reader, part, 4).await?.get(..4).and_then(|brand| brand.try_into().ok());
            }
            b"moov" if self.movie.is_none() => self.movie = Some(movie::read(reader, part).await?),
            b"moof" => {
                self.fragments.read(reader, part, self.movie.as_ref()).await?;
                self.awaiting_data = true;
            }
            b"mdat" => {
                self.data = if part.open { Data::Open } else { Data::Bounded };
                self.awaiting_data = false;
            }
            b"sidx" if !self.fragments.seen => {
                let content = boxes::content(reader, part, MAX_SEGMENT_INDEX).await?;
                let lie = ProbeError::malformed("a table of segments has fewer entries than it says", part.at);
                let (duration, size) = segments(&content).ok_or(lie)?;
                let end = part.end.saturating_add(size);
                if end > reader.len() {
                    return Err(cut("its table of segments (sidx) speaks of more", Some(end), reader.len()));
                }
                // One that does not reach to the end describes a single segment.
                if end == reader.len() || is_index_of_fragments(reader, end).await? {
                    self.segments = self.segments.max(duration);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn duration_is_stated(&self) -> bool {
        let stated = |movie: &Movie| movie.with_fragments.or(movie.stated).is_some();
        self.segments.is_some() || self.movie.as_ref().is_some_and(stated)
    }

    /// Reads the last fragments; false if they were not found.
    async fn look_at_end<S: Source>(&mut self, reader: &mut Reader<'_, S>, from: u64) -> Result<bool, ProbeError> {
        let last = tail::last_fragments(reader, from).await?;
        self.fragments.skipped = true;
        for fragment in &last {
            self.fragments.read(reader, *fragment, self.movie.as_ref()).await?;
        }
        let found = !last.is_empty();
        if found {
            (self.reached_end, self.data, self.awaiting_data) = (true, Data::Bounded, false);
        }
        Ok(found)
    }

    fn findings(&self, movie: &Movie) -> Probe {
        let times = |track: &Track| self.fragments.times(track).unwrap_or(track.times);
        let video = movie.video(|track| times(track).frames);
        let container = match self.brand {
            Some(brand) if &brand != b"qt  " => FileKind::Mp4,
            _ => FileKind::QuickTime,
        };
        Probe {
            container,
            duration: self.duration(movie),
            picture: video.and_then(|track| track.picture),
            // A track that does not say how it is coded can't be played.
            video_codec: video.map(|track| track.codec.clone().unwrap_or_else(|| VideoCodec::other(b""))),
            frame_rate: video.and_then(|track| match self.fragments.times(track) {
                Some(times) => times.rate(track.timescale),
                None => track.rate(movie.stated),
            }),
            has_audio: movie.tracks.iter().any(|track| track.kind == Kind::Audio),
            unusual: None,
            unread: None,
        }
    }

    /// How long picture and sound play.
    fn duration(&self, movie: &Movie) -> Option<Duration> {
        let frames = |track: &Track| self.fragments.times(track).unwrap_or(track.times).frames;
        let needed = || movie.needed(frames);
        if !self.fragments.seen {
            return needed().filter_map(|track| track.lengths.agreed(movie.stated)).max().or(movie.stated);
        }
        // Frames may be described in the index and in fragments.
        let indexed = needed().filter_map(Track::length_in_index).max();
        let counted =
            self.fragments.duration(needed()).filter(|_| self.reached_end).max(indexed.filter(|_| self.reached_end));
        // What speaks of the part in the index alone says nothing about the whole.
        let of_all =
            |length: Option<Duration>| length.filter(|length| !indexed.is_some_and(|part| near(part, *length)));
        let stated = [
            movie.with_fragments,
            self.segments,
            of_all(movie.stated),
            of_all(needed().filter_map(|track| track.lengths.header).max()),
            of_all(needed().filter_map(|track| track.lengths.media).max()),
        ];
        let best = most_supported(&stated);
        match (counted, best) {
            // Headers that agree outvote a count that nobody agrees with.
            (Some(counted), Some(best)) if support(counted, &stated) == 0 && support(best, &stated) > 1 => Some(best),
            (counted, best) => counted.or(best),
        }
    }
}

/// The boxes that stand at the top level.
fn is_known(name: [u8; 4]) -> bool {
    matches!(
        &name,
        b"ftyp"
            | b"styp"
            | b"moov"
            | b"mdat"
            | b"moof"
            | b"mfra"
            | b"sidx"
            | b"free"
            | b"skip"
            | b"wide"
            | b"uuid"
            | b"meta"
            | b"udta"
    )
}

async fn is_index_of_fragments<S: Source>(reader: &mut Reader<'_, S>, at: u64) -> Result<bool, ProbeError> {
    Ok(reader.up_to(at, 8).await?.get(4..8) == Some(b"mfra"))
}

/// How long all segments of a table last together, and how many bytes behind the table they reach.
fn segments(content: &[u8]) -> Option<(Option<Duration>, u64)> {
    let mut fields = Fields::new(content);
    let wide = fields.u32()? >> 24 == 1;
    fields.skip(4)?;
    let timescale = fields.u32()?;
    fields.u32_or_u64(wide)?;
    let mut size = fields.u32_or_u64(wide)?;
    fields.skip(2)?;
    let count = fields.u16()?;
    let mut ticks = 0_u64;
    for _ in 0..count {
        size = size.saturating_add(u64::from(fields.u32()? & 0x7FFF_FFFF));
        ticks = ticks.saturating_add(fields.u32()?.into());
        fields.skip(4)?;
    }
    Some((times::duration(ticks, timescale), size))
}
