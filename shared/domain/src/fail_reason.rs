//! TikTok's reasons for a failed publish.

use crate::codes::codes;

macro_rules! connect_and_retry {
    () => {
        "Connect the account again, then retry the post with POST /v1/posts/{id}/retry."
    };
}

/// What to do about a target whose account can't be used until it is connected again.
pub const AUTHORIZATION_IS_GONE: &str = concat!("The creator's authorization is gone. ", connect_and_retry!());

codes! {
    /// TikTok's `fail_reason` (post status reference), also the `reason` of its failure webhook.
    FailReason {
        /// The container or codec is not supported.
        FileFormatCheckFailed = "file_format_check_failed",
        /// Too short or too long, in general or for this creator.
        DurationCheckFailed = "duration_check_failed",
        /// Fewer than 23 or more than 60 frames a second.
        FrameRateCheckFailed = "frame_rate_check_failed",
        /// A side under 360 or over 4,096 pixels.
        PictureSizeCheckFailed = "picture_size_check_failed",
        /// A part of TikTok was not available.
        Internal = "internal",
        /// TikTok could not download the video in its hour.
        VideoPullFailed = "video_pull_failed",
        /// TikTok could not download a photo in its hour.
        PhotoPullFailed = "photo_pull_failed",
        /// We cancelled it.
        PublishCancelled = "publish_cancelled",
        /// The creator withdrew the app's access meanwhile.
        AuthRemoved = "auth_removed",
        /// The creator's daily cap for posts through any API.
        SpamRiskTooManyPosts = "spam_risk_too_many_posts",
        /// TikTok bars this creator from posting.
        SpamRiskUserBannedFromPosting = "spam_risk_user_banned_from_posting",
        /// The caption was judged risky.
        SpamRiskText = "spam_risk_text",
        /// The request was judged risky.
        SpamRisk = "spam_risk",
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{FRAME_RATE, VIDEO_SIDE};

    #[test]
    fn every_known_reason_is_written_as_it_is_read() {
        for (name, reason) in FailReason::ALL {
            assert_eq!(reason.as_str(), *name);
            assert_eq!(FailReason::from((*name).to_owned()), *reason);
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
        assert_eq!(FailReason::from("x".repeat(101)).as_str(), "x".repeat(100));
        assert!(!reason.is_retryable());
    }
}
