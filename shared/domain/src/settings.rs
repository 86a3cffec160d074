//! What a creator chose for one video, or for photos, on one account.

use serde::{Deserialize, Serialize};

use crate::{Caption, Description, Disclosure, MediaTransfer, PhotoTitle, PrivacyLevel};

/// How a post reaches the creator's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PostMode {
    /// TikTok posts it as soon as it is processed.
    Direct,
    /// It lands as a draft in the creator's inbox, who finishes it in the app.
    Inbox,
}

/// What viewers may not do. TikTok's audit wants interactions off until the creator turns them on,
/// so everything is forbidden by default; the creator's own settings forbid whatever is said here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interactions {
    /// No comments.
    pub disable_comment: bool,
    /// No duets.
    pub disable_duet: bool,
    /// No stitches.
    pub disable_stitch: bool,
}

impl Default for Interactions {
    fn default() -> Self {
        Self { disable_comment: true, disable_duet: true, disable_stitch: true }
    }
}

/// Everything TikTok's init call is told about a video, apart from its bytes.
///
/// An inbox draft drops all of it: TikTok's inbox init knows no `post_info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoSettings {
    /// Direct post or inbox draft.
    pub post_mode: PostMode,
    /// The caption; may be empty.
    pub caption: Caption,
    /// Absent only for inbox drafts. Never filled in with a public level.
    pub privacy_level: Option<PrivacyLevel>,
    /// Commercial content disclosure.
    pub disclosure: Disclosure,
    /// What viewers may not do.
    pub interactions: Interactions,
    /// Labels the video as made by AI.
    pub is_aigc: bool,
    /// The frame used as cover, in milliseconds from the start.
    pub video_cover_timestamp_ms: Option<u32>,
    /// How it gets to TikTok.
    #[serde(default, skip_serializing_if = "MediaTransfer::is_upload")]
    pub transfer: MediaTransfer,
}

/// Everything TikTok's init call is told about photos, apart from where they are and which is the cover.
///
/// An inbox draft carries title and description into TikTok's editor, and drops the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoSettings {
    /// Direct post or inbox draft.
    pub post_mode: PostMode,
    /// The title; may be empty.
    pub title: PhotoTitle,
    /// The description; may be empty.
    pub description: Description,
    /// Absent only for inbox drafts. Never filled in with a public level.
    pub privacy_level: Option<PrivacyLevel>,
    /// Commercial content disclosure.
    pub disclosure: Disclosure,
    /// No comments. Photos have no duets and no stitches.
    pub disable_comment: bool,
    /// TikTok adds music that it recommends.
    pub auto_add_music: bool,
    /// Labels the photos as made by AI.
    pub is_aigc: bool,
}
