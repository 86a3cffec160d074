//! How all that a tenant has looks to its owner: lines of JSON, one a record.

use std::collections::BTreeMap;

use serde::Serialize;
use slipway_domain::{AccountId, BrandId, InviteId, MediaId, Mode};

use crate::media::MediaStatus;
use crate::post::{EffectiveTarget, PostView, TimelineView};
use crate::words::words;
use crate::{Platform, Time};

/// The type of an answer of lines of JSON.
pub const CONTENT_TYPE: &str = "application/x-ndjson";

words! {
    /// What a line tells of.
    ExportKind {
        /// The tenant itself.
        Tenant = "tenant",
        /// A key, without its secret.
        Key = "key",
        /// A brand.
        Brand = "brand",
        /// An account, without its tokens.
        Account = "account",
        /// An address that creators may be sent to.
        RedirectUri = "redirect_uri",
        /// An invite, without its token.
        Invite = "invite",
        /// A media item, without its content.
        Media = "media",
        /// A post with its targets.
        Post = "post",
        /// An endpoint, without its secret.
        Webhook = "webhook",
        /// An entry of the log.
        Event = "event",
    }
}

impl ExportKind {
    /// All, in the order in which they come.
    pub const ALL: [Self; 10] = [
        Self::Tenant,
        Self::Key,
        Self::Brand,
        Self::Account,
        Self::RedirectUri,
        Self::Invite,
        Self::Media,
        Self::Post,
        Self::Webhook,
        Self::Event,
    ];
}

/// A line with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ExportLine<'a, T> {
    /// What it tells of.
    pub kind: ExportKind,
    /// In which of the tenant's two spaces that is.
    pub space: Mode,
    /// The record.
    pub data: &'a T,
}

words! {
    /// What tells the last line of a page from those with records, which have an [`ExportKind`].
    PageKind {
        /// The end of a page.
        Page = "page",
    }
}

/// The last line of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportPage {
    kind: PageKind,
    /// Where the next page begins. Null at the end, never empty.
    pub next_cursor: Option<String>,
    /// What of the request was ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl ExportPage {
    /// The end of a page, and where the next one begins.
    pub const fn new(next_cursor: Option<String>, warnings: Vec<String>) -> Self {
        Self { kind: PageKind::Page, next_cursor, warnings }
    }
}

/// An invite, with nothing of its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedInvite {
    /// The id.
    pub id: InviteId,
    /// Always TikTok.
    pub platform: Platform,
    /// The brand that accounts come into.
    pub brand_id: BrandId,
    /// Whether the link still works.
    pub is_active: bool,
    /// When it expires.
    pub expires_at: Time,
    /// When it was created.
    pub created_at: Time,
}

/// A media item, without a link to its content and without the address that it was fetched from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportedMedia {
    /// The id.
    pub id: MediaId,
    /// The name it was uploaded under.
    pub filename: String,
    /// What the file is by its content; before it is verified, what the caller said.
    pub content_type: String,
    /// Its size, if it is known.
    pub size_bytes: Option<u64>,
    /// SHA-256 of the content in hex, if it was announced.
    pub sha256: Option<String>,
    /// The status.
    pub status: MediaStatus,
    /// The duration in seconds.
    pub duration_seconds: Option<f64>,
    /// Width as shown, in pixels.
    pub width: Option<u32>,
    /// Height as shown, in pixels.
    pub height: Option<u32>,
    /// When it was announced.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

/// A post, what is published to each of its accounts, and each step of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedPost {
    /// The post with its targets.
    #[serde(flatten)]
    pub post: PostView,
    /// The text, the media and the settings of each target, by its account.
    pub effective: BTreeMap<AccountId, EffectiveTarget>,
    /// The steps of all targets, one target after the other.
    pub timeline: Vec<TimelineView>,
}
