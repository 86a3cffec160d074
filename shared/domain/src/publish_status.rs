//! Where a publish stands, as TikTok's status call says.

/// Where a publish stands (post status reference).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishStatus {
    /// Bytes are arriving, or TikTok works on them.
    ProcessingUpload,
    /// TikTok is fetching the media.
    ProcessingDownload,
    /// The draft's notification is in the creator's inbox; it may become `PublishComplete` days later.
    SendToUserInbox,
    /// It is posted.
    PublishComplete,
    /// It failed.
    Failed,
    /// Not documented when this was written: to be taken as still running. Kept verbatim.
    Unknown(String),
}

impl PublishStatus {
    /// TikTok's name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ProcessingUpload => "PROCESSING_UPLOAD",
            Self::ProcessingDownload => "PROCESSING_DOWNLOAD",
            Self::SendToUserInbox => "SEND_TO_USER_INBOX",
            Self::PublishComplete => "PUBLISH_COMPLETE",
            Self::Failed => "FAILED",
            Self::Unknown(text) => text,
        }
    }
}

impl From<String> for PublishStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "PROCESSING_UPLOAD" => Self::ProcessingUpload,
            "PROCESSING_DOWNLOAD" => Self::ProcessingDownload,
            "SEND_TO_USER_INBOX" => Self::SendToUserInbox,
            "PUBLISH_COMPLETE" => Self::PublishComplete,
            "FAILED" => Self::Failed,
            _ => Self::Unknown(text),
        }
    }
}
