//! What one account publishes: a video or photos, with the settings that go with it.

use std::slice;

use serde::{Deserialize, Serialize};

use crate::{Carousel, Disclosure, MediaTransfer, PhotoSettings, PostMode, PrivacyLevel, VideoSettings};

/// One video, or one to 35 photos, and what the creator chose for it. `M` is what is known of a media file.
///
/// A stored target has the two fields beside its others. What it has says which of the two it is: the settings of a video
/// have a caption, those of photos a description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content<M> {
    /// A video.
    Video {
        /// What the creator chose for it.
        settings: VideoSettings,
        /// The video.
        media: M,
    },
    /// Photos.
    Photos {
        /// What the creator chose for them.
        settings: PhotoSettings,
        /// The photos.
        media: Carousel<M>,
    },
}

/// What a post is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// One video.
    Video,
    /// Photos.
    Photo,
}

impl MediaKind {
    /// The name that callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Photo => "photo",
        }
    }
}

impl<M> Content<M> {
    /// What it is.
    pub const fn kind(&self) -> MediaKind {
        match self {
            Self::Video { .. } => MediaKind::Video,
            Self::Photos { .. } => MediaKind::Photo,
        }
    }

    /// The media files in their order: at least one.
    pub fn media(&self) -> &[M] {
        match self {
            Self::Video { media, .. } => slice::from_ref(media),
            Self::Photos { media, .. } => media.images(),
        }
    }

    /// The media files, to be replaced one by one.
    pub fn media_mut(&mut self) -> &mut [M] {
        match self {
            Self::Video { media, .. } => slice::from_mut(media),
            Self::Photos { media, .. } => media.images_mut(),
        }
    }

    /// Whether TikTok fetches it. Photos can't be sent to it.
    pub fn is_pulled(&self) -> bool {
        match self {
            Self::Video { settings, .. } => settings.transfer == MediaTransfer::Pull,
            Self::Photos { .. } => true,
        }
    }

    /// Direct post or inbox draft.
    pub const fn post_mode(&self) -> PostMode {
        match self {
            Self::Video { settings, .. } => settings.post_mode,
            Self::Photos { settings, .. } => settings.post_mode,
        }
    }

    /// Who may see it; nothing for a draft for the inbox.
    pub const fn privacy_level(&self) -> Option<PrivacyLevel> {
        match self {
            Self::Video { settings, .. } => settings.privacy_level,
            Self::Photos { settings, .. } => settings.privacy_level,
        }
    }

    /// Commercial content disclosure.
    pub const fn disclosure(&self) -> Disclosure {
        match self {
            Self::Video { settings, .. } => settings.disclosure,
            Self::Photos { settings, .. } => settings.disclosure,
        }
    }

    /// Whether it is labelled as made by AI.
    pub const fn is_aigc(&self) -> bool {
        match self {
            Self::Video { settings, .. } => settings.is_aigc,
            Self::Photos { settings, .. } => settings.is_aigc,
        }
    }

    /// The text: a video's caption, or the photos' description.
    pub fn text(&self) -> &str {
        match self {
            Self::Video { settings, .. } => settings.caption.as_str(),
            Self::Photos { settings, .. } => settings.description.as_str(),
        }
    }

    /// The title, which only photos have.
    pub fn title(&self) -> Option<&str> {
        match self {
            Self::Video { .. } => None,
            Self::Photos { settings, .. } => Some(settings.title.as_str()).filter(|title| !title.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A target's fields as they were stored when there were only videos.
    fn old_video() -> Value {
        json!({
            "settings": {
                "post_mode": "direct",
                "caption": "Hello",
                "privacy_level": "SELF_ONLY",
                "disclosure": {"brand_content_toggle": false, "brand_organic_toggle": true},
                "interactions": {"disable_comment": true, "disable_duet": true, "disable_stitch": false},
                "is_aigc": false,
                "video_cover_timestamp_ms": null,
            },
            "media": "one",
        })
    }

    fn photos() -> Value {
        json!({
            "settings": {
                "post_mode": "inbox",
                "title": "",
                "description": "Hello",
                "privacy_level": null,
                "disclosure": {"brand_content_toggle": false, "brand_organic_toggle": false},
                "disable_comment": true,
                "auto_add_music": true,
                "is_aigc": true,
            },
            "media": {"images": ["one", "two"], "cover": 1},
        })
    }

    #[test]
    fn what_is_stored_says_whether_it_is_a_video_or_photos() {
        for (stored, kind, media) in
            [(old_video(), MediaKind::Video, &["one"][..]), (photos(), MediaKind::Photo, &["one", "two"])]
        {
            let read: Content<String> = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!((read.kind(), read.text(), read.title()), (kind, "Hello", None));
            assert_eq!(read.media(), media);
            assert_eq!(serde_json::to_value(read).unwrap(), stored);
        }
    }

    #[test]
    fn a_video_has_no_settings_of_photos_nor_photos_those_of_a_video() {
        let (video, photos) = (old_video(), photos());
        for (settings, media) in [(&video, &photos), (&photos, &video)] {
            let mixed = json!({"settings": settings["settings"], "media": media["media"]});
            assert!(serde_json::from_value::<Content<String>>(mixed.clone()).is_err(), "{mixed}");
        }
    }
}
