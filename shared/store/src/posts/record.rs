//! What is stored about a post and its targets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::{AccountId, FileKind, MediaId, PostId, TargetRef, TargetState, TenantId, VideoSettings};

use crate::Epoch;
use crate::guards::{Guard, GuardKind};
use crate::media::{MediaRecord, MediaState};

/// A post: what all its targets share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRecord {
    /// Its id.
    pub id: PostId,
    /// Whose.
    pub tenant: TenantId,
    /// The caption as the caller gave it for all targets.
    pub text: String,
    /// The title as the caller gave it.
    pub title: Option<String>,
    /// The media, in their order.
    pub media_ids: Vec<MediaId>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it is to be published, if that was asked for.
    pub scheduled_at: Option<Timestamp>,
    /// What was assumed or ignored.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// How often the caller had it tried again.
    #[serde(default)]
    pub retry_count: u32,
    /// The caller has put it away; nothing else follows from that.
    #[serde(default)]
    pub hidden: bool,
    /// The guard that keeps a client's own retry from making the post twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_guard: Option<OwnGuard>,
    /// Counts every write of what the targets share. A write that read an older one is lost.
    #[serde(default)]
    pub revision: u64,
}

/// The very bytes that were verified: a replaced object has another ETag and is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRef {
    /// Its id.
    pub id: MediaId,
    /// The object's key in the media bucket.
    pub s3_key: String,
    /// The object's ETag when it was verified.
    pub etag: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it is.
    pub video_type: FileKind,
    /// What TikTok might object to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl MediaRef {
    /// The video that media is, if it is ready and TikTok takes it as a video.
    pub fn of(media: &MediaRecord) -> Option<Self> {
        let MediaState::Ready { object, findings, warnings } = &media.state else { return None };
        findings.media_type.is_video_for_tiktok().then(|| Self {
            id: media.id.clone(),
            s3_key: media.s3_key.clone(),
            etag: object.etag.clone(),
            size_bytes: object.size_bytes,
            video_type: findings.media_type,
            warnings: warnings.iter().map(|warning| warning.warning(&media.id)).collect(),
        })
    }
}

/// What a target sends: a video that was verified, or one that is still being fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TargetMedia {
    /// These very bytes.
    Verified(MediaRef),
    /// Whatever the import brings, if TikTok takes it.
    Awaited(AwaitedMedia),
}

/// Media that was not there yet when the post was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedMedia {
    /// Its id.
    pub awaited: MediaId,
    /// How long this creator's videos may play, in seconds, as far as it was known when the post was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_duration_sec: Option<u64>,
}

impl TargetMedia {
    /// The media's id.
    pub const fn id(&self) -> &MediaId {
        match self {
            Self::Verified(media) => &media.id,
            Self::Awaited(media) => &media.awaited,
        }
    }

    /// The bytes, if they are known.
    pub const fn verified(&self) -> Option<&MediaRef> {
        match self {
            Self::Verified(media) => Some(media),
            Self::Awaited(_) => None,
        }
    }

    /// What is waited for, if anything is.
    pub const fn awaited(&self) -> Option<&AwaitedMedia> {
        match self {
            Self::Verified(_) => None,
            Self::Awaited(media) => Some(media),
        }
    }

    /// The size in bytes; 0 as long as it is not known.
    pub const fn size_bytes(&self) -> u64 {
        match self {
            Self::Verified(media) => media.size_bytes,
            Self::Awaited(_) => 0,
        }
    }
}

/// A step in a target's life, for people who want to know what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// The state it was in afterwards.
    pub state: String,
    /// What happened, in a few words.
    pub note: String,
    /// TikTok's log id of the call, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
}

impl PostRecord {
    /// The guard of its request, as long as it stands.
    pub fn request_guard(&self, now: Timestamp) -> Option<OwnGuard> {
        self.request_guard.clone().filter(|guard| guard.until > now.as_second())
    }
}

/// A guard of a post's own, as far as the post has to know it to lift it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGuard {
    /// What it protects from.
    pub kind: GuardKind,
    /// Its name.
    pub name: String,
    /// Until when it stands, in seconds since 1970. Before that nobody else's can have its name.
    pub until: i64,
}

impl From<&Guard> for OwnGuard {
    fn from(guard: &Guard) -> Self {
        Self { kind: guard.kind, name: guard.name.clone(), until: guard.expires_at }
    }
}

/// One account's publish of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// Whose.
    pub tenant: TenantId,
    /// The post.
    pub post: PostId,
    /// The account.
    pub account: AccountId,
    /// Counts every write. A write that read an older version is lost.
    pub version: u64,
    /// Where it stands.
    pub state: TargetState,
    /// What the creator chose.
    pub settings: VideoSettings,
    /// What is to be sent.
    pub media: TargetMedia,
    /// The creator's handle when the post was made, for links.
    #[serde(default)]
    pub username: Option<String>,
    /// When the caller's request was accepted.
    pub accepted_at: Timestamp,
    /// When to stop trying to get it started: a day after its time.
    pub give_up_at: Timestamp,
    /// Its place in its account's line, until TikTok has accepted it: from this time on it may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Timestamp>,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// Until when a worker says that it is at work on it.
    #[serde(default)]
    pub claimed_until: Option<Timestamp>,
    /// When the sweep has to look at it if nothing happens before.
    #[serde(default)]
    pub due_at: Option<Epoch>,
    /// How often in a row the sweep had to requeue it.
    #[serde(default, rename = "nudges")]
    pub requeues: u32,
    /// What TikTok's status said last.
    #[serde(default)]
    pub tiktok_status: Option<String>,
    /// The guard that keeps the same from being posted twice.
    #[serde(default)]
    pub guarded_by: Option<OwnGuard>,
    /// The steps so far, at most [`TargetRecord::MAX_TIMELINE`].
    #[serde(default)]
    pub timeline: Vec<TimelineEntry>,
}

impl TargetRecord {
    /// The most steps that are kept: an item in DynamoDB has its limits.
    pub const MAX_TIMELINE: usize = 200;

    /// How messages name it.
    pub fn target(&self) -> TargetRef {
        TargetRef { tenant: self.tenant.clone(), post: self.post.clone(), account: self.account.clone() }
    }
}
