//! Files made to do harm: each ends in a clear error, within the limits.

use bytes::Bytes;
use slipway_domain::VideoCodec;
use slipway_video::{MAX_BYTES, MAX_REQUESTS, ProbeError, verdict};

use crate::make::{Track, boxed, element, ftyp, large_header, moov, words};
use crate::sparse::Sparse;
use crate::{block_on, probe};

const EBML: [u8; 4] = [0x1A, 0x45, 0xDF, 0xA3];
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];

/// The error's code, after a look at what it cost to find it.
fn code(file: &Sparse) -> &'static str {
    let found = block_on(slipway_video::probe(file));
    let (requests, bytes) = file.cost();
    assert!(requests <= u64::from(MAX_REQUESTS) && bytes <= MAX_BYTES, "{requests} requests, {bytes} bytes");
    found.map_or_else(|error| error.code().as_str(), |found| if found.unread.is_some() { "unread" } else { "taken" })
}

fn code_of(parts: &[Vec<u8>]) -> &'static str {
    code(&Sparse::whole(parts.concat().into()))
}

fn mdat() -> Vec<u8> {
    boxed(b"mdat", &[0; 64])
}

/// A video whose frames' durations are in this box.
fn with_stts(stts: &[u8]) -> Vec<Vec<u8>> {
    vec![ftyp(), moov(&[Track::video(60).trak_with(stts)]), mdat()]
}

#[test]
fn the_made_video_that_the_hostile_ones_vary_is_fine() {
    assert_eq!(code_of(&with_stts(&Track::video(60).stts())), "taken");
}

#[test]
fn sizes_that_lie_are_refused() {
    for size in 2..8_u32 {
        assert_eq!(code_of(&[ftyp(), words(&[size]), b"moov".to_vec(), vec![0; 64]]), "malformed", "{size}");
    }
    for size in [2, 15, u64::MAX, u64::MAX - 30] {
        assert_eq!(code_of(&[ftyp(), large_header(b"moov", size), vec![0; 64]]), "malformed", "{size}");
    }
    for size in [100_000, u64::from(u32::MAX), 1 << 62] {
        assert_eq!(code_of(&[ftyp(), large_header(b"moov", size), vec![0; 64]]), "truncated", "{size}");
    }
    // A child that is larger than its parent.
    let child = [words(&[5000]), b"trak".to_vec(), vec![0; 100]].concat();
    assert_eq!(code_of(&[ftyp(), moov(&[child]), mdat(), vec![0; 10_000]]), "malformed");
}

#[test]
fn a_track_that_does_not_say_how_it_is_coded_breaks_the_rule_of_codecs() {
    let mut index = moov(&[Track::video(60).trak()]);
    let at = index.windows(4).position(|name| name == b"stsd").unwrap();
    index[at..at + 4].copy_from_slice(b"free");
    let file = [ftyp(), index, mdat()].concat();
    let found = probe(file).unwrap();
    assert_eq!(found.video_codec, Some(VideoCodec::Other("unnamed".to_owned())));
    let codes: Vec<_> = verdict(&found, 1).refusals.iter().map(|reason| reason.code().as_str()).collect();
    assert_eq!(codes, ["codec_unsupported"]);
}

#[test]
fn tables_that_claim_more_entries_than_they_have_are_refused() {
    for count in [2, 1_000_000, u32::MAX] {
        let stts = boxed(b"stts", &words(&[0, count, 60, 1000]));
        assert_eq!(code_of(&with_stts(&stts)), "malformed", "{count}");
    }
}

#[test]
fn a_table_of_a_million_entries_is_not_read() {
    let stts = boxed(b"stts", &[words(&[0, 1_000_000]), vec![1; 8_000_000]].concat());
    let found = probe(with_stts(&stts).concat()).unwrap();
    assert_eq!((found.frame_rate, found.unread), (None, None));
}

