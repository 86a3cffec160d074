//! The sizes of JPEG and WebP photos.

use crate::fields::{Fields, rfind};
use crate::reader::{FIRST_READ, Reader};
use slipway_domain::FileKind;

use crate::{Picture, Probe, ProbeError, Rotation, Source};

/// How much of a photo is read at a time where its headers or what is behind it are large.
const READ: u64 = 1024 * 1024;

fn photo(container: FileKind, coded_width: u32, coded_height: u32) -> Result<Probe, ProbeError> {
    if coded_width == 0 || coded_height == 0 {
        return Err(ProbeError::malformed("a photo without width or height", 0));
    }
    let picture = Picture { coded_width, coded_height, rotation: Rotation::None };
    Ok(Probe { picture: Some(picture), ..nothing(container) })
}

fn nothing(container: FileKind) -> Probe {
    Probe {
        container,
        duration: None,
        picture: None,
        video_codec: None,
        frame_rate: None,
        has_audio: false,
        unread: None,
    }
}

/// Walks a JPEG's segments up to the picture data, then looks for the end marker: near the file's end, or else from the
/// picture data on, since much may follow the picture, such as the video of a motion photo.
pub(crate) async fn jpeg<S: Source>(reader: &mut Reader<'_, S>) -> Result<Probe, ProbeError> {
    reader.read_ahead(READ);
    let (size, data) = match segments(reader).await {
        Err(ProbeError::TooComplex(what)) => return Ok(Probe { unread: Some(what), ..nothing(FileKind::Jpeg) }),
        found => found?,
    };
    let (width, height) = size.ok_or(ProbeError::malformed("a JPEG without a frame", data.min(reader.len())))?;
    let found = photo(FileKind::Jpeg, width, height)?;
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

/// The marker of a picture's end.
const END: [u8; 2] = [0xFF, 0xD9];

/// Width and height, if the segments say so, and where the picture data begins.
async fn segments<S: Source>(reader: &mut Reader<'_, S>) -> Result<(Option<(u32, u32)>, u64), ProbeError> {
    let actual = reader.len();
    let early = ProbeError::Truncated { what: "it ends before its picture data", expected: None, actual };
    let (mut at, mut size) = (2_u64, None);
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
                if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
                    let Some(frame) = reader.read(at + 4, 5).await? else { return Err(early) };
                    size = frame_size(&frame);
                }
                at += 2 + u64::from(length);
                if marker == 0xDA {
                    return Ok((size, at));
                }
            }
        }
    }
}

fn frame_size(frame: &[u8]) -> Option<(u32, u32)> {
    let mut fields = Fields::new(frame);
    fields.skip(1)?;
    let height = fields.u16()?;
    let width = fields.u16()?;
    Some((width.into(), height.into()))
}

/// Reads a WebP's first chunk, and compares the size that it states with the file's.
pub(crate) fn webp<S: Source>(reader: &mut Reader<'_, S>) -> Result<Probe, ProbeError> {
    let (start, actual) = (reader.start(), reader.len());
    let cut = |expected| ProbeError::Truncated { what: "it is shorter than its header says", expected, actual };
    let stated = start.get(4..8).map(little).map_or(0, |size| u64::from(size) + 8);
    if stated > actual {
        return Err(cut(Some(stated)));
    }
    let chunk = start.get(12..30).ok_or(cut(None))?;
    let (name, body) = chunk.split_at(4);
    let unknown = ProbeError::malformed("an unknown WebP chunk", 12);
    let (width, height) = match (name, &body[4..]) {
        (b"VP8 ", [_, _, _, 0x9D, 0x01, 0x2A, size @ ..]) => {
            (little(&size[0..2]) & 0x3FFF, little(&size[2..4]) & 0x3FFF)
        }
        (b"VP8L", [0x2F, size @ ..]) => {
            let bits = little(&size[0..4]);
            ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        }
        (b"VP8X", body) => (little(&body[4..7]) + 1, little(&body[7..10]) + 1),
        _ => return Err(unknown),
    };
    photo(FileKind::WebP, width, height)
}

/// Up to four bytes, least significant first.
fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}
