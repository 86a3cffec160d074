//! What a probe of a very large file costs: ranges and bytes read.

use std::time::Duration;

use bytes::Bytes;
use slipway_video::{ProbeError, Verdict, verdict};

use crate::make::{Track, boxed, ftyp, large_header, moov, words};
use crate::sparse::Sparse;
use crate::{block_on, fixture};

const GB4: u64 = 4_000_000_000;
const GB4_LESS_INDEX: u64 = GB4 - 2 * MIB;
const MIB: u64 = 1024 * 1024;

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

/// What ffmpeg leaves behind an index that it has moved to the front, and a tag at the index's end.
fn first(index: &[u8]) -> Sparse {
    file([ftyp(), index.to_vec(), boxed(b"free", b"")].concat(), Vec::new())
}

fn last(index: &[u8]) -> Sparse {
    file(ftyp(), index.to_vec())
}

fn tag() -> Vec<u8> {
    boxed(b"udta", &[0; 90])
}

/// Ten minutes with sound, with the largest tables that this many frames and packets of AAC can have.
fn ten_minutes(frames_a_second: u32) -> Vec<u8> {
    let video = Track { ticks: 60_000 / frames_a_second, ..Track::video(600 * frames_a_second) };
    moov(&[video.trak(), Track::audio(28_125).trak(), tag()])
}

/// The same at 60 frames a second with a duration of its own for each frame, as phones record.
fn ten_minutes_variable() -> Vec<u8> {
    let durations: Vec<u32> = (0..36_000).flat_map(|frame| [1, if frame % 2 == 0 { 900 } else { 1100 }]).collect();
    let stts = boxed(b"stts", &[words(&[0, 36_000]), words(&durations)].concat());
    moov(&[Track::video(36_000).trak_with(&stts), Track::audio(28_125).trak(), tag()])
}

/// As many seconds as an index of less than 64 KiB holds even with the largest tables, at 30 frames a second.
fn three_quarters_of_a_minute() -> Vec<u8> {
    let video = Track { ticks: 2000, ..Track::video(45 * 30) };
    moov(&[video.trak(), Track::audio(2110).trak(), tag()])
}

/// Reads and bytes, once the probe is found to have seen everything.
fn cost(file: &Sparse, seconds: u64, rate: f64) -> (u64, u64) {
    let found = block_on(slipway_video::probe(file)).unwrap();
    assert!(found.duration.unwrap().abs_diff(Duration::from_secs(seconds)) < Duration::from_millis(20));
    assert!((found.frame_rate.unwrap().per_second() - rate).abs() < 0.001);
    assert!(found.has_audio);
    assert_eq!(verdict(&found, GB4), Verdict::default());
    file.cost()
}

#[test]
fn an_index_first_that_fits_in_64_kib_costs_one_read_of_64_kib() {
    let index = three_quarters_of_a_minute();
    assert!((50_000..65_000).contains(&index.len()), "{}", index.len());
    assert_eq!(cost(&first(&index), 45, 30.0), (1, 64 * 1024));
}

#[test]
fn a_larger_index_first_costs_one_more_read_behind_the_picture_s_tables() {
    // The sound's header, and that of the data which tells whether the file is whole, stand behind the tables of the
    // picture: two reads are the least. The tables themselves are not read.
    for rate in [30, 60] {
        let index = ten_minutes(rate);
        assert!(len(&index) > 700 * 1024, "{}", index.len());
        let (requests, bytes) = cost(&first(&index), 600, rate.into());
        assert!(requests == 2 && bytes <= 450 * 1024, "{rate} fps: {requests} requests, {bytes} bytes");
    }
}

#[test]
fn an_index_last_costs_three_reads_and_1_mib_at_most() {
    for (index, rate) in [(three_quarters_of_a_minute(), 30), (ten_minutes(30), 30), (ten_minutes(60), 60)] {
        let seconds = if index.len() < 65_536 { 45 } else { 600 };
        let (requests, bytes) = cost(&last(&index), seconds, rate.into());
        assert!(requests <= 3 && bytes <= MIB, "{rate} fps: {requests} requests, {bytes} bytes");
    }
}

