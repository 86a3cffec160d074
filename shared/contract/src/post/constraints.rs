//! What each platform takes.

use serde::Serialize;

/// The constraints of each platform.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConstraintsView {
    /// TikTok, the only one.
    pub tiktok: PlatformConstraints,
}

/// What a platform takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlatformConstraints {
    /// The text.
    pub text: TextConstraints,
    /// The media.
    pub media: MediaConstraints,
    /// Several photos in one post.
    pub carousel: CarouselConstraints,
}

/// What text may be; 0 means that there is no limit of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextConstraints {
    /// The longest text, in units of `counting_mode`.
    pub max_length: usize,
    /// The most hashtags; 0, since TikTok limits them by the length of the text alone.
    pub max_hashtags: usize,
    /// The most mentions; 0, since TikTok limits them by the length of the text alone.
    pub max_mentions: usize,
    /// What is counted.
    pub counting_mode: &'static str,
}

/// What media may be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaConstraints {
    /// The largest photo.
    pub max_image_size_bytes: u64,
    /// The largest video.
    pub max_video_size_bytes: u64,
    /// The longest video for anyone; a creator's own limit may be shorter.
    pub max_video_duration_sec: u32,
    /// The shortest video.
    pub min_video_duration_sec: u32,
    /// The highest frame rate.
    pub max_video_fps: f64,
    /// The lowest frame rate.
    pub min_video_fps: f64,
    /// The shortest side of a video.
    pub min_side_px: u32,
    /// The longest side of a video.
    pub max_side_px: u32,
    /// What photos may be.
    pub supported_image_types: Vec<&'static str>,
    /// What videos may be.
    pub supported_video_types: Vec<&'static str>,
}

/// What a post of several photos may be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "clients read these names")]
pub struct CarouselConstraints {
    /// Whether there is such a thing.
    pub supported: bool,
    /// The fewest photos.
    pub min_items: usize,
    /// The most photos.
    pub max_items: usize,
    /// Whether a video may be among them.
    pub allow_video: bool,
    /// Only pictures.
    pub images_only: bool,
    /// The same by its other name.
    pub photos_only: bool,
}
