//! Box headers: a name, a size, and what can be wrong with it.

use bytes::Bytes;

use crate::fields::Fields;
use crate::reader::Reader;
use crate::{ProbeError, Source};

/// A box's name and place, in bytes from the start of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) name: [u8; 4],
    pub(super) at: u64,
    /// Where its content begins.
    pub(super) body: u64,
    /// Where it says that it ends.
    pub(super) end: u64,
    /// Whether it does not say, and so ends where the file does.
    pub(super) open: bool,
}

/// The header of a box at the file's top level; nothing if fewer than eight bytes are left.
///
/// It may say that it ends behind the file's end: what that means depends on the box.
pub(super) async fn top<S: Source>(reader: &mut Reader<'_, S>, at: u64) -> Result<Option<Header>, ProbeError> {
    let to_end = reader.len();
    let Some((name, head, size)) = raw(reader, at).await? else { return Ok(None) };
    let end = match size {
        0 => to_end,
        size => at.checked_add(size).ok_or(ProbeError::malformed("a box is larger than any file", at))?,
    };
    Ok(Some(Header { name, at, body: at + head, end, open: size == 0 }))
}

/// The header of a box inside another that ends at `parent_end`; nothing at its end.
pub(super) async fn child<S: Source>(
    reader: &mut Reader<'_, S>,
    at: u64,
    parent_end: u64,
) -> Result<Option<Header>, ProbeError> {
    if parent_end.saturating_sub(at) < 8 {
        return Ok(None);
    }
    let Some((name, head, size)) = raw(reader, at).await? else { return Ok(None) };
    // QuickTime ends some lists by a zero.
    if size == 0 {
        return Ok(None);
    }
    match at.checked_add(size) {
        Some(end) if end <= parent_end => Ok(Some(Header { name, at, body: at + head, end, open: false })),
        _ => Err(ProbeError::malformed("a box is larger than the one that holds it", at)),
    }
}

/// The first box of this name inside another.
pub(super) async fn find<S: Source>(
    reader: &mut Reader<'_, S>,
    parent: Header,
    name: [u8; 4],
) -> Result<Option<Header>, ProbeError> {
    let mut at = parent.body;
    while let Some(part) = child(reader, at, parent.end).await? {
        if part.name == name {
            return Ok(Some(part));
        }
        at = part.end;
    }
    Ok(None)
}

/// Name, length of the header, and size with the header (0: to the end).
async fn raw<S: Source>(reader: &mut Reader<'_, S>, at: u64) -> Result<Option<([u8; 4], u64, u64)>, ProbeError> {
    reader.step()?;
    let bytes = reader.up_to(at, 16).await?;
    let mut fields = Fields::new(&bytes);
    let (Some(short), Some(name)) = (fields.u32(), fields.four()) else { return Ok(None) };
    let (head, size) = match short {
        1 => (16, fields.u64().ok_or(ProbeError::malformed("a box's size is cut", at))?),
        short => (8, u64::from(short)),
    };
    if size != 0 && size < head || short == 1 && size == 0 {
        return Err(ProbeError::malformed("a box is smaller than its header", at));
    }
    Ok(Some((name, head, size)))
}

/// The first bytes of what a box holds, at most `most`.
pub(super) async fn prefix<S: Source>(
    reader: &mut Reader<'_, S>,
    header: Header,
    most: u64,
) -> Result<Bytes, ProbeError> {
    reader.up_to(header.body, header.end.saturating_sub(header.body).min(most)).await
}

/// What a box holds, up to `most` bytes; more is an error.
pub(super) async fn content<S: Source>(
    reader: &mut Reader<'_, S>,
    header: Header,
    most: u64,
) -> Result<Bytes, ProbeError> {
    let size = header.end.saturating_sub(header.body);
    if size > most {
        return Err(ProbeError::TooComplex("one of its tables is too large"));
    }
    let bytes = reader.read(header.body, size).await?;
    bytes.ok_or(ProbeError::malformed("a box ends behind the file", header.at))
}
