//! Where the last fragment of a long file is found without walking through all of them.

use super::boxes::{self, Header};
use crate::fields::Fields;
use crate::reader::{Reader, places_near_end};
use crate::{ProbeError, Source};

/// The last fragments of a file, in their order; empty if they were not found. `from` is where the walk had come.
///
/// Tried are the index of fragments that may stand at the file's end (`mfra`), then the name `moof` near the end. A
/// find counts if boxes follow on each other from there exactly to the file's end.
pub(super) async fn last_fragments<S: Source>(
    reader: &mut Reader<'_, S>,
    from: u64,
) -> Result<Vec<Header>, ProbeError> {
    if let Some(place) = last_in_index(reader).await?.filter(|place| *place >= from)
        && let Some(fragments) = fragments_from(reader, place).await?
    {
        return Ok(fragments);
    }
    for place in places_near_end(reader, b"moof", from.saturating_add(4)).await? {
        if let Some(fragments) = fragments_from(reader, place.saturating_sub(4)).await? {
            return Ok(fragments);
        }
    }
    Ok(Vec::new())
}

/// The fragments from `at` on, if that is where one begins.
async fn fragments_from<S: Source>(reader: &mut Reader<'_, S>, at: u64) -> Result<Option<Vec<Header>>, ProbeError> {
    if !is_fragment(reader, at).await? {
        return Ok(None);
    }
    match chain(reader, at).await {
        Ok(fragments) => Ok(Some(fragments)),
        Err(error @ (ProbeError::Truncated { .. } | ProbeError::Source(_))) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Whether the bytes at `at` are the start of a fragment, and not of a frame that happens to contain its name.
async fn is_fragment<S: Source>(reader: &mut Reader<'_, S>, at: u64) -> Result<bool, ProbeError> {
    let bytes = reader.up_to(at, 16).await?;
    Ok(bytes.get(4..8) == Some(b"moof") && bytes.get(12..16) == Some(b"mfhd"))
}

/// The fragments from `at` to the file's end.
async fn chain<S: Source>(reader: &mut Reader<'_, S>, mut at: u64) -> Result<Vec<Header>, ProbeError> {
    let (mut fragments, mut awaiting_data) = (Vec::new(), false);
    while let Some(part) = boxes::top(reader, at).await? {
        if part.end > reader.len() {
            return Err(super::cut("its last fragment is not whole", Some(part.end), reader.len()));
        }
        match &part.name {
            b"moof" => {
                fragments.push(part);
                awaiting_data = true;
            }
            b"mdat" => awaiting_data = false,
            _ => {}
        }
        at = part.end;
    }
    if awaiting_data || at != reader.len() {
        return Err(super::cut("its last fragment is not whole", None, reader.len()));
    }
    Ok(fragments)
}

/// The last fragment that the index at the file's end knows of.
async fn last_in_index<S: Source>(reader: &mut Reader<'_, S>) -> Result<Option<u64>, ProbeError> {
    let len = reader.len();
    let end = reader.up_to(len.saturating_sub(16), 16).await?;
    let mut fields = Fields::new(&end);
    let size = |fields: &mut Fields<'_>| {
        fields.skip(4)?;
        (fields.four()? == *b"mfro").then_some(())?;
        fields.skip(4)?;
        fields.u32()
    };
    let Some(start) = size(&mut fields).and_then(|size| len.checked_sub(size.into())) else { return Ok(None) };
    let mfra = match boxes::top(reader, start).await {
        Ok(Some(mfra)) => mfra,
        Err(error @ ProbeError::Source(_)) => return Err(error),
        Ok(None) | Err(_) => return Ok(None),
    };
    if &mfra.name != b"mfra" || mfra.end != len {
        return Ok(None);
    }
    let (mut last, mut at) = (None, mfra.body);
    while let Some(part) = boxes::child(reader, at, mfra.end).await? {
        if &part.name == b"tfra" {
            let head = boxes::prefix(reader, part, 16).await?;
            if let Some((entry_at, wide)) = last_entry(&head, part) {
                let entry = reader.up_to(entry_at, 16).await?;
                let mut fields = Fields::new(&entry);
                let offset = fields.u32_or_u64(wide).and_then(|_time| fields.u32_or_u64(wide));
                last = last.max(offset);
            }
        }
        at = part.end;
    }
    Ok(last)
}

/// Where the last entry of a table of fragments is, and whether its numbers have 64 bits.
fn last_entry(head: &[u8], tfra: Header) -> Option<(u64, bool)> {
    let mut fields = Fields::new(head);
    let wide = fields.u32()? >> 24 == 1;
    fields.skip(4)?;
    let lengths = fields.u32()?;
    let count = u64::from(fields.u32()?);
    let numbers: u64 = [0, 2, 4].into_iter().map(|shift| u64::from(lengths >> shift & 3) + 1).sum();
    let entry = numbers + if wide { 16 } else { 8 };
    let at = tfra.body.checked_add(16)?.checked_add(count.checked_sub(1)?.checked_mul(entry)?)?;
    (at.checked_add(entry)? <= tfra.end).then_some((at, wide))
}
