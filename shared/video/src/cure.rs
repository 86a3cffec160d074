//! What the owner of a file can do about a rule that it breaks. A command that is printed is made for this very file: its
//! container, and its picture's size. `tests/ffmpeg` runs each of them.

mod scale;

use slipway_domain::{FileKind, limits};

use crate::{Picture, Probe, Rule};

/// What to do about a photo of a kind that TikTok does not take.
pub(crate) const CONVERT_PHOTO: &str = "Convert the photo to JPEG or WebP; renaming it is not enough.";
/// Turns any video that a player plays into one whose container and codecs TikTok takes.
const CONVERT: &str = "-c:v libx264 -pix_fmt yuv420p out.mp4";
/// H.264 wants even sides.
const EVEN: &str = "-vf \"pad=ceil(iw/2)*2:ceil(ih/2)*2\"";
/// Writes one picture as a JPEG.
const ONE_PICTURE: &str = "-frames:v 1 -q:v 2 out.jpg";
/// Shows a still picture as long as the sound plays.
const STILL: &str = "-shortest -c:v libx264 -pix_fmt yuv420p out.mp4";

/// The cure for a rule that a file breaks; without a probe if it is of no kind that is probed.
pub(crate) fn of(rule: Rule, probe: Option<&Probe>) -> String {
    let kind = probe.map_or("", |probe| extension(probe.container));
    let file = format!("in{kind}");
    let picture = probe.and_then(|probe| probe.picture);
    let convert = convert(picture);
    match rule {
        Rule::ContainerUnsupported => {
            format!("Convert it to MP4 with H.264, for example with `ffmpeg -i {file} {convert}`.")
        }
        Rule::CodecUnsupported => {
            format!("Encode the video as H.264, for example with `ffmpeg -i {file} {convert}`.")
        }
        Rule::NoVideoTrack => with_still(&file),
        Rule::FrameRateOutOfRange | Rule::FrameRateVaries | Rule::FrameRateUnknown => {
            format!("Convert the frame rate, for example with `ffmpeg -i {file} -r 30 {convert}`.")
        }
        Rule::WidthOutOfRange | Rule::HeightOutOfRange => {
            if let Some((width, height)) = picture.and_then(scale::video) {
                let filter = format!("-vf scale={width}:{height},setsar=1");
                format!("Scale the video, for example with `ffmpeg -i {file} {filter} {CONVERT}`.")
            } else {
                let (least, most) = limits::VIDEO_SIDE;
                format!("Crop or pad the video, so that each side has {least} to {most} pixels.")
            }
        }
        Rule::DurationOutOfRange
            if probe.and_then(|probe| probe.duration).is_some_and(|plays| plays > limits::VIDEO_LENGTH.1) =>
        {
            let most = limits::VIDEO_MAX_SECONDS;
            format!("Cut the video, for example with `ffmpeg -i {file} -t {most} {convert}`.")
        }
        Rule::DurationOutOfRange => format!("Send a video of at least {} second.", limits::VIDEO_MIN_SECONDS),
        // The same container, since not every one holds every codec: MP4 has no VP8.
        Rule::DurationUnknown => format!(
            "Rewrap the file so that it states its length, for example with `ffmpeg -i {file} -c copy out{kind}`."
        ),
        Rule::HeadersUnread if probe.is_some_and(|probe| probe.container.is_photo()) => {
            format!("Save the photo again to be sure, for example with `ffmpeg -i {file} {ONE_PICTURE}`.")
        }
        Rule::HeadersUnread => {
            format!("Convert it to be sure, for example with `ffmpeg -i {file} {convert}`.")
        }
        Rule::SizeOutOfRange if probe.is_some_and(|probe| probe.container.is_photo()) => {
            format!("Save the photo in fewer bytes, for example with `ffmpeg -i {file} {ONE_PICTURE}`.")
        }
        Rule::SizeOutOfRange => "Encode it with a lower bit rate.".to_owned(),
        Rule::PhotoFormatUnsupported => CONVERT_PHOTO.to_owned(),
        Rule::PhotoTooLarge => {
            let filter =
                picture.and_then(scale::photo).map(|(most, side)| format!("-vf \"scale=iw*{most}/{side}:-1\" "));
            let filter = filter.unwrap_or_default();
            let (short, long) = limits::PHOTO_SIDES;
            format!(
                "Scale the photo to {short} x {long} or {long} x {short} pixels to be sure, for example with `ffmpeg -i {file} \
                 {filter}{ONE_PICTURE}`."
            )
        }
        Rule::PhotoUnusual => unusual(probe.and_then(|probe| probe.unusual).unwrap_or_default()),
    }
}

/// The cure for a file of a kind that TikTok does not take, by its name in [`ProbeError`](crate::ProbeError).
pub(crate) fn of_kind(kind: &str) -> String {
    let photo =
        |command: &str| format!("Convert the photo to JPEG, for example with `{command}`; renaming it is not enough.");
    match kind {
        "PNG" | "GIF" | "TIFF" | "BMP" | "JPEG 2000" | "Photoshop" => photo(&format!("ffmpeg -i in {ONE_PICTURE}")),
        "HEIC" | "AVIF" => photo("heif-convert -q 95 in out.jpg"),
        "JPEG XL" => photo("djxl in out.jpg"),
        "MP3" | "WAVE" | "FLAC" => with_still("in"),
        _ => of(Rule::ContainerUnsupported, None),
    }
}

/// The cure for a photo that is coded like this.
fn unusual(coding: &str) -> String {
    let command = match coding {
        "animated" => "webpmux -get frame 1 in.webp -o out.webp",
        "CMYK" => "ffmpeg -i in.jpg -frames:v 1 -q:v 2 out.jpg",
        "arithmetic" => "djpeg in.jpg | cjpeg -quality 95 >out.jpg",
        _ => return "Export it again as an ordinary JPEG.".to_owned(),
    };
    format!("Send an ordinary, single picture to be sure, for example with `{command}`.")
}

fn with_still(file: &str) -> String {
    format!(
        "Upload a file with a picture; a still one over the sound will do, for example with `ffmpeg -f lavfi -i \
         color=s=1080x1920:r=30 -i {file} -map 0:v -map 1:a {STILL}`."
    )
}

/// Options that convert a video with this picture, if it is known.
fn convert(picture: Option<Picture>) -> String {
    let is_even = |picture: Picture| picture.coded_width.is_multiple_of(2) && picture.coded_height.is_multiple_of(2);
    if picture.is_some_and(is_even) { CONVERT.to_owned() } else { format!("{EVEN} {CONVERT}") }
}

const fn extension(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Mp4 => ".mp4",
        FileKind::QuickTime => ".mov",
        FileKind::WebM => ".webm",
        FileKind::Matroska => ".mkv",
        FileKind::Jpeg => ".jpg",
        FileKind::WebP => ".webp",
    }
}
