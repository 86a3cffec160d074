//! A light look at media as it streams by: container signature, and duration and picture size from an MP4's boxes.

use serde::{Deserialize, Serialize};

use crate::config::MediaCheck;
use crate::ledger::FailReason;

const SIGNATURE_BYTES: usize = 12;
const CAPTURED_BYTES: usize = 96;
const MIN_SIDE: u32 = 360;
const MAX_SIDE: u32 = 4096;

/// Reads a stream once, keeps a few bytes, and can be cloned at any boundary to come back to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Probe {
    head: Vec<u8>,
    walk: Walk,
    duration_ms: Option<u64>,
    picture: Option<(u32, u32)>,
}

/// Where the walk over an MP4's boxes stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Walk {
    Header(Vec<u8>),
    Capture {
        kind: Captured,
        bytes: Vec<u8>,
        left: u64,
    },
    Skip(u64),
    /// Not a box structure, or a box to the end of the file.
    Lost,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Captured {
    MovieHeader,
    TrackHeader,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            head: Vec::with_capacity(SIGNATURE_BYTES),
            walk: Walk::Header(Vec::with_capacity(16)),
            duration_ms: None,
            picture: None,
        }
    }
}

impl Probe {
    /// Takes the next bytes of the stream.
    pub(crate) fn feed(&mut self, mut data: &[u8]) {
        let missing = SIGNATURE_BYTES - self.head.len();
        self.head.extend(data.iter().take(missing));
        while !data.is_empty() {
            let taken = match &mut self.walk {
                Walk::Lost => return,
                Walk::Skip(left) => {
                    let taken = shorter(*left, data.len());
                    *left -= taken as u64;
                    taken
                }
                Walk::Header(bytes) => {
                    let wanted = if bytes.len() >= 8 { 16 } else { 8 };
                    let taken = (wanted - bytes.len()).min(data.len());
                    bytes.extend(data.iter().take(taken));
                    taken
                }
                Walk::Capture { bytes, left, .. } => {
                    let taken = shorter(*left, data.len());
                    let room = CAPTURED_BYTES - bytes.len();
                    bytes.extend(data.iter().take(taken.min(room)));
                    *left -= taken as u64;
                    taken
                }
            };
            data = data.get(taken..).unwrap_or_default();
            self.step();
        }
    }

    /// Length in milliseconds, if it could be read.
    pub(crate) fn duration_ms(&self) -> Option<u64> {
        self.duration_ms
    }

    /// Width and height in pixels, if they could be read.
    pub(crate) fn picture(&self) -> Option<(u32, u32)> {
        self.picture
    }

    /// What TikTok reports about a video that it may post for at most `max_seconds`.
    pub(crate) fn verdict(&self, check: MediaCheck, max_seconds: u32) -> Option<FailReason> {
        if check == MediaCheck::Off {
            return None;
        }
        let is_iso = self.head.get(4..8) == Some(b"ftyp".as_slice());
        let is_webm = self.head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]);
        if !(is_iso || is_webm) {
            return Some(FailReason::FileFormat);
        }
        if self.duration_ms.is_some_and(|millis| millis > u64::from(max_seconds) * 1000) {
            return Some(FailReason::Duration);
        }
        let fits = |side: u32| (MIN_SIDE..=MAX_SIDE).contains(&side);
        self.picture.is_some_and(|(width, height)| !fits(width) || !fits(height)).then_some(FailReason::PictureSize)
    }

    /// Moves on when the current part of the walk is complete.
    fn step(&mut self) {
        let next = match &self.walk {
            Walk::Header(bytes) => after_header(bytes),
            Walk::Skip(0) => Some(Walk::Header(Vec::with_capacity(16))),
            Walk::Capture { kind, bytes, left: 0 } => {
                let (kind, bytes) = (*kind, bytes.clone());
                self.note(kind, &bytes);
                Some(Walk::Header(Vec::with_capacity(16)))
            }
            Walk::Skip(_) | Walk::Capture { .. } | Walk::Lost => None,
        };
        if let Some(next) = next {
            self.walk = next;
        }
    }

    fn note(&mut self, kind: Captured, bytes: &[u8]) {
        let long = bytes.first() == Some(&1);
        match kind {
            Captured::MovieHeader => {
                let (scale, duration) = if long {
                    (number(bytes, 20, 4), number(bytes, 24, 8))
                } else {
                    (number(bytes, 12, 4), number(bytes, 16, 4))
                };
                if let (Some(scale @ 1..), Some(duration @ 1..)) = (scale, duration) {
                    self.duration_ms = Some(duration.saturating_mul(1000) / scale);
                }
            }
            Captured::TrackHeader => {
                let at = if long { 88 } else { 76 };
                let side = |at| number(bytes, at, 4).and_then(|fixed| u32::try_from(fixed >> 16).ok());
                if let (Some(width @ 1..), Some(height @ 1..)) = (side(at), side(at + 4)) {
                    self.picture = Some((width, height));
                }
            }
        }
    }
}

