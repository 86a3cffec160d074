//! TikTok's refusals before anything is sent, in our own terms.

use slipway_contract::{ApiError, Cause, ErrorCode, Issue};
use slipway_domain::ReconnectReason;
use slipway_tiktok::{ApiErrorCode, Class, Error};
use slipway_tokens::of_tiktok;

/// The account has to be connected again.
pub(crate) fn reconnect(field: &str, reason: ReconnectReason) -> Issue {
    let cure = "Have the creator connect it again with POST /v1/accounts/connect; its id stays.";
    let message = reason.explanation().trim_end_matches('.').to_owned();
    Issue::invalid(field, message, cure).with_code(ErrorCode::ReconnectionRequired)
}

/// What creator info's refusal means for the caller; nothing if it is a fault of the moment.
pub(crate) fn creator(error: &Error, field: &str) -> Option<ApiError> {
    let why = error.code().and_then(ApiErrorCode::bars_posting).unwrap_or_default();
    let (code, cause, message) = match (error.code(), error.class()) {
        (Some(ApiErrorCode::SpamRiskTooManyPosts), _) => {
            (ErrorCode::TikTokRateLimit, Cause::Quota, format!("{why} Try again later, or schedule the post."))
        }
        (Some(ApiErrorCode::ReachedActiveUserCap), _) => {
            (ErrorCode::TikTokRateLimit, Cause::AppAudit, format!("{why} Try again tomorrow."))
        }
        // Not TikTok's fault of the moment, which clients would repeat: no repeat cures it.
        (Some(ApiErrorCode::SpamRiskUserBannedFromPosting), _) => {
            (ErrorCode::FieldInvalid, Cause::Creator, why.to_owned())
        }
        (_, Class::Reauthorise) => (
            ErrorCode::ReconnectionRequired,
            Cause::Creator,
            "The creator's grant does not allow posting. Connect the account again with POST /v1/accounts/connect."
                .to_owned(),
        ),
        (_, Class::After(_) | Class::Final | Class::Unknown) => return None,
    };
    let mut refused = of_tiktok(ApiError::new(code, message).with_field(field).with_cause(cause), error);
    let retryable = matches!(error.class(), Class::After(_));
    if let Class::After(delay) = error.class() {
        refused = refused.retry_after(delay.as_secs());
    }
    Some(refused.with_retryable(retryable))
}
