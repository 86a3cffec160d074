use std::time::Duration;

use super::*;
use crate::{FrameRate, Rotation};

fn video() -> Probe {
    Probe {
        container: FileKind::Mp4,
        duration: Some(Duration::from_secs(10)),
        picture: Some(Picture { coded_width: 1080, coded_height: 1920, rotation: Rotation::None }),
        video_codec: Some(VideoCodec::H264),
        frame_rate: FrameRate::new(30, 1, 1),
        has_audio: true,
        unusual: None,
        unread: None,
    }
}

fn codes(probe: &Probe, size: u64) -> Vec<&'static str> {
    verdict(probe, size).refusals.iter().map(|reason| reason.code().as_str()).collect()
}

fn warnings(probe: &Probe) -> Vec<&'static str> {
    let found = verdict(probe, 1);
    assert_eq!(found.refusals, []);
    found.warnings.iter().map(|reason| reason.code().as_str()).collect()
}

#[test]
fn every_limit_holds_at_its_edges() {
    assert_eq!(codes(&video(), 4_000_000_000), Vec::<&str>::new());
    assert_eq!(codes(&video(), 4_000_000_001), ["size_out_of_range"]);
    for (millis, fits, warned) in [
        (500, false, false),
        (501, true, true),
        (999, true, true),
        (1000, true, false),
        (600_000, true, false),
        (600_030, true, true),
        (600_499, true, true),
        (600_500, false, false),
    ] {
        let probe = Probe { duration: Some(Duration::from_millis(millis)), ..video() };
        assert_eq!(codes(&probe, 1).is_empty(), fits, "{millis} ms");
        assert_eq!(!verdict(&probe, 1).warnings.is_empty(), warned, "{millis} ms");
    }
    for (frames, ticks, fits) in [
        (22, 1, false),
        (23, 1, true),
        (24_000, 1001, true),
        (60_000, 1001, true),
        (60, 1, true),
        (6_004, 100, true),
        (6_010, 100, false),
        (61, 1, false),
    ] {
        let probe = Probe { frame_rate: FrameRate::new(frames, ticks, 1), ..video() };
        assert_eq!(codes(&probe, 1).is_empty(), fits, "{frames} in {ticks} s");
    }
    for (side, fits) in [(0, false), (359, false), (360, true), (4096, true), (4097, false)] {
        let wide = Picture { coded_width: side, coded_height: 1000, rotation: Rotation::None };
        let turned = Picture { rotation: Rotation::Clockwise90, ..wide };
        for (picture, code) in [(wide, "width_out_of_range"), (turned, "height_out_of_range")] {
            let expected = if fits { vec![] } else { vec![code] };
            assert_eq!(codes(&Probe { picture: Some(picture), ..video() }, 1), expected, "{side}");
        }
    }
    for (codec, fits) in [
        (VideoCodec::H264, true),
        (VideoCodec::H265, true),
        (VideoCodec::Vp8, true),
        (VideoCodec::Vp9, true),
        (VideoCodec::Av1, false),
        (VideoCodec::Other("apcn".into()), false),
        (VideoCodec::other(b"h264"), false),
    ] {
        assert_eq!(codes(&Probe { video_codec: Some(codec.clone()), ..video() }, 1).is_empty(), fits, "{codec}");
    }
    for (container, fits) in [(FileKind::QuickTime, true), (FileKind::WebM, true), (FileKind::Matroska, false)] {
        assert_eq!(codes(&Probe { container, ..video() }, 1).is_empty(), fits, "{container:?}");
    }
}

