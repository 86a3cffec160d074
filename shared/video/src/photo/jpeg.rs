//! JPEG: segments up to the picture data, and the marker of its end.

use slipway_domain::FileKind;

use super::{Header, exif, photo};
use crate::fields::{Fields, rfind};
use crate::reader::{FIRST_READ, Reader};
use crate::{Probe, ProbeError, Rotation, Source};

/// How much of a photo is read at a time where its headers or what is behind it are large.
const READ: u64 = 1024 * 1024;
/// The marker of a picture's end.
const END: [u8; 2] = [0xFF, 0xD9];
/// The segment that EXIF data, among others, is in.
const APP1: u8 = 0xE1;

/// Walks the segments up to the picture data, then looks for the end marker: near the file's end, or else from the
/// picture data on, since much may follow the picture, such as the video of a motion photo.
pub(crate) async fn probe<S: Source>(reader: &mut Reader<'_, S>) -> Result<Probe, ProbeError> {
    reader.read_ahead(READ);
    let (header, data) = match segments(reader).await {
        Err(ProbeError::TooComplex(what)) => return Ok(Probe { unread: Some(what), ..Probe::empty(FileKind::Jpeg) }),
        found => found?,
    };
    let found = photo(FileKind::Jpeg, header)?;
    let tail_at = data.max(reader.len().saturating_sub(FIRST_READ));
    let tail = reader.up_to(tail_at, FIRST_READ).await?;
    if rfind(&tail, &END, tail.len()).is_some() {
        return Ok(found);
    }
    // In picture data the marker's first byte never stands before its second one.
    let mut at = data;
    while at < tail_at {
        if !reader.has(at, READ) && !reader.can_afford(READ) {
            let unread = Some("the end of its picture is not among the first megabytes, nor near the file's end");
            return Ok(Probe { unread, ..found });
        }
        let bytes = reader.up_to(at, READ).await?;
        if rfind(&bytes, &END, bytes.len()).is_some() {
            return Ok(found);
        }
        // The marker may lie across two reads.
        at += READ - 1;
    }
    let what = "its end marker is missing";
    Err(ProbeError::Truncated { what, expected: None, actual: reader.len() })
}

/// What the segments say, and where the picture data begins.
async fn segments<S: Source>(reader: &mut Reader<'_, S>) -> Result<(Header, u64), ProbeError> {
    let actual = reader.len();
    let early = ProbeError::Truncated { what: "it ends before its picture data", expected: None, actual };
    let (mut at, mut header, mut rotation) = (2_u64, None, None);
    loop {
        reader.step()?;
        let Some(head) = reader.read(at, 2).await? else { return Err(early) };
        let [0xFF, marker] = head[..] else {
            return Err(ProbeError::malformed("a JPEG segment does not begin with a marker", at));
        };
        match marker {
            // A fill byte, and markers that stand alone.
            0xFF => at += 1,
            0x01 | 0xD0..=0xD8 => at += 2,
            0xD9 => return Err(early),
            _ => {
                let Some(bytes) = reader.read(at + 2, 2).await? else { return Err(early) };
                let length = Fields::new(&bytes).u16().filter(|length| *length >= 2);
                let length = length.ok_or(ProbeError::malformed("a JPEG segment is too short", at))?;
                if is_frame(marker) {
                    let Some(bytes) = reader.read(at + 4, 6).await? else { return Err(early) };
                    header = header.or(frame(marker, &bytes));
                } else if marker == APP1 && rotation.is_none() {
                    let Some(bytes) = reader.read(at + 4, u64::from(length) - 2).await? else { return Err(early) };
                    rotation = exif::rotation(&bytes);
                }
                at += 2 + u64::from(length);
                if marker == 0xDA {
                    let none = ProbeError::malformed("a JPEG without a frame", at.min(actual));
                    let header: Header = header.ok_or(none)?;
                    return Ok((Header { rotation: rotation.unwrap_or_default(), ..header }, at));
                }
            }
        }
    }
}

const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

/// What the header of a frame says, whose marker says how it is coded.
fn frame(marker: u8, content: &[u8]) -> Option<Header> {
    let mut fields = Fields::new(content);
    let bits = fields.u8()?;
    let height = fields.u16()?.into();
    let width = fields.u16()?.into();
    let colours = fields.u8()?;
    let unusual = match (marker, bits, colours) {
        // Baseline, extended and progressive, in grey or in three colours.
        (0xC0..=0xC2, 8, 1 | 3) => None,
        (0xC0..=0xC2, 8, 4) => Some("CMYK"),
        (0xC0..=0xC2, 8, _) => Some("of an odd number of colours"),
        (0xC0..=0xC2, ..) => Some("of more than 8 bits a colour"),
        (0xC3, ..) => Some("lossless JPEG"),
        (0xC5..=0xC7, ..) => Some("hierarchical"),
        _ => Some("arithmetic"),
    };
    Some(Header { width, height, rotation: Rotation::None, unusual })
}
