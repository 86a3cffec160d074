//! MP4 and `QuickTime`, as `re_mp4` reads them.

use std::time::Duration;

use re_mp4::{Mp4, Track, TrackKind};

use super::Found;

pub(super) fn read(bytes: &[u8]) -> Option<Found> {
    let file = Mp4::read_bytes(bytes).ok()?;
    let is = |kind| move |track: &&Track| track.kind == Some(kind);
    let played = file.tracks().values().filter(|track| is(TrackKind::Video)(track) || is(TrackKind::Audio)(track));
    let video = file.tracks().values().find(is(TrackKind::Video));
    Some(Found {
        duration: played.filter_map(length).max(),
        size: video.map(|track| (track.width.into(), track.height.into())),
        codec: video.and_then(|track| track.codec_string(&file)).map(|name| codec(&name)),
        rate: video.and_then(rate),
    })
}

/// From the first of its frames or packets to the end of the last one.
fn length(track: &Track) -> Option<Duration> {
    let first = track.samples.iter().map(|sample| sample.decode_timestamp).min()?;
    let end = |sample: &re_mp4::Sample| sample.decode_timestamp.saturating_add_unsigned(sample.duration);
    let last = track.samples.iter().map(end).max()?;
    let ticks = u64::try_from(last - first).ok()?;
    Some(Duration::from_nanos(ticks * 1_000_000 / track.timescale * 1000))
}

fn rate(track: &Track) -> Option<f64> {
    Some(f64::from(u32::try_from(track.samples.len()).ok()?) / length(track)?.as_secs_f64())
}

fn codec(name: &str) -> String {
    match name.split('.').next().unwrap_or_default() {
        "avc1" => "h264",
        "hvc1" | "hev1" => "h265",
        "vp09" => "vp9",
        "av01" => "av1",
        other => other,
    }
    .to_owned()
}
