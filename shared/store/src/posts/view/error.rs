//! What went wrong with a target, and what to do about it, as callers are told.

use slipway_contract::ErrorCode;
use slipway_contract::post::{CausedBy, ErrorCategory, TargetError, TargetErrorCode};
use slipway_domain::fail_reason::{AUTHORIZATION_IS_GONE, Fault};
use slipway_domain::{ApiErrorCode, DeferReason, FailReason, Failure, StatusWord, TargetState, TikTokCode};

use crate::posts::TargetRecord;

/// What is wrong with a target, if anything is.
pub(super) fn of(record: &TargetRecord) -> Option<TargetError> {
    match &record.state {
        TargetState::Failed { failure, .. } => Some(failed(failure)),
        TargetState::Unconfirmed { publish_id: None, .. } => Some(TargetError {
            code: TargetErrorCode::Unconfirmed,
            message:
                "TikTok was told to fetch the media, but its answer was lost, and nothing was heard since. Look at \
                      the account on TikTok, then say what is there with POST /v1/posts/{id}/resolve."
                    .to_owned(),
            category: ErrorCategory::Platform,
            caused_by: CausedBy::Platform,
            retryable: false,
            tiktok_code: None,
            tiktok_log_id: None,
        }),
        TargetState::Unconfirmed { evidence, .. } => Some(TargetError {
            code: TargetErrorCode::Unconfirmed,
            message: format!(
                "TikTok has {} of {} bytes, but reported no outcome (last status: {}). Look at the account on TikTok, \
                 then say what is there with POST /v1/posts/{{id}}/resolve.",
                evidence.sent,
                record.size_bytes(),
                evidence.last_status.as_ref().map_or("none", StatusWord::as_str)
            ),
            category: ErrorCategory::Platform,
            caused_by: CausedBy::Platform,
            retryable: false,
            tiktok_code: evidence.last_status.clone().map(TikTokCode::Status),
            tiktok_log_id: None,
        }),
        _ => None,
    }
}

/// Why it failed.
pub fn failed(failure: &Failure) -> TargetError {
    let of = |code: TargetErrorCode, message: &str, category, caused_by, retryable| TargetError {
        code,
        message: message.to_owned(),
        category,
        caused_by,
        retryable,
        tiktok_code: None,
        tiktok_log_id: None,
    };
    match failure {
        Failure::PublishFailed { reason } => {
            TargetError { tiktok_code: Some(TikTokCode::Failed(reason.clone())), ..publish_failed(reason) }
        }
        Failure::Refused { tiktok_code, log_id } => TargetError {
            tiktok_code: Some(TikTokCode::Api(tiktok_code.clone())),
            tiktok_log_id: log_id.clone(),
            ..of(
                ErrorCode::TikTokApiError.into(),
                refusal(tiktok_code),
                ErrorCategory::Platform,
                CausedBy::Platform,
                false,
            )
        },
        Failure::ReconnectionRequired => {
            of(ErrorCode::ReconnectionRequired.into(), AUTHORIZATION_IS_GONE, ErrorCategory::Auth, CausedBy::User, true)
        }
        Failure::AccountGone => of(
            ErrorCode::AccountNotFound.into(),
            "The account was disconnected before the video could be sent. Connect it again and make a new post.",
            ErrorCategory::Auth,
            CausedBy::User,
            false,
        ),
        Failure::MediaGone => of(
            ErrorCode::MediaNotFound.into(),
            "The media was deleted or replaced before it could be sent. Upload it again and make a new post.",
            ErrorCategory::Validation,
            CausedBy::User,
            false,
        ),
        // The code is the one that the media item has for it.
        Failure::MediaRejected { code, message } => of(
            ErrorCode::MediaRejected.into(),
            &format!("{message} ({code})"),
            ErrorCategory::Validation,
            CausedBy::User,
            false,
        ),
        Failure::DeferredTooLong { why: DeferReason::MediaImport } => of(
            TargetErrorCode::Timeout,
            "The media was not imported within a day; nothing was published. Upload the file and make a new post.",
            ErrorCategory::System,
            CausedBy::System,
            false,
        ),
        Failure::DeferredTooLong { why } => of(
            TargetErrorCode::Timeout,
            &format!(
                "There was no room for a day: waiting for {}. Retry it with POST /v1/posts/{{id}}/retry.",
                why.in_words()
            ),
            ErrorCategory::RateLimit,
            CausedBy::Platform,
            true,
        ),
        Failure::NoPullDomain => {
            of(ErrorCode::NotSupported.into(), NO_PULL_DOMAIN, ErrorCategory::System, CausedBy::System, true)
        }
        Failure::GaveUp => of(
            TargetErrorCode::Timeout,
            "The video could not be handed to TikTok; nothing was published. Retry it with POST /v1/posts/{id}/retry.",
            ErrorCategory::System,
            CausedBy::System,
            true,
        ),
        Failure::ResolvedAsNotPublished => of(
            TargetErrorCode::Unconfirmed,
            "It was looked up and is not on TikTok. Retry it with POST /v1/posts/{id}/retry.",
            ErrorCategory::Platform,
            CausedBy::Platform,
            true,
        ),
    }
}

