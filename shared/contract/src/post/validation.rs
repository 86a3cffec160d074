//! What creating a post would say.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use slipway_domain::{AccountId, Content, Disclosure, Hidden, MediaId, MediaKind, PostMode, PrivacyLevel, Window};

use super::{InteractionsView, TargetErrorCode, WaitsFor};
use crate::Platform;
use crate::account::{AccountStatus, TokenView};
use crate::creator::CreatorView;
use crate::time::Time;
use crate::words::words;

/// What creating a post would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValidationView {
    /// Whether the post would be made, with every target taken.
    pub valid: bool,
    /// Every problem.
    pub errors: Vec<ValidationIssue>,
    /// What would be assumed or ignored.
    pub warnings: Vec<ValidationIssue>,
    /// The errors by another name.
    pub issues: Vec<ValidationIssue>,
    /// What would be published, by account; empty if there are errors.
    pub effective: BTreeMap<AccountId, EffectiveTarget>,
    /// Each account that was named and is there, as it is now.
    pub accounts: BTreeMap<AccountId, AccountState>,
    /// Each file that was named, once.
    pub media: Vec<MediaVerdict>,
}

/// What an account can do at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountState {
    /// Whether it can be used.
    pub status: AccountStatus,
    /// How long its authorization lasts.
    pub token: TokenView,
    /// What its creator may post, as TikTok reported in the last minute; nothing if it was not asked or did not say.
    pub creator: Option<CreatorView>,
    /// Whether one more post may begin now.
    pub room: Room,
}

/// Whether an account may begin one more post, and what was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Room {
    /// It may begin now.
    pub now: bool,
    /// When it may begin at the earliest, if not now.
    pub begins_at: Option<Time>,
    /// What it has to wait for: a limit of ours, or one that TikTok has let us know.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub waiting_for: Option<WaitsFor>,
    /// The sliding windows in which posts are counted.
    pub windows: Vec<WindowView>,
}

/// How many posts an account has begun in a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WindowView {
    /// `minute`, `hour` or `day`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub window: Window,
    /// How many may begin in it.
    pub limit: u8,
    /// How many have begun, or have their place in line.
    pub used: usize,
}

/// What is known of a file that was named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaVerdict {
    /// Where it was named.
    pub field: String,
    /// The media; nothing if it is yet to be imported.
    pub id: Option<MediaId>,
    /// Whether it can be sent.
    pub status: MediaReadiness,
    /// What it is by its content, once that is known.
    pub media_type: Option<MediaKind>,
    /// How long it plays, if it is a video.
    pub duration_ms: Option<u64>,
}

words! {
    /// Whether a file can be sent.
    MediaReadiness {
        /// It can.
        Ready = "ready",
        /// It can't; the errors say why.
        Failed = "failed",
        /// It is being imported.
        Importing = "importing",
        /// It will be imported for the post.
        ToImport = "to_import",
    }
}

/// A problem of a post that is validated, or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValidationIssue {
    /// Always TikTok.
    pub platform: Platform,
    /// The field's path; empty where no single field is meant.
    pub field: String,
    /// The code that creating the post would answer; warnings have none.
    pub code: Option<TargetErrorCode>,
    /// What is wrong and what to do.
    pub message: String,
    /// The account, where only one is meant.
    pub target: Option<AccountId>,
    /// What was measured, where that is a number or a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Value>,
    /// What is allowed instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Value>,
}

/// What would be published to one account, when all settings are combined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EffectiveTarget {
    /// What it would be.
    pub media_type: MediaKind,
    /// The caption, or the photos' description.
    pub text: Hidden<String>,
    /// The photos' title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Hidden<String>>,
    /// The first of the media; nothing if it is yet to be imported.
    pub media_id: Option<MediaId>,
    /// All of them that are there already.
    pub media_ids: Vec<MediaId>,
    /// When, if that was asked for.
    pub scheduled_at: Option<Time>,
    /// Direct post or inbox.
    pub post_mode: PostMode,
    /// Who would see it; the creator chooses that for a draft in the inbox.
    pub privacy_level: Option<PrivacyLevel>,
    /// What it promotes.
    #[serde(flatten)]
    pub disclosure: Disclosure,
    /// What viewers may not do.
    #[serde(flatten)]
    pub interactions: InteractionsView,
    /// It is labelled as made by AI.
    pub is_aigc: bool,
    /// What only a video has, or only photos.
    #[serde(flatten)]
    pub settings: OwnSettings,
}

impl EffectiveTarget {
    /// What this content publishes at this time. `media` are its media in their order, as far as they are there.
    pub fn of<M>(
        content: &Content<M>,
        media: impl IntoIterator<Item = Option<MediaId>>,
        scheduled_at: Option<Time>,
    ) -> Self {
        let media: Vec<_> = media.into_iter().collect();
        Self {
            media_type: content.kind(),
            text: content.text().to_owned().into(),
            title: content.title().map(|title| title.to_owned().into()),
            media_id: media.first().cloned().flatten(),
            media_ids: media.into_iter().flatten().collect(),
            scheduled_at,
            post_mode: content.post_mode(),
            privacy_level: content.privacy_level(),
            disclosure: content.disclosure(),
            interactions: content.into(),
            is_aigc: content.is_aigc(),
            settings: content.into(),
        }
    }
}

/// The settings that only a video has, or only photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OwnSettings {
    /// Those of a video.
    Video {
        /// The cover's time in the video.
        video_cover_timestamp_ms: Option<u32>,
    },
    /// Those of photos.
    Photos {
        /// Which photo is the cover, counted from 0.
        photo_cover_index: usize,
        /// TikTok adds music that it recommends.
        auto_add_music: bool,
    },
}

impl<M> From<&Content<M>> for OwnSettings {
    fn from(content: &Content<M>) -> Self {
        match content {
            Content::Video { settings, .. } => {
                Self::Video { video_cover_timestamp_ms: settings.video_cover_timestamp_ms }
            }
            Content::Photos { settings, media } => {
                Self::Photos { photo_cover_index: media.cover(), auto_add_music: settings.auto_add_music }
            }
        }
    }
}

/// An account that has no room for a post at once, as details of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NoRoom {
    /// The account.
    pub account_id: AccountId,
    /// The sliding window that is full: `minute`, `hour` or `day`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub window: Window,
    /// How many posts may begin in it.
    pub limit: u8,
    /// When there is room.
    pub retry_after_seconds: u64,
}
