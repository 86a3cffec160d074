//! Files that a single field or a few frames tell lies about: each is judged as players play it.

use std::time::Duration;

use slipway_video::{MAX_BYTES, MAX_REQUESTS, Probe, Verdict, verdict};

use crate::make::{recording, thirty_a_second};
use crate::sparse::Sparse;
use crate::{block_on, fixture, probe};

/// Codes of refusals, and of warnings in brackets.
fn codes(found: &Probe) -> Vec<String> {
    let Verdict { refusals, warnings } = verdict(found, 1_000_000);
    let warnings = warnings.iter().map(|warning| format!("({})", warning.code().as_str()));
    refusals.iter().map(|refusal| refusal.code().as_str().to_owned()).chain(warnings).collect()
}

/// Whether it plays so many seconds, at about this rate.
fn plays(file: &str, found: &Probe, seconds: f64, rate: f64) {
    let duration = found.duration.unwrap_or_else(|| panic!("{file}: no duration"));
    assert!(duration.abs_diff(Duration::from_secs_f64(seconds)) < Duration::from_millis(3), "{file}: {duration:?}");
    let found_rate = found.frame_rate.unwrap_or_else(|| panic!("{file}: no rate")).per_second();
    assert!((found_rate - rate).abs() < 0.1, "{file}: {found_rate}");
}

#[test]
fn a_file_is_as_long_and_as_fast_as_players_say() {
    for (file, seconds, rate) in [
        // ffmpeg's `-movflags frag_keyframe` where all frames fit into the index.
        ("mvex-without-moof.mp4", 5.067, 30.0),
        // A frame that lasts less than nothing, made good by the next one.
        ("stts-negative-delta.mp4", 15.0, 30.0),
        // A text track of twenty minutes, and the movie's header goes by it.
        ("subtitles-longer.mp4", 15.0, 30.0),
        // Its clock shows half an hour at the first frame.
        ("webm-clock-starts-late.webm", 10.0, 30.0),
        // A first frame, and a second and a half later all others.
        ("webm-first-frame-early.webm", 21.5, 30.0),
    ] {
        let found = probe(fixture(&format!("cases/{file}"))).unwrap_or_else(|error| panic!("{file}: {error}"));
        plays(file, &found, seconds, rate);
        assert_eq!(codes(&found), Vec::<String>::new(), "{file}");
    }
}

/// The probe of a large file, within the limits of reading.
fn probe_within_limits(file: Vec<u8>) -> (Probe, u64) {
    let file = Sparse::whole(file.into());
    let found = block_on(slipway_video::probe(&file)).unwrap();
    let (requests, bytes) = file.cost();
    assert!(requests <= u64::from(MAX_REQUESTS) && bytes <= MAX_BYTES, "{requests} requests, {bytes} bytes");
    (found, bytes)
}

#[test]
fn a_recording_in_a_single_cluster_is_measured_within_the_budget() {
    // Small enough to be read; then so large that only places of it are.
    for (frames, size, seconds) in [(600, 7000, 20.0), (900, 7000, 30.0), (900, 30_000, 30.0)] {
        let file = recording(&[(0, thirty_a_second(frames, size))]);
        let (found, bytes) = probe_within_limits(file);
        plays(&format!("{frames} of {size}"), &found, seconds, 30.0);
        assert_eq!(codes(&found), Vec::<String>::new());
        assert!(bytes < 7 * 1024 * 1024, "{bytes} bytes");
    }
}

#[test]
fn what_stays_unknown_of_a_recording_is_a_warning() {
    // Two clusters of many megabytes each: the second one's time is not found.
    let file = recording(&[(0, thirty_a_second(600, 20_000)), (20_000, thirty_a_second(600, 20_000))]);
    let (found, _) = probe_within_limits(file);
    assert_eq!((found.duration, codes(&found)), (None, vec!["(duration_unknown)".to_owned()]));
    // Frames so large that none is seen whole but the first.
    let (found, _) = probe_within_limits(recording(&[(0, thirty_a_second(20, 900_000))]));
    assert_eq!(codes(&found), ["(duration_unknown)"]);
}

#[test]
fn a_recording_with_a_late_clock_is_as_long_as_its_frames() {
    let clusters: Vec<_> = (0..4).map(|number| (3_600_000 + number * 5000, thirty_a_second(150, 20_000))).collect();
    let (found, _) = probe_within_limits(recording(&clusters));
    plays("late", &found, 20.0, 30.0);
}

#[test]
fn a_fast_start_and_then_slides_are_not_thirty_frames_a_second() {
    let slides = |size: usize| {
        let start = thirty_a_second(61, size).into_iter();
        let mut clusters = vec![(0, start.collect::<Vec<_>>())];
        clusters.extend((1..=20).map(|slide| (slide * 5000, vec![(0, size)])));
        recording(&clusters)
    };
    // All of it is read: less than one a second.
    let (found, _) = probe_within_limits(slides(1000));
    assert_eq!(codes(&found), ["frame_rate_out_of_range"]);
    assert!(found.frame_rate.unwrap().per_second() < 1.0);
    // Start and end differ, and what is between them is not known.
    let (found, _) = probe_within_limits(slides(150_000));
    assert_eq!(codes(&found), ["(frame_rate_varies)"]);
}

#[test]
fn a_slow_start_alone_refuses_no_recording() {
    let slow = (0..10).map(|frame| (frame * 200, 90_000));
    let fast = |number: u64| (number * 2000, thirty_a_second(60, 30_000));
    let clusters: Vec<_> = [(0, slow.collect())].into_iter().chain((1..6).map(fast)).collect();
    let (found, _) = probe_within_limits(recording(&clusters));
    assert_eq!(codes(&found), ["(frame_rate_varies)"]);
}
