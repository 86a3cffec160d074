//! How a video track is coded and how long its frames last, out of the first of its tables.

use super::boxes::{self, Header};
use super::times::Times;
use super::track::Track;
use crate::fields::Fields;
use crate::reader::Reader;
use crate::{Picture, ProbeError, Rotation, Source, VideoCodec};

/// The largest table of frame durations, in bytes: 131,000 entries, where ten minutes at 60 frames need 36,000.
const MAX_TABLE: u64 = 1024 * 1024;

/// Reads how a video track is coded, and how long its frames last; stops when it has both.
pub(super) async fn read<S: Source>(
    reader: &mut Reader<'_, S>,
    stbl: Header,
    track: &mut Track,
) -> Result<(), ProbeError> {
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
                let content = boxes::content(reader, part, MAX_TABLE).await?;
                let lie = ProbeError::malformed("a table of frame durations has fewer entries than it says", part.at);
                track.times = frame_durations(&content).ok_or(lie)?;
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
