//! What creating a post would say.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use slipway_domain::{AccountId, Disclosure, Interactions, MediaId, PostMode, PrivacyLevel};

use crate::Platform;
use crate::time::Time;

/// What creating a post would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

/// A problem of a post that is validated, or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationIssue {
    /// Always TikTok.
    pub platform: Platform,
    /// The field's path; empty where no single field is meant.
    pub field: String,
    /// The code that creating the post would answer; warnings have none.
    pub code: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
    /// The account, where only one is meant.
    pub target: Option<AccountId>,
}

/// What would be published to one account, after all that was said is put together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectiveTarget {
    /// The caption.
    pub text: String,
    /// The media; nothing if it is yet to be imported.
    pub media_id: Option<MediaId>,
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
    pub interactions: Interactions,
    /// It is labelled as made by AI.
    pub is_aigc: bool,
    /// The cover's time in the video.
    pub video_cover_timestamp_ms: Option<u32>,
}

/// An account that has no room for a post at once, as details of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoRoom {
    /// The account.
    pub account_id: AccountId,
    /// The sliding window that is full: `minute`, `hour` or `day`.
    pub window: &'static str,
    /// How many posts may begin in it.
    pub limit: u8,
    /// When there is room.
    pub retry_after_seconds: u64,
}

impl NoRoom {
    /// The fields by their names.
    pub fn details(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }
}
