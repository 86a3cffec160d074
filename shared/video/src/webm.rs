//! WebM and Matroska.

mod blocks;
mod ebml;
mod end;
mod headers;
mod places;
mod rate;

use crate::reader::Reader;
use slipway_domain::FileKind;

use crate::{Probe, ProbeError, Source};
use ebml::{Elements, Header};
use headers::{Info, Tracks};
use places::Places;

const EBML: u32 = 0x1A45_DFA3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114D_9B74;
const INFO: u32 = 0x1549_A966;
const TRACKS: u32 = 0x1654_AE6B;
const CLUSTER: u32 = 0x1F43_B675;
const VOID: u32 = 0xEC;
const CRC: u32 = 0xBF;

/// The largest header element that is read, in bytes. Codecs keep some kilobytes of their own in there.
const MAX_HEADER: u64 = 1024 * 1024;

/// What the segment's headers say.
#[derive(Default)]
struct Segment {
    info: Option<Info>,
    tracks: Option<Tracks>,
    /// Where the headers are that come late, relative to the segment: id and place.
    seek: Vec<(u32, u64)>,
    /// Where the first cluster begins.
    cluster: Option<u64>,
}

pub(crate) async fn probe<S: Source>(reader: &mut Reader<'_, S>) -> Result<Probe, ProbeError> {
    let (container, at) = document(reader).await?;
    let mut found = Probe::empty(container);
    match read(reader, at, &mut found).await {
        // What was read counts.
        Err(ProbeError::TooComplex(what)) => found.unread = Some(what),
        read => read?,
    }
    Ok(found)
}

/// Fills in what the segment at `at` says.
async fn read<S: Source>(reader: &mut Reader<'_, S>, at: u64, found: &mut Probe) -> Result<(), ProbeError> {
    let (body, bounded) = segment(reader, at).await?;
    let mut segment = Segment::default();
    segment.read(reader, body).await?;
    segment.read_late(reader, body).await?;
    let Some(tracks) = segment.tracks else {
        return Err(ProbeError::malformed("there is no list of tracks", body));
    };
    let info = segment.info.unwrap_or_default();
    found.has_audio = tracks.has_audio;
    (found.duration, found.frame_rate) = (info.duration, tracks.stated_rate());
    let needed = tracks.needed();
    if let Some(video) = tracks.video {
        (found.picture, found.video_codec) = (Some(video.picture), Some(video.codec));
    }
    let Some(cluster) = segment.cluster else {
        let what = "its picture and sound data is missing";
        return Err(ProbeError::Truncated { what, expected: None, actual: reader.len() });
    };
    let places = Places { cluster, bounded, needed, tick_nanoseconds: info.tick_nanoseconds };
    places.check(reader, found).await
}

/// The kind of document, and where what follows its header begins.
async fn document<S: Source>(reader: &mut Reader<'_, S>) -> Result<(FileKind, u64), ProbeError> {
    let damaged = ProbeError::malformed("the EBML header is damaged", 0);
    let Some(Header { id: EBML, body, end: Some(end) }) = ebml::header(reader, 0).await? else { return Err(damaged) };
    let content = content(reader, body, end).await?;
    let name = Elements::find(&content, DOC_TYPE).ok_or(damaged)?;
    match name.trim_ascii_end().strip_suffix(b"\0").unwrap_or(name) {
        b"webm" => Ok((FileKind::WebM, end)),
        b"matroska" => Ok((FileKind::Matroska, end)),
        _ => Err(ProbeError::UnsupportedContainer("EBML")),
    }
}

/// Where the segment's content begins, and whether its size is stated, which then agrees with the file's.
async fn segment<S: Source>(reader: &mut Reader<'_, S>, mut at: u64) -> Result<(u64, bool), ProbeError> {
    loop {
        let len = reader.len();
        let cut = |expected| ProbeError::Truncated { what: "its segment is not whole", expected, actual: len };
        match ebml::header(reader, at).await? {
            Some(Header { id: SEGMENT, body, end }) => {
                return match end {
                    Some(end) if end > len => Err(cut(Some(end))),
                    _ => Ok((body, end.is_some())),
                };
            }
            Some(Header { id: VOID | CRC, end: Some(end), .. }) => at = end,
            Some(_) => return Err(ProbeError::malformed("the header is followed by no segment", at)),
            None => return Err(cut(None)),
        }
    }
}

async fn content<S: Source>(reader: &mut Reader<'_, S>, body: u64, end: u64) -> Result<bytes::Bytes, ProbeError> {
    let size = end.saturating_sub(body);
    if size > MAX_HEADER {
        return Err(ProbeError::TooComplex("one of its headers is larger than 1 MiB"));
    }
    let actual = reader.len();
    let cut = ProbeError::Truncated { what: "it ends within its headers", expected: Some(end), actual };
    reader.read(body, size).await?.ok_or(cut)
}

impl Segment {
    /// Goes from element to element up to the first cluster.
    async fn read<S: Source>(&mut self, reader: &mut Reader<'_, S>, mut at: u64) -> Result<(), ProbeError> {
        while let Some(part) = ebml::header(reader, at).await? {
            if part.id == CLUSTER {
                self.cluster = Some(at);
                break;
            }
            let Some(end) = part.end else {
                return Err(ProbeError::malformed("a header element does not say where it ends", at));
            };
            self.take_in(reader, part, end).await?;
            at = end;
        }
        Ok(())
    }

    async fn take_in<S: Source>(
        &mut self,
        reader: &mut Reader<'_, S>,
        part: Header,
        end: u64,
    ) -> Result<(), ProbeError> {
        match part.id {
            // One may point to another, but more than two make no sense.
            SEEK_HEAD if self.seek.len() < headers::MAX_SEEK => {
                self.seek.extend(headers::seek(&content(reader, part.body, end).await?));
            }
            INFO if self.info.is_none() => self.info = Some(Info::parse(&content(reader, part.body, end).await?)),
            TRACKS if self.tracks.is_none() => {
                self.tracks = Some(Tracks::parse(&content(reader, part.body, end).await?));
            }
            _ if end > reader.len() => {
                let what = "it ends within its headers";
                return Err(ProbeError::Truncated { what, expected: Some(end), actual: reader.len() });
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads the headers that stand behind the first cluster, where the seek head knows of them.
    async fn read_late<S: Source>(&mut self, reader: &mut Reader<'_, S>, body: u64) -> Result<(), ProbeError> {
        for (id, missing) in [(INFO, self.info.is_none()), (TRACKS, self.tracks.is_none())] {
            let known = self.seek.iter().find(|(found, _)| *found == id);
            let Some(at) = known.filter(|_| missing).and_then(|(_, place)| body.checked_add(*place)) else { continue };
            if let Some(part) = ebml::header(reader, at).await?
                && let (true, Some(end)) = (part.id == id, part.end)
            {
                self.take_in(reader, part, end).await?;
            }
        }
        Ok(())
    }
}
