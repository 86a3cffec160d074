//! How the log of what happened looks to callers.

use std::collections::BTreeMap;

use serde::Serialize;
use slipway_domain::{AccountId, EventCategory, EventId, JsonText};

use crate::post::ErrorCategory;
use crate::words::words;
use crate::{Platform, Time};

/// An entry of the log. What is not known of it is left out, but for `metadata`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventView {
    /// The id.
    pub id: EventId,
    /// What it is about.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub category: EventCategory,
    /// What was done.
    pub action: &'static str,
    /// `success` or `failed`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub status: EventStatus,
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
    /// The kind of error.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub error_category: Option<ErrorCategory>,
    /// What a webhook's `data` holds.
    pub metadata: JsonText,
    /// When it happened.
    pub created_at: Time,
}

words! {
    /// Whether an entry says that something went wrong.
    EventStatus {
        /// Nothing went wrong.
        Success = "success",
        /// Something did.
        Failed = "failed",
    }
}

/// Part of the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventListView {
    /// The entries, the newest first.
    pub events: Vec<EventView>,
    /// Where the next page is.
    pub pagination: Pages,
    /// The number of days for which entries are kept.
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
    /// What to send as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
    /// The most items of a page.
    pub limit: usize,
}

/// Counts of the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventSummaryView {
    /// The number of entries.
    pub total: usize,
    /// The number of entries about failures.
    pub failed: usize,
    /// The number of entries of each category.
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, usize>"))]
    pub by_category: BTreeMap<EventCategory, usize>,
    /// The number of errors of each kind.
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, usize>"))]
    pub by_error_category: BTreeMap<ErrorCategory, usize>,
    /// The results of drafts in inboxes.
    pub inbox_breakdown: BTreeMap<&'static str, usize>,
    /// The number of days for which entries are kept.
    pub retention_days: i64,
    /// What was ignored, or left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
