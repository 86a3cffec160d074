//! How the log of what happened looks to callers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use slipway_domain::{AccountId, EventId, Hidden};

use crate::{Platform, Time};

/// An entry of the log. What is not known of it is left out, but for `metadata`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventView {
    /// Its id.
    pub id: EventId,
    /// What it is about.
    pub category: &'static str,
    /// What was done.
    pub action: &'static str,
    /// `success` or `failed`.
    pub status: &'static str,
    /// The platform, where one is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The account, or the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The id of the post, media, account, endpoint or key.
    pub resource_id: String,
    /// What has happened, in a sentence.
    pub summary: &'static str,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// Of which kind that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_category: Option<String>,
    /// What a webhook's `data` holds.
    pub metadata: Hidden<Value>,
    /// When it was.
    pub created_at: Time,
}

/// Part of the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventListView {
    /// The entries, the newest first.
    pub events: Vec<EventView>,
    /// Where the next ones are.
    pub pagination: Pages,
    /// For how many days entries are kept.
    pub retention_days: i64,
    /// What was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Where the next page is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pages {
    /// Whether there may be more.
    pub has_more: bool,
    /// Where it begins.
    pub next_cursor: Option<String>,
    /// The most items of a page.
    pub limit: usize,
}

/// What was counted of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventSummaryView {
    /// How many entries.
    pub total: usize,
    /// How many of them say that something went wrong.
    pub failed: usize,
    /// How many of each category.
    pub by_category: BTreeMap<&'static str, usize>,
    /// How many errors of each kind.
    pub by_error_category: BTreeMap<String, usize>,
    /// What became of drafts in inboxes.
    pub inbox_breakdown: BTreeMap<&'static str, usize>,
    /// For how many days entries are kept.
    pub retention_days: i64,
    /// What was ignored, or left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
