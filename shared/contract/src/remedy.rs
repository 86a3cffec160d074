//! What can be done about an error, as far as its code says it: the one place where that is decided.

use crate::{ApiError, Cause, ErrorCode};

impl ErrorCode {
    /// Who can do something about it.
    pub const fn cause(self) -> Cause {
        match self {
            Self::ReconnectionRequired | Self::TikTokAuth => Cause::Creator,
            Self::TikTokRateLimit | Self::TikTokApiError | Self::NotSupported => Cause::TikTok,
            Self::StorageQuota | Self::VelocityLimit | Self::RateLimited => Cause::Quota,
            Self::Internal => Cause::Us,
            _ => Cause::Caller,
        }
    }

    /// Whether the same request may succeed later, with nothing changed.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::IdempotencyInProgress
                | Self::VelocityLimit
                | Self::RateLimited
                | Self::TikTokRateLimit
                | Self::TikTokApiError
                | Self::Internal
        )
    }

    /// The call that leads on, where it is always the same one.
    pub const fn next_step(self) -> Option<&'static str> {
        match self {
            Self::ReconnectionRequired | Self::TikTokAuth => Some("POST /v1/accounts/connect"),
            Self::AccountNotFound => Some("GET /v1/accounts"),
            Self::PrivacyLevelUnsupported => Some("GET /v1/accounts/{id}/creator-info"),
            _ => None,
        }
    }
}

impl ApiError {
    /// Says what its code says about a remedy. Who knows better says so afterwards.
    #[must_use]
    pub fn with_remedy(self) -> Self {
        let code = self.code;
        let said = self.with_cause(code.cause()).with_retryable(code.is_retryable());
        match code.next_step() {
            Some(step) => said.with_next_step(step),
            None => said,
        }
    }

    /// Whether the same request may be accepted later: with nothing changed, or once a quota has room again.
    pub fn may_pass(&self) -> bool {
        let is_for_now = matches!(self.code.status(), 429 | 500..);
        is_for_now || self.meta.retryable.unwrap_or(self.code.is_retryable())
    }
}