#[test]
fn every_rule_has_a_code_of_its_own_what_was_measured_and_what_is_allowed() {
    let number = Measured::Number;
    let text = |text: &str| Measured::Text(text.to_owned());
    let picture = |coded_width, coded_height| Some(Picture { coded_width, coded_height, rotation: Rotation::None });
    let photo = Probe { container: FileKind::Jpeg, duration: None, video_codec: None, frame_rate: None, ..video() };
    let sides = one_of(["up to 1080x1920", "up to 1920x1080"]);
    let cases = [
        (
            Probe { container: FileKind::Matroska, ..video() },
            1,
            "container_unsupported",
            text("matroska"),
            one_of(["mp4", "mov", "webm"]),
        ),
        (
            Probe { video_codec: Some(VideoCodec::Av1), ..video() },
            1,
            "codec_unsupported",
            text("av1"),
            one_of(["h264", "h265", "vp8", "vp9"]),
        ),
        (
            Probe { frame_rate: FrameRate::new(22, 1, 1), ..video() },
            1,
            "frame_rate_out_of_range",
            number(22.0),
            range(23.0, 60.0, "frames a second"),
        ),
        (
            Probe { picture: picture(359, 640), ..video() },
            1,
            "width_out_of_range",
            number(359.0),
            range(360.0, 4096.0, "pixels"),
        ),
        (
            Probe { picture: picture(640, 4097), ..video() },
            1,
            "height_out_of_range",
            number(4097.0),
            range(360.0, 4096.0, "pixels"),
        ),
        (
            Probe { duration: Some(Duration::from_millis(600_500)), ..video() },
            1,
            "duration_out_of_range",
            number(600.5),
            range(1.0, 600.0, "seconds"),
        ),
        (video(), 4_000_000_001, "size_out_of_range", number(4_000_000_001.0), range(1.0, 4e9, "bytes")),
        (photo.clone(), 20_000_001, "size_out_of_range", number(20_000_001.0), range(1.0, 2e7, "bytes")),
    ];
    for (probe, size, code, measured, allowed) in cases {
        let [reason] = &verdict(&probe, size).refusals[..] else { panic!("{code}: {:?}", verdict(&probe, size)) };
        assert_eq!(
            (reason.code().as_str(), &reason.measured, &reason.allowed),
            (code, &Some(measured), &Some(allowed))
        );
        assert!(!reason.cure.is_empty());
    }
    let [reason] = &verdict(&Probe { picture: picture(1200, 1600), ..photo }, 1).warnings[..] else { panic!() };
    assert_eq!((reason.code().as_str(), &reason.measured), ("photo_too_large", &Some(text("1200x1600"))));
    assert_eq!(reason.allowed, Some(sides));
}

#[test]
fn a_kind_that_tiktok_does_not_take_is_a_rule_broken_too() {
    let texts =
        |error, size| refusal(&error, size).iter().map(|reason| (reason.code().as_str(), reason.to_string())).collect();
    let found: Vec<_> = texts(ProbeError::UnsupportedPhoto("PNG"), 20_000_001);
    assert_eq!(
        found,
        [
            ("photo_format_unsupported", "the photo's format is PNG; TikTok takes jpeg, webp".to_owned()),
            ("size_out_of_range", "the file size is 20000001 bytes; TikTok takes 1 to 20000000 bytes".to_owned()),
        ]
    );
    let found: Vec<_> = texts(ProbeError::UnsupportedContainer("AVI"), 4_000_000_000);
    assert_eq!(found, [("container_unsupported", "the container is AVI; TikTok takes mp4, mov, webm".to_owned())]);
    // The same names as the errors have where no verdict is asked for.
    for error in [ProbeError::UnsupportedPhoto("GIF"), ProbeError::UnsupportedContainer("Ogg")] {
        assert_eq!(refusal(&error, 1)[0].code().as_str(), error.code().as_str());
    }
    for error in [ProbeError::Empty, ProbeError::NotMedia, ProbeError::malformed("a box", 1)] {
        assert_eq!(refusal(&error, u64::MAX), []);
    }
}

#[test]
fn a_rate_is_refused_only_if_all_that_is_known_of_it_is_out_of_range() {
    let of = |frames, ticks| FrameRate::new(frames, ticks, 1).unwrap();
    let with = |rate| Probe { frame_rate: Some(rate), ..video() };
    assert_eq!(warnings(&with(of(30, 1).or_as_in(of(25, 1)))), Vec::<&str>::new());
    for varying in [of(30, 1).or_as_in(of(5, 1)), of(5, 1).or_as_in(of(30, 1)), of(90, 1).or_as_in(of(10, 1))] {
        assert_eq!(warnings(&with(varying)), ["frame_rate_varies"]);
    }
    let text = "the frame rate is 5 frames a second in places; TikTok takes 23 to 60 frames a second";
    assert_eq!(verdict(&with(of(30, 1).or_as_in(of(5, 1))), 1).warnings[0].to_string(), text);
    assert_eq!(warnings(&with(of(5, 1).certain(false))), ["frame_rate_varies"]);
    assert_eq!(codes(&with(of(15, 1).or_as_in(of(5, 1))), 1), ["frame_rate_out_of_range"]);
    assert_eq!(codes(&with(of(90, 1).or_as_in(of(100, 1))), 1), ["frame_rate_out_of_range"]);
}