#[test]
fn frames_without_number_in_a_fragment_are_not_counted() {
    // A duration of its own for each frame, in tables of a MiB each.
    let durations: Vec<u32> = (0..200_000).collect();
    let trun = boxed(b"trun", &[words(&[0x100, 200_000]), words(&durations)].concat());
    let traf = boxed(b"traf", &[boxed(b"tfhd", &words(&[0, 1])), trun.repeat(4)].concat());
    let moof = boxed(b"moof", &[boxed(b"mfhd", &words(&[0, 1])), traf].concat());
    let mvex = boxed(b"mvex", &boxed(b"trex", &words(&[0, 1, 1, 1000, 0, 0])));
    assert_eq!(code_of(&[ftyp(), moov(&[Track::video(0).trak(), mvex]), moof, mdat()]), "unread");
}

#[test]
fn frame_counts_beyond_all_reason_do_not_overflow() {
    let entries: Vec<u32> = std::iter::repeat_n([u32::MAX, u32::MAX], 1000).flatten().collect();
    let stts = boxed(b"stts", &[words(&[0, 1000]), words(&entries)].concat());
    assert_eq!(code_of(&with_stts(&stts)), "taken");
    // Where the index states no duration it follows from the frames; millions of years are none.
    let file = [ftyp(), moov(&[Track::video(0).trak_with(&stts)]), mdat()].concat();
    assert_eq!(probe(file).unwrap().duration, Some(std::time::Duration::from_mins(10)), "as the movie's header says");
}

#[test]
fn a_huge_index_is_not_read() {
    for size in [33 * 1024 * 1024, 3_000_000_000, 4_000_000_000, 1 << 40] {
        let head = [ftyp(), large_header(b"moov", size)].concat();
        let at = u64::try_from(head.len()).unwrap() - 16;
        let file = Sparse::new(at + size, [(0, Bytes::from(head.clone()))]);
        assert_eq!(code(&file), "unread", "{size}");
        // The same lie in a file that is not that large.
        assert_eq!(code(&Sparse::new(at + size - 1, [(0, Bytes::from(head))])), "truncated", "{size}");
    }
}

#[test]
fn boxes_without_number_are_not_all_read() {
    let many = |name| boxed(name, &[]).repeat(1_000_000);
    assert_eq!(code_of(&[ftyp(), many(b"free")]), "unread");
    assert_eq!(code_of(&[ftyp(), moov(&[many(b"free")]), mdat()]), "unread");
    assert_eq!(code_of(&[ftyp(), moov(&[many(b"trak")]), mdat()]), "unread");
    // Spread so that each costs a read.
    let far = 10_000_000;
    let free = |at: u64| (at * far, Bytes::from(large_header(if at == 0 { b"ftyp" } else { b"free" }, far)));
    assert_eq!(code(&Sparse::new(1000 * far, (0..1000).map(free))), "unread");
}

#[test]
fn deep_nesting_is_not_followed() {
    let mut nested = Vec::new();
    for _ in 0..2000 {
        nested = boxed(b"trak", &nested);
    }
    assert_eq!(code_of(&[ftyp(), moov(&[nested]), mdat()]), "taken");
    let mut nested = Vec::new();
    for _ in 0..2000 {
        nested = element(&[0xA0], &nested);
    }
    let header = element(&EBML, &element(&[0x42, 0x82], b"webm"));
    assert_eq!(code_of(&[header, element(&SEGMENT, &nested)]), "malformed");
}

#[test]
fn fragments_that_claim_frames_they_do_not_have_are_refused() {
    let fragment = |flags: u32, count: u32| {
        let trun = boxed(b"trun", &words(&[flags, count, 0]));
        let tfhd = boxed(b"tfhd", &words(&[0, 1]));
        let traf = boxed(b"traf", &[tfhd, trun].concat());
        let mfhd = boxed(b"mfhd", &words(&[0, 1]));
        let mvex = boxed(b"mvex", &boxed(b"trex", &words(&[0, 1, 1, 1000, 0, 0])));
        let index = moov(&[Track::video(0).trak(), mvex]);
        code_of(&[ftyp(), index, boxed(b"moof", &[mfhd, traf].concat()), mdat()])
    };
    assert_eq!(fragment(0x100, 1), "taken");
    assert_eq!(fragment(0x100, 1_000_000), "malformed");
    assert_eq!(fragment(0x200, u32::MAX), "malformed");
    // Nothing in the table a frame: the number alone costs nothing.
    assert_eq!(fragment(0, u32::MAX), "taken");
}

