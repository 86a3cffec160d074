//! Files that end too early.

use slipway_video::ProbeError;

use crate::{fixture, probe};

/// These say how long they are, in one way or another.
const TELLING: [&str; 26] = [
    "index_first.mp4",
    "index_last.mp4",
    "quicktime.mov",
    "quicktime_index_first.mov",
    "hevc.mov",
    "hevc.mp4",
    "ntsc.mp4",
    "sixty.mp4",
    "variable_rate.mp4",
    "rotated_90.mp4",
    "vp9.mp4",
    "av1.mp4",
    "mpeg4.mp4",
    "audio_only.mp4",
    "fragmented_with_sidx.mp4",
    "vp8.webm",
    "vp9.webm",
    "variable_rate.webm",
    "hevc.mkv",
    "vp8.mkv",
    "vp9.mkv",
    "matroska.mkv",
    "audio_only.webm",
    "photo.jpg",
    "photo.webp",
    "photo_lossless.webp",
];

#[test]
fn a_file_cut_anywhere_is_never_taken_for_whole() {
    for file in TELLING {
        let whole = fixture(file);
        let index = if file == "fragmented_with_sidx.mp4" {
            // Behind its last fragment stands an index of them, which no player needs.
            whole.windows(4).rposition(|name| name == b"mfra").unwrap() - 4
        } else {
            whole.len()
        };
        for length in 1..index {
            let found = probe(whole.slice(..length));
            assert!(found.is_err(), "{file} cut to {length} of {}: {found:?}", whole.len());
        }
    }
}

#[test]
fn a_file_cut_at_ten_places_is_called_truncated() {
    for file in TELLING {
        let whole = fixture(file);
        for tenth in 1..=10 {
            let length = (whole.len() * tenth / 11).max(40);
            match probe(whole.slice(..length)) {
                Err(ProbeError::Truncated { expected, actual, .. }) => {
                    assert_eq!(actual, u64::try_from(length).unwrap());
                    assert!(expected.is_none_or(|expected| expected > actual), "{file} cut to {length}");
                }
                other => panic!("{file} cut to {length} of {}: {other:?}", whole.len()),
            }
        }
    }
}

#[test]
fn a_fragmented_file_or_a_recording_is_whole_only_between_two_fragments() {
    for (file, most) in [
        ("fragmented_without_mfra.mp4", 4),
        ("fragmented.mov", 30),
        ("fragmented_dash.mp4", 30),
        ("fragments_behind_index.mp4", 30),
        ("live.webm", 200),
    ] {
        let whole = fixture(file);
        let taken = (1..whole.len()).filter(|length| probe(whole.slice(..*length)).is_ok()).count();
        assert!((1..=most).contains(&taken), "{file} was taken for whole at {taken} lengths");
    }
}

#[test]
fn data_that_does_not_say_where_it_ends_is_measured_by_the_index() {
    for file in ["index_first.mp4", "vp9.mp4"] {
        let mut whole = fixture(file).to_vec();
        let data = whole.windows(4).position(|name| name == b"mdat").unwrap();
        whole[data - 4..data].fill(0);
        assert!(probe(whole.clone()).is_ok(), "{file}");
        let full = u64::try_from(whole.len()).unwrap();
        for length in data + 4..whole.len() {
            match probe(whole[..length].to_vec()) {
                Err(ProbeError::Truncated { expected: Some(expected), .. }) => assert_eq!(expected, full, "{file}"),
                other => panic!("{file} cut to {length} of {full}: {other:?}"),
            }
        }
    }
}