#[test]
fn a_cure_names_a_container_that_can_hold_the_file() {
    for (container, cure) in [
        (FileKind::Mp4, "`ffmpeg -i in.mp4 -c copy out.mp4`"),
        (FileKind::QuickTime, "`ffmpeg -i in.mov -c copy out.mov`"),
        (FileKind::WebM, "`ffmpeg -i in.webm -c copy out.webm`"),
    ] {
        let found = verdict(&Probe { container, duration: None, ..video() }, 1);
        assert!(found.warnings[0].cure.contains(cure), "{}", found.warnings[0].cure);
    }
}

#[test]
fn an_estimated_rate_has_more_slack_than_a_stated_one() {
    let rate = FrameRate::new(605, 10, 1).unwrap();
    assert_eq!(codes(&Probe { frame_rate: Some(rate), ..video() }, 1), ["frame_rate_out_of_range"]);
    assert!(codes(&Probe { frame_rate: Some(rate.estimated()), ..video() }, 1).is_empty());
}

#[test]
fn all_broken_rules_come_at_once_with_their_numbers() {
    let probe = Probe {
        container: FileKind::Matroska,
        duration: Some(Duration::from_millis(500)),
        picture: Some(Picture { coded_width: 320, coded_height: 5000, rotation: Rotation::None }),
        video_codec: Some(VideoCodec::Av1),
        frame_rate: FrameRate::new(15, 1, 1),
        has_audio: false,
        unusual: None,
        unread: None,
    };
    let texts: Vec<String> = verdict(&probe, 5_000_000_000).refusals.iter().map(Reason::to_string).collect();
    assert_eq!(
        texts,
        [
            "the file size is 5000000000 bytes; TikTok takes 1 to 4000000000 bytes",
            "the container is matroska; TikTok takes mp4, mov, webm",
            "the duration is 0.5 seconds; TikTok takes 1 to 600 seconds",
            "the video codec is av1; TikTok takes h264, h265, vp8, vp9",
            "the width is 320 pixels; TikTok takes 360 to 4096 pixels",
            "the height is 5000 pixels; TikTok takes 360 to 4096 pixels",
            "the frame rate is 15 frames a second; TikTok takes 23 to 60 frames a second",
        ]
    );
}

#[test]
fn what_the_file_does_not_tell_is_a_warning_and_no_refusal() {
    let unknown = Probe { duration: None, frame_rate: None, ..video() };
    assert_eq!(warnings(&unknown), ["duration_unknown", "frame_rate_unknown"]);
    let unread = Probe { picture: None, video_codec: None, unread: Some("it is too long"), ..unknown };
    assert_eq!(warnings(&unread), ["duration_unknown", "headers_unread"]);
    assert_eq!(verdict(&unread, 1).warnings[1].to_string(), "the file could not be checked: it is too long");
    let sound = Probe { picture: None, video_codec: None, frame_rate: None, ..video() };
    assert_eq!(codes(&sound, 1), ["no_video_track"]);
}

#[test]
fn a_photo_has_rules_of_its_own() {
    let photo = |coded_width, coded_height| Probe {
        container: FileKind::Jpeg,
        duration: None,
        picture: Some(Picture { coded_width, coded_height, rotation: Rotation::None }),
        video_codec: None,
        frame_rate: None,
        has_audio: false,
        unusual: None,
        unread: None,
    };
    assert!(codes(&photo(1080, 1920), 20_000_000).is_empty());
    assert_eq!(codes(&photo(1080, 1920), 20_000_001), ["size_out_of_range"]);
    for (width, height, expected) in [
        (1080, 1920, &[][..]),
        (1920, 1080, &[]),
        (100, 100, &[]),
        // TikTok's guide says 1080p and no pixels, so it decides.
        (1081, 1200, &["photo_too_large"]),
        (1000, 1921, &["photo_too_large"]),
    ] {
        assert_eq!(warnings(&photo(width, height)), expected, "{width}x{height}");
    }
    let unusual = Probe { unusual: Some("CMYK"), ..photo(100, 100) };
    assert_eq!(warnings(&unusual), ["photo_unusual"]);
    assert_eq!(verdict(&unusual, 1).warnings[0].to_string(), "the photo's coding is CMYK");
}