#[test]
fn matroska_that_lies_is_refused() {
    let header = || element(&EBML, &element(&[0x42, 0x82], b"webm"));
    let unknown = [&SEGMENT[..], &[0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]].concat();
    let huge = |id: &[u8]| [id, &[0x01, 0, 0, 0x40, 0, 0, 0, 0]].concat();
    let tracks = [0x16, 0x54, 0xAE, 0x6B];
    assert_eq!(code_of(&[huge(&EBML)]), "too_complex");
    assert_eq!(code_of(&[element(&EBML, b"")]), "malformed");
    assert_eq!(code_of(&[element(&EBML, &element(&[0x42, 0x82], b"exe"))]), "container_unsupported");
    assert_eq!(code_of(&[header(), huge(&SEGMENT)]), "truncated");
    assert_eq!(code_of(&[header(), unknown.clone(), huge(&tracks)]), "unread");
    assert_eq!(code_of(&[header(), unknown.clone(), vec![0; 100]]), "malformed");
    assert_eq!(code_of(&[header(), unknown.clone(), element(&[0xEC], b"").repeat(500_000)]), "unread");
    assert_eq!(code_of(&[header(), unknown, element(&tracks, b"")]), "truncated");
}

#[test]
fn photos_that_lie_are_refused() {
    let jpeg = |rest: &[u8]| Sparse::whole([&[0xFF, 0xD8, 0xFF][..], rest].concat().into());
    assert_eq!(code(&jpeg(&[0xE0, 0, 1])), "malformed");
    assert_eq!(code(&jpeg(&[0xE0, 0xFF, 0xFF, 0])), "truncated");
    assert_eq!(code(&jpeg(&vec![0xFF; 1_000_000])), "unread");
    assert_eq!(code(&jpeg(&[0xDA, 0, 2, 0, 0xFF, 0xD9])), "malformed");
    assert_eq!(code(&jpeg(&[0xC0, 0, 8, 8, 0, 0, 0, 9, 0xFF, 0xDA, 0, 2, 0, 0xFF, 0xD9])), "malformed");
    // What is damaged lies within the file, even where a segment's length does not.
    let no_frame = block_on(slipway_video::probe(&jpeg(&[0xDA, 0xFF, 0xFF]))).unwrap_err();
    assert_eq!(no_frame, ProbeError::Malformed { what: "a JPEG without a frame", at: 6 });
    let webp = |size: u32, rest: &[u8]| [b"RIFF", &size.to_le_bytes()[..], b"WEBP", rest].concat();
    assert_eq!(probe(webp(4, b"")).unwrap_err().code().as_str(), "truncated");
    assert_eq!(probe(webp(u32::MAX, &[0; 40])).unwrap_err().code().as_str(), "truncated");
    assert_eq!(probe(webp(20, b"XXXX\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")).unwrap_err().code().as_str(), "malformed");
}

#[test]
fn a_source_that_fails_says_nothing_about_the_file() {
    struct Failing;
    impl slipway_video::Source for Failing {
        fn len(&self) -> u64 {
            10
        }
        async fn read(&self, _: std::ops::Range<u64>) -> Result<Bytes, slipway_video::SourceError> {
            Err(slipway_video::SourceError::Changed)
        }
    }
    let error = block_on(slipway_video::probe(&Failing)).unwrap_err();
    assert_eq!(error, ProbeError::Source(slipway_video::SourceError::Changed));
}
