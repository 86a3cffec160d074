//! WebP: the chunks up to the first picture.
//!
//! EXIF data, which stands behind the picture, is not read: viewers turn a JPEG by it, and hardly one a WebP.

use slipway_domain::FileKind;

use super::{Header, photo};
use crate::reader::Reader;
use crate::{Probe, ProbeError, Rotation, Source};

/// How a picture is coded that moves.
const ANIMATED: &str = "animated";

/// Compares the size that the file states with its own, and goes from chunk to chunk up to the first picture.
pub(crate) async fn probe<S: Source>(reader: &mut Reader<'_, S>) -> Result<Probe, ProbeError> {
    match header(reader).await {
        Err(ProbeError::TooComplex(what)) => Ok(Probe { unread: Some(what), ..Probe::empty(FileKind::WebP) }),
        found => photo(FileKind::WebP, found?),
    }
}

async fn header<S: Source>(reader: &mut Reader<'_, S>) -> Result<Header, ProbeError> {
    let actual = reader.len();
    let cut = |what, expected| ProbeError::Truncated { what, expected, actual };
    let stated = reader.start().get(4..8).map_or(0, |size| u64::from(little(size)) + 8);
    if stated > actual {
        return Err(cut("it is shorter than its header says", Some(stated)));
    }
    // What a header of its own says, if there is one.
    let mut canvas: Option<Header> = None;
    let mut at = 12;
    while at + 8 <= stated {
        reader.step()?;
        let bytes = reader.up_to(at, 18).await?;
        let Some((name, rest)) = bytes.split_first_chunk::<4>() else { break };
        let Some((length, body)) = rest.split_first_chunk::<4>() else { break };
        let length = u32::from_le_bytes(*length);
        let end = at + 8 + u64::from(length);
        if end > stated {
            return Err(ProbeError::malformed("a WebP chunk is larger than the file", at));
        }
        let size = size(*name, body);
        match (name, canvas) {
            (b"VP8X", None) => {
                let unusual = body.first().filter(|flags| *flags & 2 > 0).map(|_| ANIMATED);
                canvas = size.map(|size| Header { unusual, ..size });
            }
            (b"VP8 " | b"VP8L", _) if size.is_none() => {
                return Err(ProbeError::malformed("a WebP picture does not begin like one", at));
            }
            (b"VP8 " | b"VP8L", None) => return size.ok_or(cut(MISSING, None)),
            (b"VP8 " | b"VP8L", Some(canvas)) => return Ok(canvas),
            (b"ANMF", Some(canvas)) => return Ok(Header { unusual: Some(ANIMATED), ..canvas }),
            (_, None) => return Err(ProbeError::malformed("an unknown WebP chunk", at)),
            (_, Some(_)) => {}
        }
        // Behind an odd number of bytes is one more.
        at = end + u64::from(length % 2);
    }
    Err(cut(MISSING, None))
}

const MISSING: &str = "its picture is missing";

/// Width and height at the start of a chunk; nothing if it has none.
fn size(name: [u8; 4], body: &[u8]) -> Option<Header> {
    let (width, height) = match (&name, body) {
        (b"VP8 ", [_, _, _, 0x9D, 0x01, 0x2A, size @ ..]) => {
            (little(size.get(0..2)?) & 0x3FFF, little(size.get(2..4)?) & 0x3FFF)
        }
        (b"VP8L", [0x2F, size @ ..]) => {
            let bits = little(size.get(0..4)?);
            ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        }
        (b"VP8X", body) => (little(body.get(4..7)?) + 1, little(body.get(7..10)?) + 1),
        _ => return None,
    };
    Some(Header { width, height, rotation: Rotation::None, unusual: None })
}

/// Up to four bytes, least significant first.
fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}
