//! Real files with damage at random: whatever comes of it, no panic and no cost beyond the limits.

use bytes::Bytes;
use proptest::prelude::*;
use slipway_video::{MAX_BYTES, MAX_REQUESTS, Verdict, verdict};

use crate::sparse::Sparse;
use crate::{block_on, fixture};

const SEEDS: [&str; 30] = [
    "index_first.mp4",
    "index_last.mp4",
    "quicktime.mov",
    "fragmented.mp4",
    "fragmented_with_sidx.mp4",
    "fragmented_dash.mp4",
    "variable_rate.mp4",
    "rotated_180.mov",
    "audio_only.mp4",
    "vp8.webm",
    "live.webm",
    "matroska.mkv",
    "audio_only.webm",
    "photo.jpg",
    "photo.webp",
    "photo_lossless.webp",
    "fragments_behind_index.mp4",
    "variable_rate.webm",
    "cases/mvex-without-moof.mp4",
    "cases/stts-negative-delta.mp4",
    "cases/subtitles-longer.mp4",
    "cases/webm-clock-starts-late.webm",
    "cases/webm-first-frame-early.webm",
    "photos/progressive.jpg",
    "photos/arithmetic.jpg",
    "photos/grey.jpg",
    "photos/transparent.webp",
    "photos/animated.webp",
    "photos/picture.heic",
    "photos/picture.avif",
];

/// One kind of damage.
#[derive(Debug, Clone)]
enum Damage {
    Byte(u8),
    /// Numbers at which arithmetic breaks.
    Word(u32),
    Cut,
    Repeat(usize),
    Remove(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let edges = [0, 1, 7, 8, 15, 16, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF];
    prop_oneof![
        8 => any::<u8>().prop_map(Damage::Byte),
        8 => prop::sample::select(edges.to_vec()).prop_map(Damage::Word),
        1 => Just(Damage::Cut),
        2 => (1..200_usize).prop_map(Damage::Repeat),
        2 => (1..200_usize).prop_map(Damage::Remove),
    ]
}

fn apply(bytes: &mut Vec<u8>, at: usize, damage: &Damage) {
    if at >= bytes.len() {
        return;
    }
    match damage {
        Damage::Byte(byte) => bytes[at] = *byte,
        Damage::Word(word) => {
            let end = (at + 4).min(bytes.len());
            bytes[at..end].copy_from_slice(&word.to_be_bytes()[..end - at]);
        }
        Damage::Cut => bytes.truncate(at),
        Damage::Repeat(length) => {
            let again = bytes[at..(at + length).min(bytes.len())].to_vec();
            bytes.splice(at..at, again);
        }
        Damage::Remove(length) => {
            bytes.drain(at..(at + length).min(bytes.len()));
        }
    }
}

/// Probes and judges; the file may be taken or not.
fn survives(file: Vec<u8>) {
    let size = u64::try_from(file.len()).unwrap();
    let source = Sparse::whole(Bytes::from(file));
    match block_on(slipway_video::probe(&source)) {
        Ok(found) => {
            let Verdict { refusals, warnings } = verdict(&found, size);
            for reason in refusals.iter().chain(&warnings) {
                assert!(!reason.to_string().is_empty() && !reason.cure.is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.cure().is_empty()),
    }
    let (requests, bytes) = source.cost();
    assert!(requests <= u64::from(MAX_REQUESTS) && bytes <= MAX_BYTES, "{requests} requests, {bytes} bytes");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_does_no_harm(
        seed in prop::sample::select(SEEDS.to_vec()),
        damages in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..12),
    ) {
        let mut bytes = fixture(seed).to_vec();
        for (place, damage) in &damages {
            let at = place.index(bytes.len().max(1));
            apply(&mut bytes, at, damage);
        }
        survives(bytes);
    }

    #[test]
    fn a_damaged_header_does_no_harm(
        seed in prop::sample::select(SEEDS.to_vec()),
        damages in prop::collection::vec((0..600_usize, damage()), 1..4),
    ) {
        let mut bytes = fixture(seed).to_vec();
        // Sizes and counts are where the headers are: at the start, or around the index's name.
        let origin = bytes.windows(4).position(|name| name == b"moov").unwrap_or(0);
        for (offset, damage) in &damages {
            apply(&mut bytes, origin + offset, damage);
        }
        survives(bytes);
    }

    #[test]
    fn noise_behind_a_proper_start_does_no_harm(
        start in prop::sample::select(vec![
            &b"\0\0\0\x08ftyp"[..], b"\0\0\0\x01moov", b"\x1A\x45\xDF\xA3\x87\x42\x82\x84webm\x18\x53\x80\x67\xFF",
            b"\xFF\xD8\xFF\xE0", b"RIFF\0\0\0\0WEBPVP8X",
        ]),
        noise in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        survives([start, &noise].concat());
    }
}
