//! Which of a file's tracks count: pictures, chapters and fragments.

use std::time::Duration;

use slipway_domain::VideoCodec;
use slipway_video::{Probe, verdict};

use crate::make::{Track, beside, boxed, ftyp, moov, recording_of, thirty_a_second, words};
use crate::{fixture, probe};

fn mdat() -> Vec<u8> {
    boxed(b"mdat", &[0; 64])
}

/// Ten seconds of 60 frames each.
fn video(id: u32) -> Track {
    Track { id, ..Track::video(600) }
}

/// Ten seconds.
fn sound(id: u32) -> Track {
    Track { id, ..Track::audio(469) }
}

/// Some pictures in a video track, each shown for so many of 60,000 ticks a second.
fn pictures(id: u32, entry: [u8; 4], samples: u32, ticks: u32) -> Track {
    Track { id, entry, samples, ticks, ..Track::video(0) }
}

fn probe_of(tracks: &[Vec<u8>]) -> Probe {
    probe([ftyp(), moov(tracks), mdat()].concat()).unwrap()
}

/// Codec, frames a second, and seconds.
fn shown(found: &Probe) -> (Option<&str>, Option<f64>, Option<f64>) {
    let rate = found.frame_rate.map(|rate| rate.per_second().round());
    (found.video_codec.as_ref().map(VideoCodec::as_str), rate, found.duration.map(|plays| plays.as_secs_f64().round()))
}

#[test]
fn a_cover_beside_a_video_is_no_video_wherever_it_stands() {
    for entry in [*b"jpeg", *b"png ", *b"mp4v"] {
        // Shown for twenty minutes, as far as its track says.
        let cover = pictures(1, entry, 1, 72_000_000).trak();
        for tracks in [vec![cover.clone(), video(2).trak()], vec![video(2).trak(), cover.clone()]] {
            assert_eq!(shown(&probe_of(&tracks)), (Some("h264"), Some(60.0), Some(10.0)), "{entry:?}");
        }
        // An album's cover over its music is none either.
        let song = probe_of(&[cover, sound(2).trak()]);
        assert_eq!(shown(&song), (None, None, Some(10.0)), "{entry:?}");
        assert_eq!(verdict(&song, 1).refusals[0].code().as_str(), "no_video_track");
    }
    // A still that is coded as a video is one.
    assert_eq!(shown(&probe_of(&[pictures(1, *b"avc1", 1, 600_000).trak()])).0, Some("h264"));
}

#[test]
fn chapters_with_pictures_are_no_video_and_last_as_long_as_they_please() {
    let chapters = pictures(1, *b"jpeg", 40, 1_800_000).trak();
    let video = beside(&video(2).trak(), &boxed(b"tref", &boxed(b"chap", &words(&[1]))));
    for tracks in [[chapters.clone(), video.clone()], [video, chapters]] {
        assert_eq!(shown(&probe_of(&tracks)), (Some("h264"), Some(60.0), Some(10.0)));
    }
}

#[test]
fn a_picture_as_first_track_of_a_webm_is_no_video() {
    for picture in [&b"V_MJPEG"[..], b"V_PNG"] {
        let file = recording_of(&[picture, b"V_VP9"], &[(0, thirty_a_second(90, 100))]);
        assert_eq!(shown(&probe(file).unwrap()), (Some("vp9"), Some(30.0), Some(3.0)));
        let file = recording_of(&[b"V_VP9", picture], &[]);
        assert!(probe(file).is_err(), "without data it is cut short");
    }
}

/// Adds so many seconds to the time at which each fragment of a track begins, in a clock of `timescale`.
fn late(file: &mut [u8], track: u32, seconds: u64, timescale: u64) {
    let places = |name: [u8; 4]| -> Vec<usize> {
        let named = file.windows(4).enumerate().filter(|(_, window)| *window == name);
        named.map(|(at, _)| at).collect()
    };
    let headers = places(*b"tfhd");
    let of_track = |at: &usize| {
        let header = headers.iter().rev().find(|header| *header < at).unwrap();
        file[header + 8..header + 12] == track.to_be_bytes()
    };
    let times: Vec<_> = places(*b"tfdt").into_iter().filter(of_track).collect();
    assert!(!times.is_empty(), "track {track} has fragments that say when they begin");
    for at in times {
        let begins = u64::from_be_bytes(file[at + 8..at + 16].try_into().unwrap()) + seconds * timescale;
        file[at + 8..at + 16].copy_from_slice(&begins.to_be_bytes());
    }
}

#[test]
fn fragments_whose_clock_starts_late_last_as_long_as_their_frames() {
    let (picture, sound) = ((1, 15_360), (2, 8000));
    for (file, picture_alone) in [("fragmented.mp4", 1.628), ("fragmented_dash.mp4", 1.5), ("fragmented.mov", 1.628)] {
        for (tracks, seconds, expected) in [
            (&[picture, sound][..], 3600, 1.628),
            // One starts while the other plays.
            (&[sound], 1, 2.628),
            (&[picture], 1, 1.0 + picture_alone),
            // One has a clock of its own.
            (&[sound], 3600, 1.628),
            (&[picture], 3600, 1.628),
        ] {
            let mut bytes = fixture(file).to_vec();
            for (track, timescale) in tracks {
                late(&mut bytes, *track, seconds, *timescale);
            }
            let found = probe(bytes).unwrap().duration.unwrap();
            let difference = found.abs_diff(Duration::from_secs_f64(expected));
            assert!(difference < Duration::from_millis(2), "{file}, {tracks:?} {seconds} s late: {found:?}");
        }
    }
}
