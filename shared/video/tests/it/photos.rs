//! Photos: by content, with what may stand in front of the picture and behind it.

use slipway_domain::FileKind;
use slipway_video::{Probe, ProbeError, Rotation, Verdict, refusal, verdict};

use crate::{fixture, probe};

/// The whole photos of the fixtures.
const PHOTOS: [&str; 10] = [
    "photo.jpg",
    "photo.webp",
    "photo_lossless.webp",
    "photos/progressive.jpg",
    "photos/grey.jpg",
    "photos/cmyk.jpg",
    "photos/arithmetic.jpg",
    "photos/large.jpg",
    "photos/transparent.webp",
    "photos/animated.webp",
];

fn probe_of(file: &str) -> Probe {
    probe(fixture(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn warnings(found: &Probe) -> Vec<String> {
    let Verdict { refusals, warnings } = verdict(found, 1_000_000);
    assert_eq!(refusals, []);
    warnings.iter().map(|warning| format!("{}: {warning}", warning.code().as_str())).collect()
}

#[test]
fn what_few_programs_read_is_a_warning_and_no_refusal() {
    for (file, size, expected) in [
        ("photo.jpg", (540, 960), None),
        ("photos/progressive.jpg", (540, 960), None),
        ("photos/grey.jpg", (540, 960), None),
        ("photos/transparent.webp", (90, 160), None),
        ("photos/cmyk.jpg", (540, 960), Some("photo_unusual: the photo's coding is CMYK")),
        ("photos/arithmetic.jpg", (540, 960), Some("photo_unusual: the photo's coding is arithmetic")),
        ("photos/animated.webp", (90, 160), Some("photo_unusual: the photo's coding is animated")),
        (
            "photos/large.jpg",
            (1500, 2000),
            Some("photo_too_large: the photo's picture is 1500x2000; TikTok takes up to 1080x1920, up to 1920x1080"),
        ),
    ] {
        let found = probe_of(file);
        let picture = found.picture.unwrap();
        assert_eq!((picture.width(), picture.height()), size, "{file}");
        assert_eq!(warnings(&found), Vec::from_iter(expected), "{file}");
        assert_eq!(found.container == FileKind::WebP, file.contains(".webp"), "{file}");
    }
}

#[test]
fn a_photo_cut_anywhere_is_never_taken_for_whole() {
    for file in PHOTOS {
        let whole = fixture(file);
        for length in 1..whole.len() {
            let found = probe(whole.slice(..length));
            assert!(found.is_err(), "{file} cut to {length} of {}: {found:?}", whole.len());
            let told = matches!(found, Err(ProbeError::Truncated { .. }));
            assert!(told || length < 40, "{file} cut to {length}: {found:?}");
        }
    }
}

#[test]
fn bytes_behind_a_photo_do_no_harm_however_many_are_cut_off() {
    let video = fixture("index_first.mp4");
    for file in PHOTOS {
        let motion = [&fixture(file)[..], &video].concat();
        for length in (fixture(file).len()..=motion.len()).step_by(97) {
            let found = probe(motion[..length].to_vec()).unwrap_or_else(|error| panic!("{file} {length}: {error}"));
            assert_eq!(found, probe_of(file), "{file} with {length} bytes");
        }
    }
}

/// A photo as a phone saves it, with EXIF data that says how it was held.
fn held(orientation: u8) -> Vec<u8> {
    let exif =
        [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation, 0, 0, 0, 0, 0, 0]].concat();
    let length = u16::try_from(exif.len() + 2).unwrap();
    let photo = fixture("photo.jpg");
    [&photo[..2], &[0xFF, 0xE1], &length.to_be_bytes(), &exif, &photo[2..]].concat()
}

#[test]
fn a_photo_is_as_wide_as_it_is_shown() {
    for (orientation, rotation, size) in [
        (1, Rotation::None, (540, 960)),
        (3, Rotation::Half, (540, 960)),
        (6, Rotation::Clockwise90, (960, 540)),
        (8, Rotation::Clockwise270, (960, 540)),
        (99, Rotation::None, (540, 960)),
    ] {
        let picture = probe(held(orientation)).unwrap().picture.unwrap();
        assert_eq!((picture.rotation, picture.width(), picture.height()), (rotation, size.0, size.1), "{orientation}");
        assert_eq!((picture.coded_width, picture.coded_height), (540, 960));
    }
}

#[test]
fn a_photo_of_another_kind_is_named_with_a_cure_for_it() {
    for (file, name, command) in [
        ("photos/transparent.png", "PNG", "`ffmpeg -i in "),
        ("png_renamed.mp4", "PNG", "`ffmpeg -i in "),
        ("picture.gif", "GIF", "`ffmpeg -i in "),
        ("photos/picture.heic", "HEIC", "`heif-convert "),
        ("photos/picture.avif", "AVIF", "`heif-convert "),
    ] {
        let error = probe(fixture(file)).unwrap_err();
        assert_eq!(error, ProbeError::UnsupportedPhoto(name), "{file}");
        let reasons = refusal(&error, 1);
        assert_eq!(reasons.len(), 1);
        assert!(reasons[0].to_string().contains(name) && reasons[0].cure.contains(command), "{reasons:?}");
    }
    // A brand that says no more than "picture": the others tell.
    for (others, name) in [(&b"mif1heic"[..], "HEIC"), (b"mif1avif", "AVIF")] {
        let file = [b"\0\0\0\x18ftypmif1\0\0\0\0", others, &[0; 40]].concat();
        assert_eq!(probe(file), Err(ProbeError::UnsupportedPhoto(name)));
    }
}

#[test]
fn a_webp_without_a_picture_or_with_one_that_does_not_fit_is_refused() {
    let whole = fixture("photos/transparent.webp");
    let extended = |chunks: &[u8]| {
        let size = u32::try_from(chunks.len() + 22).unwrap();
        [b"RIFF", &size.to_le_bytes()[..], b"WEBP", &whole[12..30], chunks].concat()
    };
    for (chunks, code) in [
        (&b""[..], "truncated"),
        (b"EXIF\x02\0\0\0II", "truncated"),
        (b"VP8 \x0A\0\0\0no picture", "malformed"),
        (b"VP8 \xFF\0\0\0", "malformed"),
        (b"VP8L\0\0\0\0", "malformed"),
    ] {
        assert_eq!(probe(extended(chunks)).unwrap_err().code().as_str(), code, "{chunks:?}");
    }
    assert!(probe(extended(&whole[30..])).is_ok());
}
