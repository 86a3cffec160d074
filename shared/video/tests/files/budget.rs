//! What a probe of a very large file costs: ranges and bytes read.

use std::time::Duration;

use bytes::Bytes;
use slipway_video::verdict;

use crate::make::{Track, boxed, ftyp, large_header, moov};
use crate::sparse::Sparse;
use crate::{block_on, fixture};

const GB4: u64 = 4_000_000_000;

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

/// A 4 GB file: `head`, data, `tail`.
fn file(head: Vec<u8>, tail: Vec<u8>) -> Sparse {
    let data = GB4 - len(&head) - len(&tail);
    let head = [head, large_header(b"mdat", data)].concat();
    let tail_at = GB4 - len(&tail);
    Sparse::new(GB4, [(0, Bytes::from(head)), (tail_at, Bytes::from(tail))])
}

/// Ten minutes at 60 frames a second, with sound: some 570 KB of tables.
fn full_index() -> Vec<u8> {
    moov(&[Track::video(36_000).trak(), Track::audio(28_125).trak()])
}

fn check(file: &Sparse, most_requests: u64, most_bytes: u64) {
    let found = block_on(slipway_video::probe(file)).unwrap();
    assert_eq!(found.duration, Some(Duration::from_mins(10)));
    assert!((found.frame_rate.unwrap().per_second() - 60.0).abs() < 0.001);
    assert!(found.has_audio);
    assert_eq!(verdict(&found, GB4), []);
    let (requests, bytes) = file.cost();
    assert!(requests <= most_requests && bytes <= most_bytes, "{requests} requests, {bytes} bytes");
}

#[test]
fn a_4_gb_file_with_a_small_index_first_costs_one_read_of_64_kib() {
    let small = |samples, ticks, track: Track| Track { samples, ticks, ..track };
    let index = moov(&[small(600, 60_000, Track::video(0)).trak(), small(2_000, 14_400, Track::audio(0)).trak()]);
    let file = file([ftyp(), index].concat(), Vec::new());
    let found = block_on(slipway_video::probe(&file)).unwrap();
    assert_eq!(found.duration, Some(Duration::from_mins(10)));
    assert_eq!(file.cost(), (1, 64 * 1024));
}

#[test]
fn a_4_gb_file_with_a_full_index_first_costs_two_reads() {
    check(&file([ftyp(), full_index()].concat(), Vec::new()), 2, 1024 * 1024);
}

#[test]
fn a_4_gb_file_with_its_index_last_costs_two_reads_and_less_than_1_mib() {
    check(&file(ftyp(), full_index()), 2, 1024 * 1024);
}

#[test]
fn a_large_index_is_not_read_whole() {
    // A ten times larger index still says all that is wanted in its first parts.
    let tables = boxed(b"free", &vec![7; 3_000_000]);
    let index = moov(&[Track::video(36_000).trak(), tables, Track::audio(28_125).trak()]);
    check(&file(ftyp(), index.clone()), 4, 1024 * 1024);
    check(&file([ftyp(), index].concat(), Vec::new()), 4, 1024 * 1024);
}

/// Repeats the fragments of a real file with data between them, as a long recording has.
fn long_fragmented(name: &str, fragments: u64, tail: bool) -> Sparse {
    let bytes = fixture(name);
    let (mut at, mut head, mut moof, mut mfra) = (0, Vec::new(), Vec::new(), Vec::new());
    while at < bytes.len() {
        let size = usize::try_from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap();
        let part = bytes.slice(at..at + size);
        match &part[4..8] {
            b"moof" => moof = part.to_vec(),
            b"mdat" => {}
            b"mfra" => mfra = part.to_vec(),
            _ => head.extend_from_slice(&part),
        }
        at += size;
    }
    let data = 2_000_000_u64;
    let each = len(&moof) + data;
    let mut parts = vec![(0, Bytes::from(head.clone()))];
    for number in 0..fragments {
        // The time at which a fragment begins is in tfdt, version 1.
        let mut times = moof.clone();
        let places: Vec<_> =
            moof.windows(4).enumerate().filter(|(_, name)| name == b"tfdt").map(|(at, _)| at).collect();
        for at in places {
            times[at + 8..at + 16].copy_from_slice(&(number * 15_360).to_be_bytes());
        }
        let header = [&u32::try_from(data).unwrap().to_be_bytes(), &b"mdat"[..]].concat();
        parts.push((len(&head) + number * each, Bytes::from([times, header].concat())));
    }
    let end = len(&head) + fragments * each;
    if tail {
        parts.push((end, Bytes::from(mfra.clone())));
    }
    Sparse::new(end + if tail { len(&mfra) } else { 0 }, parts)
}

#[test]
fn the_last_of_a_thousand_fragments_is_found_without_walking() {
    for (name, tail) in [("fragmented.mp4", true), ("fragmented.mp4", false)] {
        let file = long_fragmented(name, 1000, tail);
        let found = block_on(slipway_video::probe(&file)).unwrap();
        let seconds = found.duration.unwrap().as_secs_f64();
        assert!((1000.0..1920.0).contains(&seconds), "{seconds} s");
        let (requests, bytes) = file.cost();
        assert!(requests <= 20 && bytes <= 7 * 1024 * 1024, "{requests} requests, {bytes} bytes");
    }
}
