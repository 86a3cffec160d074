//! What kind of file media is, by its content.

use serde::{Deserialize, Serialize};

use crate::MediaKind;

/// The kind of a media file, by its content: never by its name or by what was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// MPEG-4 part 14 and its kin.
    Mp4,
    /// Apple's `QuickTime`.
    QuickTime,
    /// Matroska restricted to the web.
    WebM,
    /// Matroska at large, which TikTok does not take.
    Matroska,
    /// A JPEG photo.
    Jpeg,
    /// A WebP photo.
    WebP,
}

impl FileKind {
    /// The containers of videos that TikTok takes (media transfer guide).
    pub const VIDEOS: [Self; 3] = [Self::Mp4, Self::QuickTime, Self::WebM];
    /// The photos that it takes.
    pub const PHOTOS: [Self; 2] = [Self::Jpeg, Self::WebP];

    /// Whether this is a photo and not a video.
    pub const fn is_photo(self) -> bool {
        matches!(self, Self::Jpeg | Self::WebP)
    }

    /// What a post is that is made of this; nothing if TikTok does not take it.
    pub const fn media_kind(self) -> Option<MediaKind> {
        match self {
            Self::Mp4 | Self::QuickTime | Self::WebM => Some(MediaKind::Video),
            Self::Jpeg | Self::WebP => Some(MediaKind::Photo),
            Self::Matroska => None,
        }
    }

    /// A stable name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::QuickTime => "mov",
            Self::WebM => "webm",
            Self::Matroska => "matroska",
            Self::Jpeg => "jpeg",
            Self::WebP => "webp",
        }
    }

    /// The content type that fits the content.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::WebM => "video/webm",
            Self::Matroska => "video/x-matroska",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_stored_named_and_sent_as_it_always_was() {
        for (kind, stored, name, content_type, video) in [
            (FileKind::Mp4, "mp4", "mp4", "video/mp4", true),
            (FileKind::QuickTime, "quick_time", "mov", "video/quicktime", true),
            (FileKind::WebM, "web_m", "webm", "video/webm", true),
            (FileKind::Matroska, "matroska", "matroska", "video/x-matroska", false),
            (FileKind::Jpeg, "jpeg", "jpeg", "image/jpeg", false),
            (FileKind::WebP, "web_p", "webp", "image/webp", false),
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), stored);
            assert_eq!((kind.as_str(), kind.content_type()), (name, content_type));
            assert!(!(video && kind.is_photo()));
            let photo = kind.is_photo().then_some(MediaKind::Photo);
            assert_eq!(kind.media_kind(), video.then_some(MediaKind::Video).or(photo));
            assert_eq!((FileKind::VIDEOS.contains(&kind), FileKind::PHOTOS.contains(&kind)), (video, photo.is_some()));
        }
    }
}
