//! What media is called, and what that promises.

use crate::MediaKind;
use crate::limits::LONGEST_FILE_NAME;

/// The last part of a path, whichever system it is from, cut to [`LONGEST_FILE_NAME`]; `upload` if nothing is left.
pub fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control()).take(LONGEST_FILE_NAME).collect();
    let shown = shown.trim();
    if shown.is_empty() { "upload".to_owned() } else { shown.to_owned() }
}

/// What a name promises; only shown until the content is known.
pub fn type_of(filename: &str) -> &'static str {
    match filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("mp4" | "m4v") => "video/mp4",
        Some("mov") => "video/quicktime",
        Some("webm") => "video/webm",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}

/// What a post of this type of file would be; only presumed until the content is known.
pub fn promised_kind(content_type: &str) -> Option<MediaKind> {
    match content_type.split_once('/')?.0 {
        "image" => Some(MediaKind::Photo),
        "video" => Some(MediaKind::Video),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_name_is_never_a_path() {
        for (name, shown) in [
            ("video.mp4", "video.mp4"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\a b.mov", "a b.mov"),
            ("", "upload"),
            ("dir/", "upload"),
            (" \u{7}\n ", "upload"),
            ("Ünïcødé 🎬.mp4", "Ünïcødé 🎬.mp4"),
        ] {
            assert_eq!(shown_name(name), shown, "{name:?}");
        }
        assert_eq!(shown_name(&"x".repeat(300)).len(), 255);
    }

    #[test]
    fn a_name_promises_a_type_by_its_ending() {
        for (name, promised) in [
            ("a.MP4", "video/mp4"),
            ("a.m4v", "video/mp4"),
            ("a.mov", "video/quicktime"),
            ("a.b.webm", "video/webm"),
            ("a.jpeg", "image/jpeg"),
            ("mp4", "application/octet-stream"),
            ("a.avi", "application/octet-stream"),
        ] {
            assert_eq!(type_of(name), promised, "{name}");
        }
    }

    #[test]
    fn a_name_promises_a_video_or_a_photo_or_nothing() {
        for (name, kind) in [
            ("a.mp4", Some(MediaKind::Video)),
            ("a.JPG", Some(MediaKind::Photo)),
            ("a.webp", Some(MediaKind::Photo)),
            ("a.png", None),
            ("a", None),
        ] {
            assert_eq!(promised_kind(type_of(name)), kind, "{name}");
        }
    }
}