/// TikTok can't be told to fetch anything.
pub const NO_PULL_DOMAIN: &str = "TikTok can fetch media only from a domain that is verified for this app, and \
     this installation has none. Its operator sets one up with PullDomain; see docs/deploying.md.";

fn publish_failed(reason: &FailReason) -> TargetError {
    let (code, category, caused_by) = match (reason, reason.fault()) {
        (FailReason::AuthRemoved, _) => (ErrorCode::ReconnectionRequired, ErrorCategory::Auth, CausedBy::User),
        (FailReason::SpamRiskTooManyPosts, _) => {
            (ErrorCode::TikTokRateLimit, ErrorCategory::RateLimit, CausedBy::Platform)
        }
        (
            FailReason::FileFormatCheckFailed
            | FailReason::DurationCheckFailed
            | FailReason::FrameRateCheckFailed
            | FailReason::PictureSizeCheckFailed,
            _,
        ) => (ErrorCode::MediaRejected, ErrorCategory::Validation, CausedBy::User),
        (_, Fault::Caller | Fault::Creator) => (ErrorCode::TikTokApiError, ErrorCategory::Platform, CausedBy::User),
        (_, Fault::TikTok) => (ErrorCode::TikTokApiError, ErrorCategory::Platform, CausedBy::Platform),
    };
    TargetError {
        code: code.into(),
        message: reason.advice().to_owned(),
        category,
        caused_by,
        retryable: reason.may_be_retried(),
        tiktok_code: None,
        tiktok_log_id: None,
    }
}

/// TikTok's own message is the same for nearly every refusal; only the code tells them apart.
fn refusal(tiktok_code: &ApiErrorCode) -> &'static str {
    match tiktok_code {
        ApiErrorCode::SpamRiskUserBannedFromPosting => FailReason::SpamRiskUserBannedFromPosting.advice(),
        ApiErrorCode::UnauditedClientCanOnlyPostToPrivateAccounts => {
            "This TikTok app has not passed TikTok's audit: it may post only to private accounts, for the creator alone. \
             Have the creator set the account to private and use SELF_ONLY, or pass the audit."
        }
        ApiErrorCode::PrivacyLevelOptionMismatch => {
            "The creator does not offer this privacy level any more. Ask creator-info for the options and make a new post."
        }
        ApiErrorCode::InvalidParams => "TikTok refused the post's settings.",
        ApiErrorCode::UrlOwnershipUnverified => {
            "TikTok has not verified the domain from which it should fetch the media. The operator verifies PullDomain under \
             URL properties of the TikTok app."
        }
        _ => "TikTok refused the post. Its code says why.",
    }
}
