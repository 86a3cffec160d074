//! TikTok's reasons for a failed publish.

use serde::{Deserialize, Serialize};

macro_rules! connect_and_retry {
    () => {
        "Connect the account again, then retry the post with POST /v1/posts/{id}/retry."
    };
}

/// What to do about a target whose account can't be used until it is connected again.
pub const AUTHORIZATION_IS_GONE: &str = concat!("The creator's authorization is gone. ", connect_and_retry!());

/// TikTok's `fail_reason` (post status reference), also the `reason` of its failure webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FailReason {
    /// The container or codec is not supported.
    FileFormatCheckFailed,
    /// Too short or too long, in general or for this creator.
    DurationCheckFailed,
    /// Fewer than 23 or more than 60 frames a second.
    FrameRateCheckFailed,
    /// A side under 360 or over 4,096 pixels.
    PictureSizeCheckFailed,
    /// A part of TikTok was not available.
    Internal,
    /// TikTok could not download the video in its hour.
    VideoPullFailed,
    /// TikTok could not download a photo in its hour.
    PhotoPullFailed,
    /// We cancelled it.
    PublishCancelled,
    /// The creator withdrew the app's access meanwhile.
    AuthRemoved,
    /// The creator's daily cap for posts through any API.
    SpamRiskTooManyPosts,
    /// TikTok bars this creator from posting.
    SpamRiskUserBannedFromPosting,
    /// The caption was judged risky.
    SpamRiskText,
    /// The request was judged risky.
    SpamRisk,
    /// A reason that TikTok's reference did not name when this was written; kept verbatim.
    Other(String),
}

/// Who can do something about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The caller: other media, other text.
    Caller,
    /// The creator or TikTok's view of the creator.
    Creator,
    /// TikTok.
    TikTok,
}

impl FailReason {
    const KNOWN: [(Self, &'static str); 13] = [
        (Self::FileFormatCheckFailed, "file_format_check_failed"),
        (Self::DurationCheckFailed, "duration_check_failed"),
        (Self::FrameRateCheckFailed, "frame_rate_check_failed"),
        (Self::PictureSizeCheckFailed, "picture_size_check_failed"),
        (Self::Internal, "internal"),
        (Self::VideoPullFailed, "video_pull_failed"),
        (Self::PhotoPullFailed, "photo_pull_failed"),
        (Self::PublishCancelled, "publish_cancelled"),
        (Self::AuthRemoved, "auth_removed"),
        (Self::SpamRiskTooManyPosts, "spam_risk_too_many_posts"),
        (Self::SpamRiskUserBannedFromPosting, "spam_risk_user_banned_from_posting"),
        (Self::SpamRiskText, "spam_risk_text"),
        (Self::SpamRisk, "spam_risk"),
    ];

    /// Every reason that TikTok's reference names.
    pub fn known() -> impl Iterator<Item = Self> {
        Self::KNOWN.into_iter().map(|(reason, _)| reason)
    }

    /// TikTok's name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(text) => text,
            known => Self::KNOWN.iter().find(|(reason, _)| reason == known).map_or("internal", |(_, name)| name),
        }
    }

    /// Whether TikTok could not fetch what it was to pull.
    pub const fn is_failed_pull(&self) -> bool {
        matches!(self, Self::VideoPullFailed | Self::PhotoPullFailed)
    }

    /// Whether the same request may succeed later with nothing changed (a retry is a new init).
    pub fn is_retryable(&self) -> bool {
        self.is_failed_pull() || matches!(self, Self::Internal | Self::SpamRiskTooManyPosts)
    }

    /// Whether a retry of the target may succeed: with nothing changed, or once the account is connected again.
    pub fn may_be_retried(&self) -> bool {
        self.is_retryable() || *self == Self::AuthRemoved
    }

    /// Who can do something about it.
    pub fn fault(&self) -> Fault {
        match self {
            Self::FileFormatCheckFailed
            | Self::DurationCheckFailed
            | Self::FrameRateCheckFailed
            | Self::PictureSizeCheckFailed
            | Self::VideoPullFailed
            | Self::PhotoPullFailed
            | Self::PublishCancelled
            | Self::SpamRiskText
            | Self::SpamRisk => Fault::Caller,
            Self::AuthRemoved | Self::SpamRiskTooManyPosts | Self::SpamRiskUserBannedFromPosting => Fault::Creator,
            Self::Internal | Self::Other(_) => Fault::TikTok,
        }
    }

    /// What happened and what to do, for the caller.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::FileFormatCheckFailed => {
                "TikTok does not support this file's format. Upload MP4, MOV or WebM with H.264, H.265, VP8 or VP9."
            }
            Self::DurationCheckFailed => {
                "The video is too short or too long for this creator. Check max_video_duration_sec in creator-info."
            }
            Self::FrameRateCheckFailed => {
                "The frame rate must be between 23 and 60 frames a second. Re-encode the video."
            }
            Self::PictureSizeCheckFailed => {
                "Each side of the picture must be between 360 and 4096 pixels. Re-encode the video."
            }
            Self::Internal => "TikTok failed on its side. Retry it with POST /v1/posts/{id}/retry.",
            Self::VideoPullFailed | Self::PhotoPullFailed => {
                "TikTok could not download the media within its hour. Retry it with POST /v1/posts/{id}/retry."
            }
            Self::PublishCancelled => "The publish was cancelled.",
            Self::AuthRemoved => {
                concat!("The creator withdrew this app's access. ", connect_and_retry!())
            }
            Self::SpamRiskTooManyPosts => {
                "The creator's daily cap for posts through APIs is reached. Retry it with POST /v1/posts/{id}/retry after 24 hours."
            }
            Self::SpamRiskUserBannedFromPosting => {
                "TikTok bars this creator from posting. The creator has to settle it with TikTok."
            }
            Self::SpamRiskText => "TikTok judged the caption risky. Change the text.",
            Self::SpamRisk => "TikTok judged the request risky. Change the post and wait before trying again.",
            Self::Other(_) => "TikTok refused the post for a reason that it does not document.",
        }
    }
}

impl From<String> for FailReason {
    fn from(text: String) -> Self {
        match Self::KNOWN.iter().find(|(_, name)| *name == text) {
            Some((reason, _)) => reason.clone(),
            None => Self::Other(text),
        }
    }
}

impl From<FailReason> for String {
    fn from(reason: FailReason) -> String {
        reason.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{FRAME_RATE, VIDEO_SIDE};

    #[test]
    fn every_known_reason_is_written_as_it_is_read() {
        for (reason, name) in FailReason::KNOWN {
            assert_eq!(reason.as_str(), name);
            assert_eq!(FailReason::from(name.to_owned()), reason);
        }
    }

    #[test]
    fn what_a_file_must_have_is_said_in_the_numbers_of_the_rules() {
        let (slow, fast) = FRAME_RATE;
        assert!(FailReason::FrameRateCheckFailed.advice().contains(&format!("between {slow} and {fast} frames")));
        let (least, most) = VIDEO_SIDE;
        assert!(FailReason::PictureSizeCheckFailed.advice().contains(&format!("between {least} and {most} pixels")));
    }

    #[test]
    fn an_unknown_reason_is_kept_verbatim_and_not_retried() {
        let reason = FailReason::from("brand_new_reason".to_owned());
        assert_eq!(reason.as_str(), "brand_new_reason");
        assert!(!reason.is_retryable());
    }
}
