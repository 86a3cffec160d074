//! EBML: elements of an id, a size and content, the grammar of Matroska.

use crate::fields::Fields;
use crate::reader::Reader;
use crate::{ProbeError, Source};

/// An element's id and place, in bytes from the start of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// With its length marker, as tables print it.
    pub(super) id: u32,
    pub(super) body: u64,
    /// Where it says that it ends, which may be behind the file's end; nothing where a live writer did not know.
    pub(super) end: Option<u64>,
}

/// The header of an element of the file; nothing at the file's end.
pub(super) async fn header<S: Source>(reader: &mut Reader<'_, S>, at: u64) -> Result<Option<Header>, ProbeError> {
    reader.step()?;
    if at >= reader.len() {
        return Ok(None);
    }
    let bytes = reader.up_to(at, 12).await?;
    let mut fields = Fields::new(&bytes);
    let Some((id, size)) = id(&mut fields).zip(size(&mut fields)) else {
        let cut = reader.len() - at < 12;
        return Err(if cut {
            ProbeError::Truncated { what: "it ends within an element", expected: None, actual: reader.len() }
        } else {
            ProbeError::malformed("an element has no proper id or size", at)
        });
    };
    let length = u64::try_from(bytes.len() - fields.rest().len()).unwrap_or(u64::MAX);
    let body = at.saturating_add(length);
    let end = match size {
        Size::Unknown => None,
        Size::Known(size) => {
            Some(body.checked_add(size).ok_or(ProbeError::malformed("an element is larger than any file", at))?)
        }
    };
    Ok(Some(Header { id, body, end }))
}

/// How much an element holds.
enum Size {
    Known(u64),
    Unknown,
}

/// The elements in a buffer: id and content. Stops at what is no element, or is not whole.
pub(super) struct Elements<'a>(Fields<'a>);

impl<'a> Elements<'a> {
    pub(super) const fn of(content: &'a [u8]) -> Self {
        Self(Fields::new(content))
    }

    /// The content of the first element with this id.
    pub(super) fn find(content: &'a [u8], id: u32) -> Option<&'a [u8]> {
        Self::of(content).find_map(|(found, content)| (found == id).then_some(content))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let id = id(&mut self.0)?;
        match size(&mut self.0)? {
            Size::Known(size) => Some((id, self.0.take(usize::try_from(size).ok()?)?)),
            Size::Unknown => None,
        }
    }
}

fn id(fields: &mut Fields<'_>) -> Option<u32> {
    let first = fields.u8()?;
    let more = first.leading_zeros();
    if more > 3 {
        return None;
    }
    let rest = Fields::uint(fields.take(usize::try_from(more).ok()?)?)?;
    u32::try_from(u64::from(first) << (8 * more) | rest).ok()
}

fn size(fields: &mut Fields<'_>) -> Option<Size> {
    let first = fields.u8()?;
    let more = first.leading_zeros();
    if more > 7 {
        return None;
    }
    let bits = 7 * (more + 1);
    let rest = Fields::uint(fields.take(usize::try_from(more).ok()?)?)?;
    let marked = u64::from(first).checked_shl(8 * more)? | rest;
    let all = (1_u64 << bits) - 1;
    let value = marked & all;
    Some(if value == all { Size::Unknown } else { Size::Known(value) })
}

/// A block's track number and its time relative to its cluster, in ticks.
pub(super) fn block(content: &[u8]) -> Option<(u64, i16)> {
    let mut fields = Fields::new(content);
    let Size::Known(track) = size(&mut fields)? else { return None };
    let time = fields.u16()?;
    Some((track, i16::from_be_bytes(time.to_be_bytes())))
}

/// A float of four or eight bytes.
pub(super) fn float(content: &[u8]) -> Option<f64> {
    let mut fields = Fields::new(content);
    match content.len() {
        4 => fields.u32().map(|bits| f32::from_bits(bits).into()),
        8 => fields.u64().map(f64::from_bits),
        _ => None,
    }
}
