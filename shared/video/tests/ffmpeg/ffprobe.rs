//! What ffprobe finds in a file, packet by packet, so that no header has to be believed.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use slipway_domain::VideoCodec;
use slipway_video::{FrameRate, Probe};

use crate::{LENGTH, RATE};

/// What ffprobe finds in a file.
#[derive(Debug, Default)]
pub(crate) struct Theirs {
    /// When picture and sound begin, and when they end.
    begins: Option<f64>,
    ends: Option<f64>,
    codec: Option<String>,
    /// Width and height as stored.
    size: Option<(u32, u32)>,
    /// Degrees, clockwise.
    turn: i64,
    /// The mean rate of the picture.
    rate: Option<f64>,
    has_audio: bool,
    is_photo: bool,
}

impl Theirs {
    pub(crate) fn of(path: &Path) -> Self {
        let mut command = Command::new("ffprobe");
        command.args(["-v", "error", "-of", "json", "-show_streams", "-show_packets"]).arg(path);
        let told: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let streams = told["streams"].as_array().cloned().unwrap_or_default();
        let packets = told["packets"].as_array().cloned().unwrap_or_default();
        let of_stream = |stream: &Value| -> Vec<&Value> {
            packets.iter().filter(|packet| packet["stream_index"] == stream["index"] && is_shown(packet)).collect()
        };
        let is = |stream: &&Value, kind: &str| stream["codec_type"] == kind;
        let is_picture = |stream: &&Value| {
            let picture = stream["codec_name"].as_str().is_some_and(|name| ["mjpeg", "png"].contains(&name));
            stream["disposition"]["attached_pic"] == 1 || picture && of_stream(stream).len() <= 1
        };
        let is_photo = path.extension().is_some_and(|ending| ["jpg", "webp"].iter().any(|photo| ending == *photo));
        let mut found = Self { is_photo, ..Self::default() };
        let video = streams.iter().filter(|stream| is(stream, "video")).find(|stream| is_photo || !is_picture(stream));
        if let Some(video) = video {
            let side = |name: &str| u32::try_from(video[name].as_u64().unwrap()).unwrap();
            found.size = Some((side("width"), side("height")));
            found.codec = video["codec_name"].as_str().map(ToOwned::to_owned);
            let sides = video["side_data_list"].as_array().cloned().unwrap_or_default();
            let turn = sides.iter().find_map(|data| data["rotation"].as_i64()).unwrap_or(0);
            found.turn = (-turn).rem_euclid(360);
            let (begins, ends) = span(&of_stream(video));
            let count = f64::from(u32::try_from(of_stream(video).len()).unwrap());
            found.rate = begins.zip(ends).map(|(begins, ends)| count / (ends - begins));
        }
        let sounds = streams.iter().filter(|stream| is(stream, "audio"));
        found.has_audio = sounds.clone().next().is_some();
        for stream in sounds.chain(video) {
            let (begins, ends) = span(&of_stream(stream));
            found.begins = earlier(found.begins, begins);
            found.ends = later(found.ends, ends);
        }
        found
    }

    /// In what we find something else.
    pub(crate) fn differences(&self, ours: &Probe) -> Vec<&'static str> {
        let picture = ours.picture.map(|picture| (picture.coded_width, picture.coded_height));
        let turn = ours.picture.map_or(0, |picture| i64::from(picture.rotation.degrees()));
        let codec = ours.video_codec.as_ref().map(|codec| codec_name(codec.as_str()).to_owned());
        let mut found = vec![("size", picture == self.size)];
        if !self.is_photo {
            found.extend([
                ("codec", codec == self.codec),
                ("turn", turn == self.turn),
                ("sound", ours.has_audio == self.has_audio),
                ("duration", self.is_as_long(ours.duration)),
                ("rate", self.is_as_fast(ours.frame_rate)),
            ]);
        }
        found.into_iter().filter_map(|(what, alike)| (!alike).then_some(what)).collect()
    }

    /// By its end if a wait at the start counts, as in an edit list, or else by what is between.
    fn is_as_long(&self, ours: Option<Duration>) -> bool {
        let Some((begins, ends)) = self.begins.zip(self.ends) else { return ours.is_none() };
        let lengths = [ends, ends - begins].map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
        ours.is_some_and(|ours| lengths.iter().any(|length| ours.abs_diff(*length) <= LENGTH))
    }

    /// A mean may count a single pause or not.
    fn is_as_fast(&self, ours: Option<FrameRate>) -> bool {
        let Some((ours, theirs)) = ours.zip(self.rate) else { return ours.is_none() && self.size.is_none() };
        let (lowest, highest) = ours.bounds();
        (lowest * (1.0 - RATE)..=highest * (1.0 + RATE)).contains(&theirs)
    }
}

/// Whether a packet is played, and not only decoded for others.
fn is_shown(packet: &Value) -> bool {
    !packet["flags"].as_str().is_some_and(|flags| flags.contains('D'))
}

/// When the first of the packets begins, and when the last one ends.
fn span(packets: &[&Value]) -> (Option<f64>, Option<f64>) {
    let number = |packet: &Value, name: &str| packet[name].as_str().and_then(|text| text.parse::<f64>().ok());
    let (mut begins, mut ends) = (None, None);
    for packet in packets {
        let Some(at) = number(packet, "pts_time").or(number(packet, "dts_time")) else { continue };
        begins = earlier(begins, Some(at));
        ends = later(ends, Some(at + number(packet, "duration_time").unwrap_or(0.0)));
    }
    (begins, ends)
}

fn earlier(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::min)
}

fn later(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

/// What ffprobe calls it.
fn codec_name(ours: &str) -> &str {
    match ours {
        "h265" => "hevc",
        "mp4v" => "mpeg4",
        "apcn" | "apch" => "prores",
        "jpeg" => "mjpeg",
        other if other == VideoCodec::Av1.as_str() => "av1",
        other => other,
    }
}
