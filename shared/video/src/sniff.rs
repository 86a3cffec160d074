//! What the first bytes of a file are.

use crate::ProbeError;

/// The kinds of file that are looked into further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// MP4, QuickTime and their kin.
    IsoMedia,
    /// Matroska and WebM.
    Ebml,
    /// A JPEG photo.
    Jpeg,
    /// A WebP photo.
    WebP,
}

/// The top-level boxes that an MP4 or QuickTime file may begin with.
const FIRST_BOXES: [&[u8; 4]; 9] = [b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid"];

/// Tells the kind by the first bytes of a file of `len` bytes.
pub(crate) fn kind(start: &[u8], len: u64) -> Result<Kind, ProbeError> {
    let at = |from: usize, text: &[u8]| start.get(from..from.saturating_add(text.len())) == Some(text);
    if FIRST_BOXES.iter().any(|name| at(4, *name)) {
        return iso_photo(start).map_or(Ok(Kind::IsoMedia), |name| Err(ProbeError::UnsupportedPhoto(name)));
    }
    if at(0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        return Ok(Kind::Ebml);
    }
    if at(0, &[0xFF, 0xD8, 0xFF]) {
        return Ok(Kind::Jpeg);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return Ok(Kind::WebP);
    }
    Err(foreign(at, start, len))
}

/// The kind of photo in the same boxes as videos, by its brand; where that says no more than "picture", by the others that
/// it is compatible with.
fn iso_photo(start: &[u8]) -> Option<&'static str> {
    let (size, ftyp) = start.split_first_chunk::<4>()?;
    let brands = ftyp.strip_prefix(b"ftyp")?;
    let others = usize::try_from(u32::from_be_bytes(*size)).ok()?.saturating_sub(16).min(64);
    let has_avif = || brands.get(8..).is_some_and(|rest| rest.chunks(4).take(others / 4).any(|brand| brand == b"avif"));
    match brands.get(..4)? {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some("HEIC"),
        b"mif1" | b"msf1" | b"miaf" => Some(if has_avif() { "AVIF" } else { "HEIC" }),
        b"avif" | b"avis" => Some("AVIF"),
        _ => None,
    }
}

/// The kinds that are named in the refusal, so that a renamed file is told what it is.
fn foreign(at: impl Fn(usize, &[u8]) -> bool, start: &[u8], len: u64) -> ProbeError {
    let bitmap = at(0, b"BM")
        && start
            .get(2..6)
            .is_some_and(|size| <[u8; 4]>::try_from(size).is_ok_and(|size| u64::from(u32::from_le_bytes(size)) == len));
    let transport = at(0, b"G") && at(188, b"G") && at(376, b"G");
    let photos: [(bool, &str); 7] = [
        (at(0, b"\x89PNG"), "PNG"),
        (at(0, b"GIF8"), "GIF"),
        (at(0, b"II*\0") || at(0, b"MM\0*"), "TIFF"),
        (at(0, &[0xFF, 0x0A]) || at(4, b"JXL "), "JPEG XL"),
        (at(4, b"jP  "), "JPEG 2000"),
        (at(0, b"8BPS"), "Photoshop"),
        (bitmap, "BMP"),
    ];
    let containers: [(bool, &str); 9] = [
        (at(0, b"RIFF") && at(8, b"AVI "), "AVI"),
        (at(0, b"RIFF") && at(8, b"WAVE"), "WAVE"),
        (at(0, b"FLV\x01"), "Flash video"),
        (at(0, b"OggS"), "Ogg"),
        (at(0, &[0x30, 0x26, 0xB2, 0x75]), "Windows Media"),
        (at(0, &[0x00, 0x00, 0x01, 0xBA]), "MPEG programme stream"),
        (transport, "MPEG transport stream"),
        (at(0, b"ID3"), "MP3"),
        (at(0, b"fLaC"), "FLAC"),
    ];
    let named = |table: &[(bool, &'static str)]| table.iter().find(|(is, _)| *is).map(|(_, name)| *name);
    if let Some(name) = named(&photos) {
        ProbeError::UnsupportedPhoto(name)
    } else if let Some(name) = named(&containers) {
        ProbeError::UnsupportedContainer(name)
    } else {
        ProbeError::NotMedia
    }
}
