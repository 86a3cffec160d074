//! What a caller of the API is told when a call to TikTok did not succeed.

use slipway_contract::account::ReconnectCause;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::LogId;
use slipway_domain::schedule::{REFRESH_AWAITED_BY_CALLERS, whole_seconds};
use slipway_tiktok::{ApiErrorCode, Class, Error, OAuthErrorCode};

use crate::{AskError, CallError};

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::ReconnectRequired { reason } => Self::new(
                ErrorCode::ReconnectionRequired,
                format!("{} Connect the account again; it keeps its id.", reason.explanation()),
            )
            .with_remedy()
            .with_reconnect_reason(reason),
            CallError::Gone => Self::no_such(ErrorCode::AccountNotFound, "account", "/v1/accounts"),
            CallError::RefreshPending => {
                tracing::warn!("a refresh by another process did not end in time");
                Self::internal().retry_after(REFRESH_AWAITED_BY_CALLERS.as_secs())
            }
            CallError::TikTok(error) => tiktok_error(&error),
            CallError::Store(_) | CallError::Vault(_) => {
                tracing::error!(%error, "a token could not be had");
                Self::internal()
            }
        }
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Call(error) => error.into(),
            AskError::TooOften { wait } => {
                let message = "TikTok is asked about this account as often as it allows. Ask again in some seconds.";
                Self::new(ErrorCode::TikTokRateLimit, message)
                    .with_remedy()
                    .with_cause(Cause::Quota)
                    .retry_after(whole_seconds(wait).as_secs().max(1))
            }
        }
    }
}

/// TikTok's refusal or failure, as a caller of the API sees it.
pub fn tiktok_error(error: &Error) -> ApiError {
    tracing::warn!(%error, tiktok.log_id = error.log_id().map(LogId::as_str), "TikTok did not do it");
    let answer = if error.is_missing_scope() {
        not_granted("what this needs")
    } else {
        match error.class() {
            Class::After(wait) if is_rate_limit(error) => {
                let message = "TikTok takes no more of these calls for this account at the moment.";
                ApiError::new(ErrorCode::TikTokRateLimit, message).with_remedy().retry_after(wait.as_secs().max(1))
            }
            Class::After(wait) => {
                ApiError::new(ErrorCode::TikTokApiError, "TikTok failed or did not answer. Try again.")
                    .with_remedy()
                    .retry_after(wait.as_secs().max(1))
            }
            Class::Reauthorise => {
                let message = "TikTok refused the authorization. Connect the account again.";
                ApiError::new(ErrorCode::TikTokAuth, message).with_remedy()
            }
            Class::Final | Class::Unknown => {
                ApiError::new(ErrorCode::TikTokApiError, "TikTok refused the call.").with_remedy().with_retryable(false)
            }
        }
    };
    of_tiktok(answer, error)
}

/// The refusal with what TikTok reported of it: its code, and its id of the call.
pub fn of_tiktok(mut refusal: ApiError, error: &Error) -> ApiError {
    if let Some(code) = error.tiktok_code() {
        refusal = refusal.with_tiktok_code(code);
    }
    if let Some(log_id) = error.log_id() {
        refusal = refusal.with_tiktok_log_id(log_id.clone());
    }
    refusal
}

/// The creator has not granted this.
pub fn not_granted(what: &str) -> ApiError {
    let message = format!("The creator has not granted {what}. Connect the account again and leave every box ticked.");
    ApiError::new(ErrorCode::ReconnectionRequired, message)
        .with_remedy()
        .with_reconnect_reason(ReconnectCause::ScopeMissing)
}

fn is_rate_limit(error: &Error) -> bool {
    error.http_status() == Some(429)
        || error.code() == Some(&ApiErrorCode::RateLimitExceeded)
        || error.oauth_code() == Some(&OAuthErrorCode::RateLimitExceeded)
}
