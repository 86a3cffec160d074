//! TikTok's codes: each of its vocabularies is an enum that keeps a word it does not know.

mod api;
mod oauth;
mod status_word;

pub use api::ApiErrorCode;
pub use oauth::OAuthErrorCode;
pub use status_word::StatusWord;

use std::fmt;

use serde::Serialize;

use crate::FailReason;

/// TikTok's own word for why something did not come about, whichever of its vocabularies it is from. Callers are shown it
/// as TikTok spells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum TikTokCode {
    /// The API refused a call.
    Api(ApiErrorCode),
    /// The token or revocation endpoint refused a call.
    OAuth(OAuthErrorCode),
    /// A publish failed.
    Failed(FailReason),
    /// A publish came to no outcome; this is what its status was last.
    Status(StatusWord),
}

impl TikTokCode {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Api(code) => code.as_str(),
            Self::OAuth(code) => code.as_str(),
            Self::Failed(reason) => reason.as_str(),
            Self::Status(word) => word.as_str(),
        }
    }
}

impl fmt::Display for TikTokCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<TikTokCode> for String {
    fn from(code: TikTokCode) -> Self {
        code.as_str().to_owned()
    }
}

/// What a target's timeline notes where TikTok's own word came.
pub fn tiktok_says(word: impl fmt::Display) -> String {
    format!("TikTok says {word}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PublishStatus;

    #[test]
    fn whatever_the_vocabulary_callers_are_shown_the_word_itself() {
        for (code, shown) in [
            (TikTokCode::Api(ApiErrorCode::ReachedActiveUserCap), "reached_active_user_cap"),
            (TikTokCode::OAuth(OAuthErrorCode::InvalidGrant), "invalid_grant"),
            (TikTokCode::Failed(FailReason::FrameRateCheckFailed), "frame_rate_check_failed"),
            (TikTokCode::Status(PublishStatus::ProcessingUpload.into()), "PROCESSING_UPLOAD"),
            (TikTokCode::Api(ApiErrorCode::parse("brand_new")), "brand_new"),
        ] {
            assert_eq!(serde_json::to_value(&code).unwrap(), shown);
            assert_eq!(code.to_string(), shown);
        }
    }
}
