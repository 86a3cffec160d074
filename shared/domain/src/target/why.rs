//! Why a target waits, failed or is in doubt. Stored with its state.

use serde::{Deserialize, Serialize};

use crate::media::ReasonCode;
use crate::{ApiErrorCode, FailReason, LogId, StatusWord};

/// Why a target waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeferReason {
    /// TikTok's minute window of calls for this creator is full.
    RateLimited,
    /// As many posts of the account as we allow have begun in the last hour, or day.
    Velocity,
    /// The creator's daily cap of posts through APIs, or of drafts in the inbox, is reached.
    CreatorCap,
    /// The app's daily cap of posting creators is reached.
    AppCap,
    /// TikTok answered with faults, or not at all.
    TikTokUnavailable,
    /// TikTok has certainly begun nothing: it was not reached, took no call, or the account's access token was not at
    /// hand.
    Unreached,
    /// Its media is still being fetched from where the caller said it is.
    MediaImport,
    /// TikTok has not answered whether it fetches the media of another post of this account.
    OtherPull,
}

impl DeferReason {
    /// Whether an init that was put off for this reason has certainly begun nothing at TikTok. After a fault nobody
    /// knows: the answer may be all that was lost.
    pub const fn nothing_was_begun(self) -> bool {
        match self {
            Self::RateLimited
            | Self::Velocity
            | Self::CreatorCap
            | Self::AppCap
            | Self::Unreached
            | Self::MediaImport
            | Self::OtherPull => true,
            Self::TikTokUnavailable => false,
        }
    }

    /// What the target waits for, in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::RateLimited => "TikTok's limit of calls a minute",
            Self::Velocity => "the account's limit of posts an hour, or a day",
            Self::CreatorCap => "the creator's daily cap at TikTok",
            Self::AppCap => "the app's daily cap of creators at TikTok",
            Self::TikTokUnavailable => "TikTok, which has faults",
            Self::Unreached => "TikTok, which could not be called",
            Self::MediaImport => "the media, which is being imported",
            Self::OtherPull => "TikTok's answer about another post of this account",
        }
    }
}

/// Why a target failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Failure {
    /// TikTok took the bytes and then said no.
    #[serde(rename = "verdict")]
    PublishFailed {
        /// TikTok's reason.
        reason: FailReason,
    },
    /// TikTok refused the init call.
    Refused {
        /// TikTok's error code.
        tiktok_code: ApiErrorCode,
        /// TikTok's log id of the refusal, for its support.
        log_id: Option<LogId>,
    },
    /// The account has to be connected again.
    ReconnectionRequired,
    /// The account was disconnected while the target waited.
    AccountGone,
    /// The media is gone, or was replaced after it was checked.
    MediaGone,
    /// TikTok was to fetch the media, and this installation has no domain from which it may.
    NoPullDomain,
    /// The media could not be fetched, or is nothing that TikTok takes from this creator.
    MediaRejected {
        /// A stable name of the first reason, for programs.
        code: ReasonCode,
        /// Every reason with its cure, in sentences.
        message: String,
    },
    /// What held it back lasted longer than a day.
    DeferredTooLong {
        /// What held it back.
        why: DeferReason,
    },
    /// Every attempt came to nothing, for no reason that TikTok named.
    GaveUp,
    /// A person looked and said that it is not on TikTok.
    ResolvedAsNotPublished,
}

/// What is known about a publish whose outcome is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Bytes that TikTok acknowledged.
    pub sent: u64,
    /// TikTok's last word on it, if any.
    pub last_status: Option<StatusWord>,
}
