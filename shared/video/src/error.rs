//! Why a file has no findings.

use slipway_domain::media::ReasonCode;

use crate::{SourceError, cure};

/// Why a file could not be probed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first bytes are those of no video or photo.
    #[error("the file is neither a video nor a photo")]
    NotMedia,
    /// A photo, but not of a kind that TikTok takes.
    #[error("the file is a {0} picture; TikTok takes JPEG and WebP photos")]
    UnsupportedPhoto(&'static str),
    /// A video or sound file, but in no container that TikTok takes.
    #[error("the file is a {0} file; TikTok takes MP4, MOV and WebM videos")]
    UnsupportedContainer(&'static str),
    /// The file ends before it should.
    #[error("the file is cut short: {what}; it has {actual} bytes")]
    Truncated {
        /// What is missing.
        what: &'static str,
        /// The size in bytes that its own headers speak of, where they do.
        expected: Option<u64>,
        /// Its size in bytes.
        actual: u64,
    },
    /// The headers contradict themselves.
    #[error("the file's headers are damaged near byte {at}: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// About where, in bytes from the start.
        at: u64,
    },
    /// The headers are larger or more tangled than those of any video within TikTok's limits.
    #[error("the file's headers are beyond what a video of ten minutes needs: {0}")]
    TooComplex(&'static str),
    /// The bytes could not be read: nothing is known about the file.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl ProbeError {
    /// A stable name for programs.
    pub const fn code(&self) -> ReasonCode {
        match self {
            Self::Empty => ReasonCode::EmptyFile,
            Self::NotMedia => ReasonCode::NotMedia,
            Self::UnsupportedPhoto(_) => ReasonCode::PhotoFormatUnsupported,
            Self::UnsupportedContainer(_) => ReasonCode::ContainerUnsupported,
            Self::Truncated { .. } => ReasonCode::Truncated,
            Self::Malformed { .. } => ReasonCode::Malformed,
            Self::TooComplex(_) => ReasonCode::TooComplex,
            Self::Source(_) => ReasonCode::Unreadable,
        }
    }

    /// What the owner of the file can do about it.
    pub const fn cure(&self) -> &'static str {
        match self {
            Self::Empty => "Upload the file again; check that it has content where you read it from.",
            Self::NotMedia => {
                "Upload an MP4, MOV or WebM video, or a JPEG or WebP photo; a renamed file stays what it was."
            }
            Self::UnsupportedPhoto(_) => cure::CONVERT_PHOTO,
            Self::UnsupportedContainer(_) => "Convert it to MP4 with H.264, for example with ffmpeg.",
            Self::Truncated { .. } => {
                "Upload the whole file again; if the original does not play to its end, export it again."
            }
            Self::Malformed { .. } | Self::TooComplex(_) => {
                "Export the file again; a video can be converted with `ffmpeg -i in -c:v libx264 -pix_fmt yuv420p out.mp4`."
            }
            Self::Source(_) => "Try again.",
        }
    }

    pub(crate) const fn malformed(what: &'static str, at: u64) -> Self {
        Self::Malformed { what, at }
    }
}
