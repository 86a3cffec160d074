//! What TikTok's refusal of an init means for the target.

use std::time::Duration;

use slipway_domain::{DeferReason, Failure};
use slipway_tiktok::{ApiErrorCode, Class, Error};

/// What to do after a failed init.
#[derive(Debug, PartialEq)]
pub(crate) enum Advice {
    /// A fault of the moment, or nobody knows: the same call again.
    Retry,
    /// No room: later.
    Wait(Duration, DeferReason),
    /// It will never work.
    GiveUp(Failure),
}

pub(crate) fn advice(error: &Error) -> Advice {
    let refused =
        || Advice::GiveUp(Failure::Refused { tiktok_code: error.refusal_code(), log_id: error.log_id().cloned() });
    match (error.class(), error.code()) {
        (Class::After(delay), Some(ApiErrorCode::SpamRiskTooManyPosts | ApiErrorCode::SpamRiskTooManyPendingShare)) => {
            Advice::Wait(delay, DeferReason::CreatorCap)
        }
        (Class::After(delay), Some(ApiErrorCode::ReachedActiveUserCap)) => Advice::Wait(delay, DeferReason::AppCap),
        (Class::After(delay), Some(ApiErrorCode::RateLimitExceeded)) => Advice::Wait(delay, DeferReason::RateLimited),
        // A refusal with a code that is new to us is a refusal: thousands of calls would not change it.
        (Class::Unknown, Some(ApiErrorCode::Other(_))) | (Class::Final, _) => refused(),
        (Class::After(_) | Class::Unknown, _) => Advice::Retry,
        (Class::Reauthorise, _) => Advice::GiveUp(Failure::ReconnectionRequired),
    }
}
