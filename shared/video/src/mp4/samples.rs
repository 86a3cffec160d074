//! How a video track is coded and how long its frames last, out of the first of its tables.

use slipway_domain::VideoCodec;

use super::boxes::{self, Header};
use super::lengths::sane;
use super::times::{Times, duration};
use super::track::{Kind, Track};
use crate::fields::Fields;
use crate::reader::Reader;
use crate::{Picture, ProbeError, Rotation, Source};

/// The largest table of frame durations, in bytes: 131,000 entries, where ten minutes at 60 frames need 36,000.
const MAX_TABLE: u64 = 1024 * 1024;

/// Reads how a video track is coded, and how long its frames last; stops when it has both.
pub(super) async fn read<S: Source>(reader: &mut Reader<'_, S>, track: &mut Track) -> Result<(), ProbeError> {
    let Some(stbl) = tables(reader, track).await? else { return Ok(()) };
    let mut counted = false;
    let mut at = stbl.body;
    while let Some(part) = boxes::child(reader, at, stbl.end).await? {
        match &part.name {
            b"stsd" => {
                let content = boxes::prefix(reader, part, 44).await?;
                let cut = ProbeError::malformed("a sample description is cut", part.at);
                let (codec, coded_width, coded_height) = sample_entry(&content).ok_or(cut)?;
                track.codec = Some(codec);
                track.picture = Some(Picture { coded_width, coded_height, rotation: Rotation::None });
            }
            b"stts" => {
                add_durations(reader, part, track).await?;
                counted = true;
            }
            _ => {}
        }
        if counted && track.codec.is_some() {
            break;
        }
        at = part.end;
    }
    Ok(())
}

/// Reads how long a sound track's packets last: where that costs no read, or `even_if_it_costs` one.
pub(super) async fn read_sound<S: Source>(
    reader: &mut Reader<'_, S>,
    track: &mut Track,
    even_if_it_costs: bool,
) -> Result<(), ProbeError> {
    let affordable = |reader: &Reader<'_, S>, at, count| even_if_it_costs || reader.has(at, count);
    if track.times.frames > 0 || track.information.is_some_and(|minf| !affordable(reader, minf.body, 256)) {
        return Ok(());
    }
    let Some(stbl) = tables(reader, track).await? else { return Ok(()) };
    let mut at = stbl.body;
    while affordable(reader, at, 16)
        && let Some(part) = boxes::child(reader, at, stbl.end).await?
    {
        if &part.name == b"stts" {
            if affordable(reader, part.body, part.end.saturating_sub(part.body)) {
                add_durations(reader, part, track).await?;
            }
            break;
        }
        at = part.end;
    }
    Ok(())
}

async fn tables<S: Source>(reader: &mut Reader<'_, S>, track: &Track) -> Result<Option<Header>, ProbeError> {
    let Some(minf) = track.information else { return Ok(None) };
    boxes::find(reader, minf, *b"stbl").await
}

/// Adds up how long frames or packets last. A table that is too large for that tells nothing.
async fn add_durations<S: Source>(
    reader: &mut Reader<'_, S>,
    stts: Header,
    track: &mut Track,
) -> Result<(), ProbeError> {
    if stts.end.saturating_sub(stts.body) > MAX_TABLE {
        return Ok(());
    }
    let content = boxes::content(reader, stts, MAX_TABLE).await?;
    track.times = match frame_durations(&content) {
        Some(times) => times,
        // Of the sound it is only a second opinion.
        None if track.kind == Kind::Audio => return Ok(()),
        None => {
            return Err(ProbeError::malformed("a table of frame durations has fewer entries than it says", stts.at));
        }
    };
    track.lengths.samples = track.times.ticks().and_then(|ticks| sane(duration(ticks, track.timescale)));
    Ok(())
}

fn sample_entry(content: &[u8]) -> Option<(VideoCodec, u32, u32)> {
    let mut fields = Fields::new(content);
    fields.skip(4)?;
    if fields.u32()? == 0 {
        return None;
    }
    fields.skip(4)?;
    let name = fields.four()?;
    // Reserved bytes, the data reference, and three fields of the video entry that are always zero.
    fields.skip(8 + 16)?;
    let [width, height] = [fields.u16()?, fields.u16()?];
    Some((codec(name), width.into(), height.into()))
}

fn codec(name: [u8; 4]) -> VideoCodec {
    match &name {
        // The last two of each are Dolby Vision on top of the codec.
        b"avc1" | b"avc2" | b"avc3" | b"avc4" | b"dva1" | b"dvav" => VideoCodec::H264,
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => VideoCodec::H265,
        b"vp08" => VideoCodec::Vp8,
        b"vp09" => VideoCodec::Vp9,
        b"av01" => VideoCodec::Av1,
        other => VideoCodec::other(other),
    }
}

fn frame_durations(content: &[u8]) -> Option<Times> {
    let mut fields = Fields::new(content);
    fields.skip(4)?;
    let count = fields.u32()?;
    let mut times = Times::default();
    for entry in 1..=count {
        let (frames, ticks) = (fields.u32()?, fields.u32()?);
        times.add(frames.into(), ticks, entry == count);
    }
    Some(times)
}
