//! An object in S3, and what its headers say.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{FileKind, VideoCodec};

/// An object as it was when it was listed or verified. Reads with this `ETag` as a condition get these very bytes or
/// none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredObject {
    /// Its `ETag`, as S3 writes it, quotes included.
    pub etag: String,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// What the headers of a file say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// The kind of file.
    pub media_type: FileKind,
    /// How long it plays, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Width as shown, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height as shown, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The clockwise turn that a player applies, in degrees. Width and height are those after it.
    #[serde(default)]
    pub rotation: u16,
    /// Frames a second in the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<f64>,
    /// Whether frames last differently long.
    #[serde(default)]
    pub variable_frame_rate: bool,
    /// How the picture is coded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_codec: Option<VideoCodec>,
    /// Whether there is sound.
    #[serde(default)]
    pub has_audio: bool,
}

impl Findings {
    /// A file of this kind whose headers say no more.
    pub fn of(media_type: FileKind) -> Self {
        Self {
            media_type,
            duration_ms: None,
            width: None,
            height: None,
            rotation: 0,
            frame_rate: None,
            variable_frame_rate: false,
            video_codec: None,
            has_audio: false,
        }
    }

    /// How long it plays, in seconds.
    pub fn duration_seconds(&self) -> Option<f64> {
        self.duration_ms.map(|millis| Duration::from_millis(millis).as_secs_f64())
    }
}
