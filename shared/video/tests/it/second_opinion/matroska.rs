//! `WebM` and Matroska, as `matroska_demuxer` reads them.

use std::io::Cursor;
use std::time::Duration;

use matroska_demuxer::{Frame, MatroskaFile, TrackType};

use super::Found;

pub(super) fn read(bytes: &[u8]) -> Option<Found> {
    let mut file = MatroskaFile::open(Cursor::new(bytes)).ok()?;
    let tick = file.info().timestamp_scale().get();
    let stated = file
        .info()
        .duration()
        .map(|ticks| Duration::from_secs_f64(ticks * f64::from(u32::try_from(tick).unwrap()) / 1e9));
    let track = file.tracks().iter().find(|track| track.track_type() == TrackType::Video).cloned();
    let (mut frames, mut all) = (Vec::new(), Vec::new());
    let mut frame = Frame::default();
    while file.next_frame(&mut frame).ok()? {
        let at = Duration::from_nanos(frame.timestamp * tick);
        all.push(at);
        if track.as_ref().is_some_and(|track| track.track_number().get() == frame.track) {
            frames.push(at);
        }
    }
    let counted = all.iter().max()?.checked_sub(*all.iter().min()?)?;
    Some(Found {
        duration: stated.or(Some(counted)),
        size: track.as_ref().and_then(|track| track.video()).map(|video| {
            let side = |pixels: std::num::NonZeroU64| u32::try_from(pixels.get()).unwrap();
            (side(video.pixel_width()), side(video.pixel_height()))
        }),
        codec: track.as_ref().map(|track| codec(track.codec_id())),
        rate: rate(frames),
    })
}

/// By the times of all frames.
fn rate(mut frames: Vec<Duration>) -> Option<f64> {
    frames.sort_unstable();
    let (first, last) = (frames.first()?, frames.last()?);
    let span = last.checked_sub(*first)?;
    Some(f64::from(u32::try_from(frames.len() - 1).ok()?) / span.as_secs_f64()).filter(|rate| rate.is_finite())
}

fn codec(id: &str) -> String {
    match id {
        "V_MPEG4/ISO/AVC" => "h264",
        "V_MPEGH/ISO/HEVC" => "h265",
        "V_VP8" => "vp8",
        "V_VP9" => "vp9",
        "V_AV1" => "av1",
        other => other,
    }
    .to_owned()
}
