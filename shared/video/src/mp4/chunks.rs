//! Where a track's data ends, by its tables of chunks: for files whose data does not say it itself.

use super::boxes::{self, Header};
use super::track::Track;
use crate::fields::Fields;
use crate::reader::Reader;
use crate::{ProbeError, Source};

/// The most frames of a last chunk that are counted, four bytes each; a chunk has a second's worth.
const MAX_FRAMES: u32 = 16_384;

/// The end of a track's last chunk, in bytes from the start of the file; nothing if its tables do not tell.
pub(super) async fn data_end<S: Source>(reader: &mut Reader<'_, S>, track: &Track) -> Result<Option<u64>, ProbeError> {
    let Some(minf) = track.information else { return Ok(None) };
    let Some(stbl) = boxes::find(reader, minf, *b"stbl").await? else { return Ok(None) };
    let Some(start) = last_offset(reader, stbl).await? else { return Ok(None) };
    let frames = frames_of_last_chunk(reader, stbl).await?.unwrap_or(1);
    let size = size_of_last(reader, stbl, frames.min(MAX_FRAMES)).await?.unwrap_or(0);
    Ok(Some(start.saturating_add(size)))
}

/// Where the last chunk begins.
async fn last_offset<S: Source>(reader: &mut Reader<'_, S>, stbl: Header) -> Result<Option<u64>, ProbeError> {
    let (table, wide) = match boxes::find(reader, stbl, *b"stco").await? {
        Some(table) => (table, false),
        None => match boxes::find(reader, stbl, *b"co64").await? {
            Some(table) => (table, true),
            None => return Ok(None),
        },
    };
    let entry = last_entries(reader, table, 4, if wide { 8 } else { 4 }, 1).await?;
    Ok(entry.and_then(|bytes| Fields::new(&bytes).u32_or_u64(wide)))
}

/// How many frames the last chunk has.
async fn frames_of_last_chunk<S: Source>(reader: &mut Reader<'_, S>, stbl: Header) -> Result<Option<u32>, ProbeError> {
    let Some(table) = boxes::find(reader, stbl, *b"stsc").await? else { return Ok(None) };
    let entry = last_entries(reader, table, 4, 12, 1).await?;
    Ok(entry.and_then(|bytes| {
        let mut fields = Fields::new(&bytes);
        fields.skip(4)?;
        fields.u32()
    }))
}

/// The bytes of the last `frames` frames together.
async fn size_of_last<S: Source>(
    reader: &mut Reader<'_, S>,
    stbl: Header,
    frames: u32,
) -> Result<Option<u64>, ProbeError> {
    let Some(table) = boxes::find(reader, stbl, *b"stsz").await? else { return Ok(None) };
    let head = boxes::prefix(reader, table, 8).await?;
    let mut fields = Fields::new(&head);
    let Some(same) = fields.skip(4).and_then(|()| fields.u32()) else { return Ok(None) };
    if same > 0 {
        return Ok(Some(u64::from(same) * u64::from(frames)));
    }
    let entries = last_entries(reader, table, 8, 4, frames).await?;
    Ok(entries.map(|bytes| {
        let mut fields = Fields::new(&bytes);
        std::iter::from_fn(|| fields.u32()).fold(0, |sum, size| sum + u64::from(size))
    }))
}

/// The last `count` entries of a table of `entry` bytes each, whose number stands `count_at` bytes into it.
async fn last_entries<S: Source>(
    reader: &mut Reader<'_, S>,
    table: Header,
    count_at: u64,
    entry: u64,
    count: u32,
) -> Result<Option<bytes::Bytes>, ProbeError> {
    let head = boxes::prefix(reader, table, count_at + 4).await?;
    let all = usize::try_from(count_at).ok().and_then(|at| Fields::new(head.get(at..)?).u32()).unwrap_or(0);
    let taken = u64::from(count.min(all));
    let end = u64::from(all) * entry + table.body + count_at + 4;
    if taken == 0 || end > table.end {
        return Ok(None);
    }
    reader.read(end - taken * entry, taken * entry).await
}
