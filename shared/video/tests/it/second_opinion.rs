//! What parsers that others wrote find in the same files: ours and theirs agree, or the difference has its reason here.

mod matroska;
mod mp4;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use slipway_domain::VideoCodec;
use slipway_video::Probe;

use crate::make::{Track, beside, boxed, ftyp, moov, recording, recording_of, thirty_a_second, words};
use crate::{folder, probe};

/// What both kinds of parser find.
#[derive(Debug, Default)]
pub(crate) struct Found {
    duration: Option<Duration>,
    /// Width and height as stored.
    size: Option<(u32, u32)>,
    codec: Option<String>,
    /// The mean frame rate.
    rate: Option<f64>,
}

/// Theirs read no edit list, and so play the packet ahead of a sound: 128 ms at 8,000 samples a second. Nor do they show a
/// WebM's last frame.
const LENGTH: Duration = Duration::from_millis(130);
/// What whole milliseconds move a frame rate by.
const RATE: f64 = 0.1;

/// Files of which ours and theirs say something else, what of, and why.
const DIFFERENCES: [(&str, &[&str], &str); 3] = [
    (
        "cover_first.webm",
        &["codec", "rate"],
        "they take the first track with a picture, ours the first that is a video",
    ),
    ("mpeg4.mp4", &["codec", "duration", "rate", "size"], "they know nothing of this codec, and so of its track"),
    ("webm-first-frame-early.webm", &["rate"], "they count the single pause behind the first frame, too"),
];

/// Files that theirs can't read, and why.
const UNREAD: [(&str, &str); 1] = [("stts-negative-delta.mp4", "they have no frame that lasts less than nothing")];

impl Found {
    fn ours(found: &Probe) -> Self {
        Self {
            duration: found.duration,
            size: found.picture.map(|picture| (picture.coded_width, picture.coded_height)),
            codec: found.video_codec.as_ref().map(VideoCodec::to_string),
            rate: found.frame_rate.map(slipway_video::FrameRate::per_second),
        }
    }

    /// In what they differ.
    fn differences(&self, other: &Self) -> BTreeSet<&'static str> {
        let lengths = self.duration.zip(other.duration).is_none_or(|(one, other)| one.abs_diff(other) <= LENGTH);
        let rates = self.rate.zip(other.rate).is_none_or(|(one, other)| (one - other).abs() <= RATE);
        [
            ("duration", lengths && self.duration.is_some() == other.duration.is_some()),
            ("size", self.size == other.size),
            ("codec", self.codec == other.codec),
            ("rate", rates && self.rate.is_some() == other.rate.is_some()),
        ]
        .into_iter()
        .filter_map(|(what, alike)| (!alike).then_some(what))
        .collect()
    }
}

/// What they find in a file, by its kind; nothing if they can't read it.
fn theirs(name: &str, bytes: &[u8]) -> Option<Found> {
    let is_matroska = Path::new(name).extension().is_some_and(|ending| ending == "webm" || ending == "mkv");
    // They may count on what a damaged file does not have.
    let read = || if is_matroska { matroska::read(bytes) } else { mp4::read(bytes) };
    std::panic::catch_unwind(read).ok().flatten()
}

/// The videos among the fixtures, and those that the tests make.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut files = made();
    for place in [folder(), folder().join("cases")] {
        for entry in std::fs::read_dir(&place).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if ["mp4", "mov", "webm", "mkv"].contains(&ending) && !path.ends_with("png_renamed.mp4") {
                files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files
}

/// Files as the other tests make them, and small enough to be read whole.
fn made() -> Vec<(String, Vec<u8>)> {
    let second = |number: u64| (number * 1000, thirty_a_second(30, 100));
    let slides = [(0, thirty_a_second(61, 100))].into_iter().chain((1..20).map(|slide| (slide * 5000, vec![(0, 100)])));
    let movie = |tracks: &[Vec<u8>]| [ftyp(), moov(tracks), boxed(b"mdat", &[0; 64])].concat();
    let (video, sound) = (Track { id: 1, ..Track::video(600) }.trak(), Track::audio(469).trak());
    let picture = |samples, ticks| Track { id: 3, entry: *b"jpeg", samples, ticks, ..Track::video(0) }.trak();
    let with_chapters = beside(&video, &boxed(b"tref", &boxed(b"chap", &words(&[3]))));
    [
        ("one_cluster.webm", recording(&[(0, thirty_a_second(600, 100))])),
        ("clusters.webm", recording(&(0..10).map(second).collect::<Vec<_>>())),
        ("late_clock.webm", recording(&(3600..3610).map(second).collect::<Vec<_>>())),
        ("slides.webm", recording(&slides.collect::<Vec<_>>())),
        ("cover_first.webm", recording_of(&[b"V_MJPEG", b"V_VP9"], &[(0, thirty_a_second(90, 100))])),
        ("picture_and_sound.mp4", movie(&[video.clone(), sound.clone()])),
        ("cover_last.mp4", movie(&[video, sound, picture(1, 600_000)])),
        ("chapters_first.mp4", movie(&[picture(4, 600_000), with_chapters])),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into()
}

#[test]
fn ours_and_theirs_agree_or_the_difference_has_a_reason() {
    let (mut found, mut unread, mut read) = (BTreeSet::new(), BTreeSet::new(), 0);
    for (name, bytes) in corpus() {
        let ours = Found::ours(&probe(bytes.clone()).unwrap_or_else(|error| panic!("{name}: {error}")));
        let Some(theirs) = theirs(&name, &bytes) else {
            unread.insert(name);
            continue;
        };
        read += 1;
        for what in ours.differences(&theirs) {
            eprintln!("{name}: {what}: ours {ours:?}, theirs {theirs:?}");
            found.insert((name.clone(), what));
        }
    }
    let named = |name: &str| name.to_owned();
    let expected = DIFFERENCES.iter().flat_map(|(name, what, _)| what.iter().map(|what| (named(name), *what)));
    assert_eq!(found, expected.collect());
    assert_eq!(unread, UNREAD.iter().map(|(name, _)| named(name)).collect());
    assert!(read >= 45, "only {read} files were read by both");
}
