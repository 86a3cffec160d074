//! How media looks to callers.

use std::collections::BTreeMap;

use serde::Serialize;
use slipway_domain::media::{Allowed, Measured, MediaReason, MediaState, ReasonCode};
use slipway_domain::{Hidden, MediaId, VideoCodec};

use crate::time::Time;
use crate::words::words;

/// A media item. Fields that clients rely on are always there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaView {
    /// The id.
    pub id: MediaId,
    /// The file's name, without a path.
    pub filename: String,
    /// What the file is by its content; before it is verified, what the caller said.
    pub content_type: String,
    /// Its size; before anything is uploaded what was announced, or 0. Never null: clients fail without it.
    pub size_bytes: u64,
    /// The status.
    pub status: MediaStatus,
    /// A link to the content that expires. Before anything is uploaded it leads nowhere yet.
    pub url: Hidden<String>,
    /// When it was announced.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// When it will be deleted; null once a post was made of it.
    pub expires_at: Option<Time>,
    /// The duration in seconds.
    pub duration_seconds: Option<f64>,
    /// Width as shown, in pixels.
    pub width: Option<u32>,
    /// Height as shown, in pixels.
    pub height: Option<u32>,
    /// The clockwise turn that a player applies, in degrees.
    pub rotation: Option<u16>,
    /// The mean frame rate, in frames per second.
    pub frame_rate: Option<f64>,
    /// Whether the frame rate varies.
    pub variable_frame_rate: Option<bool>,
    /// The video codec.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub video_codec: Option<VideoCodec>,
    /// Whether the file has sound.
    pub has_audio: Option<bool>,
    /// Why TikTok would refuse it.
    pub reasons: Vec<ReasonView>,
    /// What TikTok might object to, and what of the request was assumed or ignored.
    pub warnings: Vec<String>,
}

words! {
    /// Where a media item stands.
    MediaStatus {
        /// Nothing was uploaded, or it is not verified yet.
        Pending = "pending",
        /// TikTok would take it.
        Ready = "ready",
        /// TikTok would refuse it, or it could not be fetched.
        Failed = "failed",
    }
}

impl From<&MediaState> for MediaStatus {
    fn from(state: &MediaState) -> Self {
        match state {
            MediaState::Pending => Self::Pending,
            MediaState::Ready { .. } => Self::Ready,
            MediaState::Failed { .. } => Self::Failed,
        }
    }
}

/// One reason why media failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReasonView {
    /// A stable name for programs.
    pub code: ReasonCode,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub cure: String,
    /// What the file has, where that is a number or a name.
    pub measured: Option<Measured>,
    /// What is allowed, where a rule says so.
    pub allowed: Option<Allowed>,
}

impl From<&MediaReason> for ReasonView {
    fn from(reason: &MediaReason) -> Self {
        Self {
            code: reason.code,
            message: reason.message.clone(),
            cure: reason.cure.clone(),
            measured: reason.measured.clone(),
            allowed: reason.allowed.clone(),
        }
    }
}

/// The answer to a direct upload.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Uploaded {
    /// The media's id.
    pub media_id: MediaId,
    /// The media.
    #[serde(flatten)]
    pub media: MediaView,
}

/// The answer to a verification, also to that at the end of an upload in parts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verified {
    /// Always true: the file was verified, whatever came of it.
    pub success: bool,
    /// The media's id.
    pub media_id: MediaId,
    /// The media.
    #[serde(flatten)]
    pub media: MediaView,
}

/// The answer to an import that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportAccepted {
    /// The media's id.
    pub media_id: MediaId,
    /// The media.
    #[serde(flatten)]
    pub media: MediaView,
}

/// Where to PUT a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadUrl {
    /// The media's id.
    pub media_id: MediaId,
    /// Where the whole file is to be PUT.
    pub upload_url: Hidden<String>,
    /// Always PUT.
    pub method: &'static str,
    /// The headers that the PUT must have.
    pub headers: BTreeMap<String, String>,
    /// When the URLs expire.
    pub expires_at: Time,
    /// Always pending.
    pub status: MediaStatus,
    /// POST: verifies what was uploaded.
    pub verify_url: String,
    /// Where to PUT it in parts, if it is large.
    #[serde(flatten)]
    pub in_parts: Option<UploadInParts>,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// Where to PUT a large file in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadInParts {
    /// The size of each part but the last, in bytes.
    pub part_size: u64,
    /// Every part.
    pub parts: Vec<PartUrl>,
    /// POST: joins the parts and verifies the file.
    pub complete_url: String,
    /// POST: aborts the upload.
    pub abort_url: String,
    /// GET: which parts have arrived, with new URLs for the others.
    pub resume_url: String,
}

/// Where to PUT one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartUrl {
    /// From 1, in the order of the file.
    pub number: i32,
    /// Where to PUT it.
    pub url: Hidden<String>,
    /// Its exact size, in bytes.
    pub size: u64,
}

/// How far an upload in parts has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadProgress {
    /// The media's id.
    pub media_id: MediaId,
    /// Always pending.
    pub status: MediaStatus,
    /// The size that was announced.
    pub size_bytes: Option<u64>,
    /// The size of each part but the last, in bytes.
    pub part_size: u64,
    /// Bytes that have arrived.
    pub uploaded_bytes: u64,
    /// When the URLs expire.
    pub expires_at: Time,
    /// Every part.
    pub parts: Vec<PartProgress>,
    /// POST: joins the parts and verifies the file.
    pub complete_url: String,
    /// POST: aborts the upload.
    pub abort_url: String,
}

/// Whether one part has arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartProgress {
    /// From 1, in the order of the file.
    pub number: i32,
    /// Its exact size, in bytes.
    pub size: u64,
    /// Whether it has arrived.
    pub uploaded: bool,
    /// Where to PUT it, if it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Hidden<String>>,
}

/// The answer to an upload that was aborted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UploadAborted {
    /// Always true.
    pub success: bool,
    /// The media's id; it is gone.
    pub media_id: MediaId,
}

/// How much a tenant keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StorageView {
    /// Bytes that are used.
    pub used_bytes: u64,
    /// Bytes that may be used; -1 is no limit.
    pub limit_bytes: i64,
    /// Media items.
    pub count: u64,
}