/// What follows a box header, once all of it is there: into `moov` and `trak`, past everything else.
fn after_header(bytes: &[u8]) -> Option<Walk> {
    let short_size = number(bytes, 0, 4)?;
    let kind = bytes.get(4..8)?;
    let (size, header) = if short_size == 1 { (number(bytes, 8, 8)?, 16) } else { (short_size, 8) };
    let Some(left) = size.checked_sub(header) else { return Some(Walk::Lost) };
    let capture = |kind| Walk::Capture { kind, bytes: Vec::with_capacity(CAPTURED_BYTES), left };
    Some(match kind {
        b"moov" | b"trak" => Walk::Header(Vec::with_capacity(16)),
        b"mvhd" if left > 0 => capture(Captured::MovieHeader),
        b"tkhd" if left > 0 => capture(Captured::TrackHeader),
        _ if left == 0 => Walk::Header(Vec::with_capacity(16)),
        _ => Walk::Skip(left),
    })
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at + length)?;
    Some(part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn shorter(left: u64, available: usize) -> usize {
    usize::try_from(left).map_or(available, |left| left.min(available))
}

/// Whether a photo's first bytes are those of JPEG or WebP, the only formats TikTok takes.
pub(crate) fn is_photo(head: &[u8]) -> bool {
    let is_webp = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP".as_slice());
    head.starts_with(&[0xff, 0xd8, 0xff]) || is_webp
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
        let size = u32::try_from(payload.len() + 8).unwrap();
        [&size.to_be_bytes()[..], &kind, payload].concat()
    }

    fn movie(seconds: u32, width: u32, height: u32, index_last: bool) -> Vec<u8> {
        let mut mvhd = vec![0; 100];
        mvhd[12..16].copy_from_slice(&1000_u32.to_be_bytes());
        mvhd[16..20].copy_from_slice(&(seconds * 1000).to_be_bytes());
        let mut tkhd = vec![0; 84];
        tkhd[76..80].copy_from_slice(&(width << 16).to_be_bytes());
        tkhd[80..84].copy_from_slice(&(height << 16).to_be_bytes());
        let trak = boxed(*b"trak", &[boxed(*b"tkhd", &tkhd), boxed(*b"mdia", &[7; 40])].concat());
        let moov = boxed(*b"moov", &[boxed(*b"mvhd", &mvhd), trak].concat());
        let ftyp = boxed(*b"ftyp", b"isom\0\0\0\0isom");
        let mdat = boxed(*b"mdat", &[9; 5000]);
        if index_last { [ftyp, mdat, moov].concat() } else { [ftyp, moov, mdat].concat() }
    }

    fn probed(bytes: &[u8], step: usize) -> Probe {
        let mut probe = Probe::default();
        bytes.chunks(step).for_each(|part| probe.feed(part));
        probe
    }

    #[test]
    fn duration_and_picture_are_read_however_the_bytes_are_cut() {
        for index_last in [false, true] {
            for step in [1, 7, 64, 100_000] {
                let probe = probed(&movie(42, 720, 1280, index_last), step);
                assert_eq!(probe.duration_ms(), Some(42_000));
                assert_eq!(probe.picture(), Some((720, 1280)));
                assert_eq!(probe.verdict(MediaCheck::Signature, 42), None);
            }
        }
    }

    #[test]
    fn each_shortcoming_has_its_own_verdict() {
        let webm = [0x1a, 0x45, 0xdf, 0xa3, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        let headless = [boxed(*b"ftyp", b"isom"), boxed(*b"mdat", &[0; 50])].concat();
        let cases: [(Vec<u8>, MediaCheck, Option<FailReason>); 7] = [
            (movie(61, 720, 1280, true), MediaCheck::Signature, Some(FailReason::Duration)),
            (movie(60, 359, 1280, true), MediaCheck::Signature, Some(FailReason::PictureSize)),
            (movie(60, 720, 4097, true), MediaCheck::Signature, Some(FailReason::PictureSize)),
            (b"\x89PNG\r\n\x1a\n and so on".to_vec(), MediaCheck::Signature, Some(FailReason::FileFormat)),
            (b"\x89PNG\r\n\x1a\n and so on".to_vec(), MediaCheck::Off, None),
            (headless, MediaCheck::Signature, None),
            (webm.to_vec(), MediaCheck::Signature, None),
        ];
        for (bytes, check, expected) in cases {
            assert_eq!(probed(&bytes, 11).verdict(check, 60), expected);
        }
    }

    #[test]
    fn only_jpeg_and_webp_are_photos() {
        assert!(is_photo(&[0xff, 0xd8, 0xff, 0xe0]));
        assert!(is_photo(b"RIFF\x10\0\0\0WEBPVP8 "));
        assert!(!is_photo(b"\x89PNG\r\n\x1a\n"));
        assert!(!is_photo(b""));
    }
}
