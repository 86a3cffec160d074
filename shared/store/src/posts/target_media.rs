//! The files of a target, as they are stored with it.

use serde::{Deserialize, Serialize};
use slipway_domain::{FileKind, MediaId, MediaKind};

use crate::media::{MediaRecord, MediaState};

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
    /// What it is. The name is of the time when there were only videos.
    #[serde(rename = "video_type")]
    pub kind: FileKind,
    /// What TikTok might object to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl MediaRef {
    /// What media is, if it is ready and TikTok takes it as this.
    pub fn of(media: &MediaRecord, kind: MediaKind) -> Option<Self> {
        let MediaState::Ready { object, findings, warnings } = &media.state else { return None };
        (findings.media_type.media_kind() == Some(kind)).then(|| Self {
            id: media.id.clone(),
            s3_key: media.s3_key.clone(),
            etag: object.etag.clone(),
            size_bytes: object.size_bytes,
            kind: findings.media_type,
            warnings: warnings.iter().map(|warning| warning.warning(&media.id)).collect(),
        })
    }
}

/// A file that a target sends: one that was verified, or one that is still being fetched.
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
