//! What is stored about a video or photo.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::{MediaId, TenantId};

use super::{Import, MediaState};

/// A video or photo, uploaded or about to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: MediaId,
    /// What the caller calls it. Says nothing about the content.
    pub filename: String,
    /// What the caller says that it is. Says nothing about the content.
    pub declared_type: String,
    /// The size in bytes that the caller announced. S3 holds the caller to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_size: Option<u64>,
    /// SHA-256 of the content in hex, if the caller announced it. S3 holds the caller to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The upload in parts that was begun for it in S3, if its size asked for one. It may be over by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<MultipartUpload>,
    /// How it is fetched from where the caller said that it is, if it was not uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
    /// Counts every write.
    #[serde(default)]
    pub version: u64,
    /// Posts.
    #[serde(default)]
    pub posts: std::collections::BTreeSet<slipway_domain::PostId>,
    /// The object's key in the media bucket.
    pub s3_key: String,
    /// What is known about the content.
    pub state: MediaState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its state changed last.
    pub updated_at: Timestamp,
    /// When it is forgotten, in epoch seconds.
    pub expires_at: i64,
}

/// A multipart upload in S3. Its id is no secret: it opens nothing without a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultipartUpload {
    /// S3's id of the upload.
    pub upload_id: String,
    /// The size of each part but the last, in bytes.
    pub part_size: u64,
}

impl MediaRecord {
    /// New media of which nothing is known but what the caller says.
    pub fn new(tenant: TenantId, id: MediaId, filename: String, declared_type: String, now: Timestamp) -> Self {
        Self {
            s3_key: format!("media/{tenant}/{id}"),
            tenant,
            id,
            filename,
            declared_type,
            declared_size: None,
            sha256: None,
            multipart: None,
            import: None,
            version: 1,
            posts: Default::default(),
            expires_at: MediaState::Pending.expiry(now),
            state: MediaState::Pending,
            created_at: now,
            updated_at: now,
        }
    }

    /// The same media, to be fetched from there. The sweep sets it going if nobody has by then.
    #[must_use]
    pub fn imported_from(self, import: Import, _now: Timestamp) -> Self {
        Self { import: Some(import), ..self }
    }

    /// The same media in another state.
    #[must_use]
    pub fn in_state(self, state: MediaState, now: Timestamp) -> Self {
        Self { expires_at: state.expiry(self.created_at), state, updated_at: now, ..self }
    }

    /// The size in bytes: the object's once it was looked at, before that what the caller announced.
    pub fn size_bytes(&self) -> Option<u64> {
        self.state.object().map(|object| object.size_bytes).or(self.declared_size)
    }
}
