//! Files made by ffmpeg, against what ffprobe says about them.

use std::time::Duration;

use slipway_domain::{FileKind, VideoCodec};
use slipway_video::{Picture, ProbeError, Rotation, Verdict, verdict};

use crate::{fixture, folder, probe};

fn container_of(file: &str) -> FileKind {
    match file.rsplit_once('.').unwrap().1 {
        "mp4" => FileKind::Mp4,
        "mov" => FileKind::QuickTime,
        "webm" => FileKind::WebM,
        "mkv" => FileKind::Matroska,
        "jpg" => FileKind::Jpeg,
        "webp" => FileKind::WebP,
        other => panic!("no container for {other}"),
    }
}

/// What we say of a file's rate where ffprobe says something else, and why.
const OTHER_RATES: [(&str, f64, &str); 1] =
    [("variable_rate.webm", 40.0, "ffprobe repeats what the header states; a third of those frames were left out")];

#[test]
fn every_file_has_the_duration_size_rate_and_codec_that_ffprobe_finds() {
    let table = std::fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let mut checked = 0;
    for line in table.lines() {
        let [file, seconds, codec, width, height, rate, rotation, audio] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let found = probe(fixture(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(found.container, container_of(file), "{file}");
        assert_eq!(found.has_audio, audio == "yes", "{file}");
        if seconds == "-" {
            assert_eq!(found.duration, None, "{file}");
        } else if seconds != "N/A" {
            let expected = Duration::from_secs_f64(seconds.parse().unwrap());
            let duration = found.duration.unwrap_or_else(|| panic!("{file} has no duration"));
            // Of a container's rounded numbers, ffprobe prefers one and we another.
            assert!(duration.abs_diff(expected) < Duration::from_millis(2), "{file}: {duration:?}, {expected:?}");
        }
        let found_codec = found.video_codec.as_ref().map_or("-", VideoCodec::as_str);
        let expected_codec = match codec {
            "hevc" => "h265",
            "mpeg4" => "mp4v",
            same => same,
        };
        assert_eq!(found_codec, expected_codec, "{file}");
        if width == "-" {
            assert_eq!(found.picture, None, "{file}");
            continue;
        }
        let picture = found.picture.unwrap();
        assert_eq!([picture.coded_width.to_string(), picture.coded_height.to_string()], [width, height], "{file}");
        if rate == "-" {
            assert_eq!(found.frame_rate, None, "{file}");
            continue;
        }
        // ffprobe counts counter-clockwise.
        let turned = (-rotation.parse::<i32>().unwrap()).rem_euclid(360);
        assert_eq!(i32::from(picture.rotation.degrees()), turned, "{file}");
        let (frames, span) = rate.split_once('/').unwrap();
        let theirs: f64 = frames.parse::<f64>().unwrap() / span.parse::<f64>().unwrap();
        let other = OTHER_RATES.iter().find(|(other, ..)| *other == file);
        let (expected, most) = other.map_or((theirs, 0.01), |(_, ours, _)| (*ours, 0.5));
        assert!(other.is_none() || (theirs - expected).abs() > most, "{file}: ffprobe agrees, no need to name it");
        let rate = found.frame_rate.unwrap_or_else(|| panic!("{file} has no frame rate"));
        assert!((rate.per_second() - expected).abs() < most, "{file}: {} for {expected}", rate.per_second());
        checked += 1;
    }
    assert!(checked >= 30, "only {checked} files with a picture");
}

#[test]
fn each_file_breaks_the_rules_that_it_was_made_to_break() {
    for (file, expected) in [
        ("index_first.mp4", &[][..]),
        ("index_last.mp4", &[]),
        ("quicktime.mov", &[]),
        ("fragmented.mp4", &[]),
        ("fragmented_without_mfra.mp4", &[]),
        ("fragmented_dash.mp4", &[]),
        ("fragments_behind_index.mp4", &[]),
        ("ntsc.mp4", &[]),
        ("sixty.mp4", &[]),
        ("variable_rate.mp4", &[]),
        ("rotated_90.mp4", &[]),
        ("hevc.mp4", &[]),
        ("quicktime_index_first.mov", &[]),
        ("fragmented.mov", &[]),
        ("rotated_270.mp4", &[]),
        ("hevc.mov", &[]),
        ("variable_rate.webm", &[]),
        ("vp8.webm", &[]),
        ("vp9.webm", &[]),
        ("vp9.mp4", &[]),
        ("live.webm", &[]),
        ("photo.jpg", &[]),
        ("photo.webp", &[]),
        ("photo_lossless.webp", &[]),
        ("too_slow.mp4", &["frame_rate_out_of_range"]),
        ("too_fast.mp4", &["frame_rate_out_of_range"]),
        ("too_small.mp4", &["width_out_of_range", "height_out_of_range"]),
        ("too_short.mp4", &["duration_out_of_range"]),
        ("too_long_too_slow.mp4", &["duration_out_of_range", "frame_rate_out_of_range"]),
        ("mpeg4.mp4", &["codec_unsupported"]),
        ("av1.mp4", &["codec_unsupported"]),
        ("matroska.mkv", &["container_unsupported"]),
        ("hevc.mkv", &["container_unsupported"]),
        ("vp8.mkv", &["container_unsupported"]),
        ("vp9.mkv", &["container_unsupported"]),
        ("audio_only.mp4", &["no_video_track"]),
        ("audio_only.webm", &["no_video_track"]),
    ] {
        let bytes = fixture(file);
        let size = u64::try_from(bytes.len()).unwrap();
        let found = probe(bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        let Verdict { refusals, warnings } = verdict(&found, size);
        assert_eq!(warnings, [], "{file}");
        let reasons: Vec<_> = refusals.iter().map(|reason| reason.code().as_str()).collect();
        assert_eq!(reasons, expected, "{file}: {found:?}");
    }
}

#[test]
fn a_variable_frame_rate_is_told_from_a_constant_one() {
    for (file, variable) in [
        ("variable_rate.mp4", true),
        ("variable_rate.webm", true),
        ("ntsc.mp4", false),
        ("index_first.mp4", false),
        ("vp9.webm", false),
        ("live.webm", false),
    ] {
        assert_eq!(probe(fixture(file)).unwrap().frame_rate.unwrap().variable, variable, "{file}");
    }
}

#[test]
fn a_recording_without_duration_or_rate_is_measured_by_its_blocks() {
    let found = probe(without_stated_rate("live.webm")).unwrap();
    let rate = found.frame_rate.unwrap();
    assert!(rate.estimated && !rate.variable);
    assert!((rate.per_second() - 30.0).abs() < 0.1, "{}", rate.per_second());
    let duration = found.duration.unwrap();
    assert!(duration.abs_diff(Duration::from_millis(1500)) < Duration::from_millis(50), "{duration:?}");
}

/// A WebM file as a browser's recorder writes it. ffmpeg states the rate, so its element gets another name.
fn without_stated_rate(file: &str) -> Vec<u8> {
    let mut bytes = fixture(file).to_vec();
    let default_duration = [0x23, 0xE3, 0x83];
    let at = bytes.windows(3).position(|window| window == default_duration).unwrap();
    bytes[at..at + 3].copy_from_slice(&[0x23, 0xE3, 0x84]);
    bytes
}

#[test]
fn a_variable_rate_that_is_not_stated_is_measured_by_the_blocks() {
    let rate = probe(without_stated_rate("variable_rate.webm")).unwrap().frame_rate.unwrap();
    assert!(rate.estimated && rate.variable);
    assert!((rate.per_second() - 40.0).abs() < 0.5, "{}", rate.per_second());
}

#[test]
fn a_rotated_video_keeps_both_sizes() {
    let picture = probe(fixture("rotated_90.mp4")).unwrap().picture.unwrap();
    assert_eq!(picture, Picture { coded_width: 360, coded_height: 640, rotation: Rotation::Clockwise270 });
    assert_eq!((picture.width(), picture.height()), (640, 360));
}

#[test]
fn photos_have_their_size() {
    for (file, container) in
        [("photo.jpg", FileKind::Jpeg), ("photo.webp", FileKind::WebP), ("photo_lossless.webp", FileKind::WebP)]
    {
        let found = probe(fixture(file)).unwrap();
        assert_eq!(found.container, container);
        let picture = found.picture.unwrap();
        assert_eq!((picture.width(), picture.height()), (540, 960), "{file}");
    }
}

#[test]
fn what_is_no_video_is_told_apart() {
    assert_eq!(probe(Vec::new()), Err(ProbeError::Empty));
    assert_eq!(probe(fixture("png_renamed.mp4")), Err(ProbeError::UnsupportedPhoto("PNG")));
    assert_eq!(probe(fixture("picture.gif")), Err(ProbeError::UnsupportedPhoto("GIF")));
    assert_eq!(probe(fixture("video.avi")), Err(ProbeError::UnsupportedContainer("AVI")));
    for text in ["a", "ftyp", "Dear diary,\n", "%PDF-1.7", "<html><body>404</body></html>", "{\"mp4\":true}"] {
        assert_eq!(probe(text), Err(ProbeError::NotMedia), "{text}");
    }
    assert_eq!(probe(vec![0; 100_000]), Err(ProbeError::NotMedia));
    let heic = [b"\0\0\0\x18ftypheic", &[0; 40][..]].concat();
    assert_eq!(probe(heic), Err(ProbeError::UnsupportedPhoto("HEIC")));
}

#[test]
fn bytes_behind_a_whole_video_do_no_harm() {
    for behind in [&b"\0\0\0"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0", b"TAG some old player's notes at the very end"] {
        for file in ["index_first.mp4", "index_last.mp4"] {
            let bytes = [&fixture(file)[..], behind].concat();
            assert!(probe(bytes).is_ok(), "{file} and {behind:?}");
        }
    }
}

#[test]
fn what_follows_a_photo_does_not_cut_it_short() {
    // The video of a motion photo, and more than is searched at the end, without an end marker in it.
    for size in [100, 300_000, 3_000_000] {
        let motion = [&fixture("photo.jpg")[..], b"\0\0\0\x18ftypmp42", &vec![7; size]].concat();
        let found = probe(motion).unwrap();
        assert_eq!((found.picture.unwrap().width(), found.unread), (540, None), "{size}");
    }
    let webp = [&fixture("photo.webp")[..], &[7; 1000]].concat();
    assert_eq!(probe(webp).unwrap().picture.unwrap().width(), 540);
    // More than is read tells nothing.
    let endless =
        [&fixture("photo.jpg")[..200_usize.min(fixture("photo.jpg").len() - 2)], &vec![7; 12_000_000]].concat();
    assert!(probe(endless).map_or_else(|error| error.code().as_str() != "truncated", |found| found.unread.is_some()));
}
