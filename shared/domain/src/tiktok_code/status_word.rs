//! TikTok's last word on a publish. Stored with a target.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ApiErrorCode;
use crate::PublishStatus;

/// TikTok's last word on a publish: where it stands, or that TikTok does not know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum StatusWord {
    /// Where it stands.
    Status(PublishStatus),
    /// TikTok does not know it, or not as one of this account's, with the code that says so.
    NotKnown(ApiErrorCode),
}

impl StatusWord {
    /// What a timeline says of a publish that TikTok does not know for good.
    pub const UNKNOWN_FOR_GOOD: &str = "TikTok does not know this publish, asked again and again";

    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Status(status) => status.as_str(),
            Self::NotKnown(code) => code.as_str(),
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<PublishStatus> for StatusWord {
    fn from(status: PublishStatus) -> Self {
        Self::Status(status)
    }
}

impl From<String> for StatusWord {
    fn from(text: String) -> Self {
        let code = ApiErrorCode::parse(&text);
        if code.is_unknown_publish() { Self::NotKnown(code) } else { Self::Status(text.into()) }
    }
}

impl From<StatusWord> for String {
    fn from(word: StatusWord) -> Self {
        word.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_word_is_read_as_what_it_was_and_stays_itself() {
        let status = StatusWord::Status;
        for (text, word) in [
            ("PROCESSING_UPLOAD", status(PublishStatus::ProcessingUpload)),
            ("PROCESSING_DOWNLOAD", status(PublishStatus::ProcessingDownload)),
            ("SEND_TO_USER_INBOX", status(PublishStatus::SendToUserInbox)),
            ("PUBLISH_COMPLETE", status(PublishStatus::PublishComplete)),
            ("FAILED", status(PublishStatus::Failed)),
            ("invalid_publish_id", StatusWord::NotKnown(ApiErrorCode::InvalidPublishId)),
            (
                "token_not_authorized_for_specified_publish_id",
                StatusWord::NotKnown(ApiErrorCode::TokenNotAuthorizedForPublishId),
            ),
            ("REVIEWING", status(PublishStatus::Unknown("REVIEWING".to_owned()))),
            ("", status(PublishStatus::Unknown(String::new()))),
        ] {
            assert_eq!(serde_json::from_value::<StatusWord>(text.into()).unwrap(), word);
            assert_eq!(serde_json::to_value(&word).unwrap(), text);
        }
        let long = "X".repeat(5000);
        assert_eq!(StatusWord::from(long.clone()).as_str(), long, "a new status is kept whole");
    }
}