#[test]
fn a_duration_for_each_frame_keeps_within_three_reads_and_1_mib() {
    let index = ten_minutes_variable();
    assert!(len(&index) > MIB, "{}", index.len());
    for file in [first(&index), last(&index)] {
        let (requests, bytes) = cost(&file, 600, 60.0);
        assert!(requests <= 3 && bytes <= MIB, "{requests} requests, {bytes} bytes");
    }
}

#[test]
fn an_index_of_many_mib_is_not_read_whole() {
    let tables = boxed(b"free", &vec![7; 25_000_000]);
    let index = moov(&[Track::video(36_000).trak(), tables, Track::audio(28_125).trak(), tag()]);
    for file in [first(&index), last(&index)] {
        let (requests, bytes) = cost(&file, 600, 60.0);
        assert!(requests <= 5 && bytes <= MIB + 64 * 1024, "{requests} requests, {bytes} bytes");
    }
}

#[test]
fn half_a_4_gb_file_is_known_to_be_cut_after_one_read_or_two() {
    let whole = [file(ftyp(), ten_minutes(60)), first(&three_quarters_of_a_minute()), first(&ten_minutes(60))];
    for (whole, most) in whole.into_iter().zip([1, 1, 2]) {
        let half = whole.cut(GB4 / 2);
        let error = block_on(slipway_video::probe(&half)).unwrap_err();
        assert!(matches!(error, ProbeError::Truncated { expected: Some(GB4_LESS_INDEX..=GB4), .. }), "{error:?}");
        let (requests, bytes) = half.cost();
        assert!(requests <= most && bytes <= MIB, "{requests} requests, {bytes} bytes");
    }
}

/// Repeats the fragments of a real file with data between them, as a long recording has.
fn long_fragmented(name: &str, fragments: u64, tail: bool) -> Sparse {
    let bytes = fixture(name);
    let (mut at, mut head, mut moof) = (0, Vec::new(), Vec::new());
    while at < bytes.len() {
        let size = usize::try_from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap();
        let part = bytes.slice(at..at + size);
        match &part[4..8] {
            b"moof" => moof = part.to_vec(),
            b"mdat" | b"mfra" => {}
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
    if !tail {
        return Sparse::new(end, parts);
    }
    let entry = |number: u64| {
        let at = len(&head) + number * each;
        [&(number * 15_360).to_be_bytes(), &at.to_be_bytes()[..], &[1, 1, 1]].concat()
    };
    let entries: Vec<u8> = (0..fragments).flat_map(entry).collect();
    let count = u32::try_from(fragments).unwrap();
    let tfra = boxed(b"tfra", &[words(&[1 << 24, 1, 0, count]), entries].concat());
    let size = u32::try_from(tfra.len() + 24).unwrap();
    let index = boxed(b"mfra", &[tfra, boxed(b"mfro", &words(&[0, size]))].concat());
    let len = end + len(&index);
    parts.push((end, Bytes::from(index)));
    Sparse::new(len, parts)
}

#[test]
fn the_last_of_two_thousand_fragments_is_found_without_walking() {
    // By the index of fragments at the file's end; without it, by its name in the last MiBs.
    for (index, most_requests, most_bytes) in [(true, 6, MIB), (false, 6, 5 * MIB)] {
        let file = long_fragmented("fragmented.mp4", 2000, index);
        let found = block_on(slipway_video::probe(&file)).unwrap();
        let seconds = found.duration.unwrap().as_secs_f64();
        // The last of 2,000 fragments begins 1999 * 15,360 ticks in; the sound's clock has 8,000 a second.
        assert!((3838.0..3840.0).contains(&seconds), "{seconds} s");
        let (requests, bytes) = file.cost();
        assert!(requests <= most_requests && bytes <= most_bytes, "{requests} requests, {bytes} bytes");
    }
}

#[test]
fn a_long_fragmented_file_that_was_cut_is_never_taken_for_whole() {
    for index in [true, false] {
        for cut in 1..=10 {
            let whole = long_fragmented("fragmented.mp4", 2000, index);
            let file = whole.cut(GB4 * cut / 11);
            let error = block_on(slipway_video::probe(&file)).unwrap_err();
            assert!(matches!(error.code().as_str(), "truncated" | "too_complex"), "{error}");
        }
    }
}
