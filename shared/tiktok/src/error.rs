//! What can go wrong, and what to do about it.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use slipway_domain::limits::RATE_WINDOW;
use slipway_domain::schedule::{CALLED_AFTER_CAP, CALLED_AFTER_CUT, CALLED_AFTER_FAULT};
use slipway_domain::{ApiErrorCode, LogId, OAuthErrorCode, StatusWord, TikTokCode};

use crate::BodyError;

/// A call that did not succeed. Shows no token, no secret and no upload URL.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No whole answer came.
    #[error("{endpoint}: {kind}")]
    Transport {
        /// The path that was called.
        endpoint: &'static str,
        /// Where it broke.
        kind: TransportKind,
        /// What the HTTP client says.
        #[source]
        source: reqwest::Error,
    },
    /// TikTok refused, or failed.
    #[error("{endpoint}: TikTok answered {code} (HTTP {http_status}): {message}")]
    Api {
        /// The path that was called.
        endpoint: &'static str,
        /// Often 200 though it is an error.
        http_status: u16,
        /// The only thing that tells posting refusals apart.
        code: ApiErrorCode,
        /// The same for nearly all posting refusals.
        message: String,
        /// For TikTok's support.
        log_id: Option<LogId>,
        /// What TikTok's `Retry-After` says; not documented, honoured when it comes.
        retry_after: Option<Duration>,
    },
    /// The token or revocation endpoint refused, or failed.
    #[error("{endpoint}: TikTok answered {code} (HTTP {http_status}): {description}")]
    OAuth {
        /// The path that was called.
        endpoint: &'static str,
        /// Often 200 though it is an error.
        http_status: u16,
        /// TikTok's `error`.
        code: OAuthErrorCode,
        /// TikTok's `error_description`.
        description: String,
        /// For TikTok's support.
        log_id: Option<LogId>,
        /// What TikTok's `Retry-After` says.
        retry_after: Option<Duration>,
    },
    /// An answer came that is not what TikTok documents.
    #[error("{endpoint}: the answer (HTTP {http_status}) can't be read: {why}")]
    Unreadable {
        /// The path that was called.
        endpoint: &'static str,
        /// Its HTTP status.
        http_status: u16,
        /// What is wrong with it, without its content.
        why: String,
        /// For TikTok's support, if there is one.
        log_id: Option<LogId>,
    },
    /// The request was not sent, because TikTok can only refuse it.
    #[error("not sent to TikTok: {why}")]
    Unsendable {
        /// What is missing.
        why: &'static str,
    },
}

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same call may succeed after this time at the earliest. Add jitter. Hours where a daily cap is reached.
    After(Duration),
    /// Refresh once, unless [`Error::is_missing_scope`]; if that does not help, the creator has to connect again.
    Reauthorise,
    /// The same call will fail again.
    Final,
    /// Nobody knows. Find out what became of the request before it is repeated.
    Unknown,
}

/// Where a call without an answer broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// Before a connection stood: the request can't have reached TikTok.
    Connect,
    /// The time for the call was up.
    Timeout,
    /// The bytes to send could not be had, or were not as many as announced.
    Body,
    /// The connection broke.
    Cut,
}

impl fmt::Display for TransportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection to TikTok",
            Self::Timeout => "no answer from TikTok in time",
            Self::Body => "the bytes for TikTok could not be read",
            Self::Cut => "the connection to TikTok broke",
        })
    }
}

impl Error {
    pub(crate) fn transport(endpoint: &'static str, source: reqwest::Error) -> Self {
        let kind = if has_body_error(&source) {
            TransportKind::Body
        } else if source.is_connect() {
            TransportKind::Connect
        } else if source.is_timeout() {
            TransportKind::Timeout
        } else {
            TransportKind::Cut
        };
        // The URL of an upload is a secret.
        Self::Transport { endpoint, kind, source: source.without_url() }
    }

    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Transport { .. } => Class::After(CALLED_AFTER_CUT),
            Self::Api { code, http_status, retry_after, .. } => api_class(code, *http_status, *retry_after),
            Self::OAuth { code, http_status, retry_after, .. } => oauth_class(code, *http_status, *retry_after),
            Self::Unreadable { http_status: 500.., .. } => Class::After(CALLED_AFTER_FAULT),
            Self::Unreadable { http_status: 429, .. } => Class::After(RATE_WINDOW),
            Self::Unreadable { .. } => Class::Unknown,
            Self::Unsendable { .. } => Class::Final,
        }
    }

    /// Whether the request may have taken effect at TikTok although it failed here. Never true for a refusal.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Transport { kind, .. } => *kind != TransportKind::Connect,
            Self::Api { http_status, code, .. } => *http_status >= 500 || *code == ApiErrorCode::InternalError,
            Self::OAuth { http_status, code, .. } => {
                *http_status >= 500
                    || matches!(code, OAuthErrorCode::ServerError | OAuthErrorCode::TemporarilyUnavailable)
            }
            Self::Unreadable { http_status, .. } => *http_status != 429,
            Self::Unsendable { .. } => false,
        }
    }

    /// Whether TikTok does not know the publish id that it was asked about, or not as one of this account's.
    pub fn is_unknown_publish(&self) -> bool {
        self.code().is_some_and(ApiErrorCode::is_unknown_publish)
    }

    /// TikTok's word on a publish that it does not know, if that is what it says.
    pub fn unknown_publish(&self) -> Option<StatusWord> {
        self.code().filter(|code| code.is_unknown_publish()).cloned().map(StatusWord::NotKnown)
    }

    /// The API's code, if this is an answer of the API (not of the token endpoint).
    pub const fn code(&self) -> Option<&ApiErrorCode> {
        match self {
            Self::Api { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The token endpoint's code, if this is its answer.
    pub const fn oauth_code(&self) -> Option<&OAuthErrorCode> {
        match self {
            Self::OAuth { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Either code, for what callers are shown.
    pub fn tiktok_code(&self) -> Option<TikTokCode> {
        match self {
            Self::Api { code, .. } => Some(TikTokCode::Api(code.clone())),
            Self::OAuth { code, .. } => Some(TikTokCode::OAuth(code.clone())),
            _ => None,
        }
    }

    /// Either code as text, for logs.
    pub fn code_text(&self) -> Option<&str> {
        match self {
            Self::Api { code, .. } => Some(code.as_str()),
            Self::OAuth { code, .. } => Some(code.as_str()),
            _ => None,
        }
    }

    /// The code that a call which TikTok refused for good is kept under. A token endpoint's is kept as its word, and where
    /// none came, as `unknown`.
    pub fn refusal_code(&self) -> ApiErrorCode {
        self.code().cloned().unwrap_or_else(|| ApiErrorCode::parse(self.code_text().unwrap_or("unknown")))
    }

    /// TikTok's id of the call in its own logs.
    pub fn log_id(&self) -> Option<&LogId> {
        match self {
            Self::Api { log_id, .. } | Self::OAuth { log_id, .. } | Self::Unreadable { log_id, .. } => log_id.as_ref(),
            Self::Transport { .. } | Self::Unsendable { .. } => None,
        }
    }

    /// The HTTP status, if an answer came.
    pub const fn http_status(&self) -> Option<u16> {
        match self {
            Self::Api { http_status, .. } | Self::OAuth { http_status, .. } | Self::Unreadable { http_status, .. } => {
                Some(*http_status)
            }
            Self::Transport { .. } | Self::Unsendable { .. } => None,
        }
    }

    /// Whether the grant lacks a scope: a refresh is useless, the creator has to authorise again.
    pub fn is_missing_scope(&self) -> bool {
        self.code().is_some_and(ApiErrorCode::is_missing_scope)
    }

    /// Whether TikTok does not take the code that was to be exchanged: another one is needed.
    pub fn is_code_refused(&self) -> bool {
        matches!(self.class(), Class::Reauthorise | Class::Final)
    }

    /// Whether the access token was refused: refresh once, then repeat the call.
    pub fn is_token_refused(&self) -> bool {
        self.class() == Class::Reauthorise && !self.is_missing_scope() && self.oauth_code().is_none()
    }
}

fn api_class(code: &ApiErrorCode, http_status: u16, retry_after: Option<Duration>) -> Class {
    match code {
        ApiErrorCode::AccessTokenInvalid | ApiErrorCode::ScopeNotAuthorized | ApiErrorCode::ScopePermissionMissed => {
            Class::Reauthorise
        }
        ApiErrorCode::RateLimitExceeded => Class::After(retry_after.unwrap_or(RATE_WINDOW)),
        ApiErrorCode::InternalError => Class::After(retry_after.unwrap_or(CALLED_AFTER_FAULT)),
        ApiErrorCode::SpamRiskTooManyPosts
        | ApiErrorCode::SpamRiskTooManyPendingShare
        | ApiErrorCode::ReachedActiveUserCap => Class::After(retry_after.unwrap_or(CALLED_AFTER_CAP)),
        ApiErrorCode::InvalidParams
        | ApiErrorCode::InvalidFileUpload
        | ApiErrorCode::InvalidPublishId
        | ApiErrorCode::TokenNotAuthorizedForPublishId
        | ApiErrorCode::PublishNotCancellable
        | ApiErrorCode::AppVersionCheckFailed
        | ApiErrorCode::SpamRiskUserBannedFromPosting
        | ApiErrorCode::UnauditedClientCanOnlyPostToPrivateAccounts
        | ApiErrorCode::UrlOwnershipUnverified
        | ApiErrorCode::PrivacyLevelOptionMismatch
        | ApiErrorCode::UnsupportedPath => Class::Final,
        ApiErrorCode::Uncoded | ApiErrorCode::Other(_) => match http_status {
            429 => Class::After(retry_after.unwrap_or(RATE_WINDOW)),
            500.. => Class::After(retry_after.unwrap_or(CALLED_AFTER_FAULT)),
            401 => Class::Reauthorise,
            _ => Class::Unknown,
        },
    }
}

fn oauth_class(code: &OAuthErrorCode, http_status: u16, retry_after: Option<Duration>) -> Class {
    match code {
        OAuthErrorCode::InvalidGrant | OAuthErrorCode::AccessDenied => Class::Reauthorise,
        OAuthErrorCode::ServerError | OAuthErrorCode::TemporarilyUnavailable => {
            Class::After(retry_after.unwrap_or(CALLED_AFTER_FAULT))
        }
        OAuthErrorCode::RateLimitExceeded => Class::After(retry_after.unwrap_or(RATE_WINDOW)),
        OAuthErrorCode::InvalidClient
        | OAuthErrorCode::InvalidRequest
        | OAuthErrorCode::InvalidScope
        | OAuthErrorCode::UnauthorizedClient
        | OAuthErrorCode::UnsupportedGrantType
        | OAuthErrorCode::UnsupportedResponseType => Class::Final,
        OAuthErrorCode::Other(_) => match http_status {
            429 => Class::After(retry_after.unwrap_or(RATE_WINDOW)),
            500.. => Class::After(retry_after.unwrap_or(CALLED_AFTER_FAULT)),
            _ => Class::Unknown,
        },
    }
}

fn has_body_error(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<BodyError>() {
            return true;
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(code: &str, http_status: u16) -> Error {
        let code = ApiErrorCode::parse(code);
        Error::Api { endpoint: "/v2/x/", http_status, code, message: String::new(), log_id: None, retry_after: None }
    }

    #[test]
    fn every_refusal_of_the_api_has_its_class() {
        let after = |seconds| Class::After(Duration::from_secs(seconds));
        for (code, http_status, class, unknown) in [
            ("access_token_invalid", 401, Class::Reauthorise, false),
            ("scope_not_authorized", 401, Class::Reauthorise, false),
            ("scope_permission_missed", 400, Class::Reauthorise, false),
            ("rate_limit_exceeded", 429, after(60), false),
            ("rate_limit_exceeded", 200, after(60), false),
            ("internal_error", 500, after(5), true),
            ("internal_error", 200, after(5), true),
            ("no_code", 502, after(5), true),
            ("no_code", 429, after(60), false),
            ("no_code", 400, Class::Unknown, false),
            ("brand_new", 403, Class::Unknown, false),
            ("brand_new", 401, Class::Reauthorise, false),
            ("brand_new", 503, after(5), true),
            ("invalid_param", 400, Class::Final, false),
            ("invalid_params", 400, Class::Final, false),
            ("spam_risk_too_many_posts", 200, after(3600), false),
            ("spam_risk_too_many_pending_share", 403, after(3600), false),
            ("reached_active_user_cap", 403, after(3600), false),
            ("spam_risk_user_banned_from_posting", 403, Class::Final, false),
            ("unaudited_client_can_only_post_to_private_accounts", 403, Class::Final, false),
            ("privacy_level_option_mismatch", 403, Class::Final, false),
            ("publish_not_cancellable", 400, Class::Final, false),
        ] {
            let error = api(code, http_status);
            assert_eq!(error.class(), class, "{error}");
            assert_eq!(error.outcome_unknown(), unknown, "{error}");
        }
    }

    #[test]
    fn a_missing_scope_is_told_apart_from_a_dead_token() {
        assert!(api("scope_not_authorized", 401).is_missing_scope());
        assert!(!api("scope_not_authorized", 401).is_token_refused());
        assert!(api("access_token_invalid", 401).is_token_refused());
        assert!(!api("access_token_invalid", 401).is_missing_scope());
        assert!(!api("invalid_params", 400).is_token_refused());
    }

    #[test]
    fn every_refusal_of_the_token_endpoint_has_its_class() {
        let after = |seconds| Class::After(Duration::from_secs(seconds));
        for (code, http_status, class) in [
            ("invalid_grant", 200, Class::Reauthorise),
            ("access_denied", 400, Class::Reauthorise),
            ("invalid_client", 401, Class::Final),
            ("invalid_request", 200, Class::Final),
            ("server_error", 200, after(5)),
            ("temporarily_unavailable", 503, after(5)),
            ("rate_limit_exceeded", 200, after(60)),
            ("brand_new", 500, after(5)),
            ("brand_new", 400, Class::Unknown),
        ] {
            let code = OAuthErrorCode::parse(code);
            let error = Error::OAuth {
                endpoint: "/t/",
                http_status,
                code,
                description: String::new(),
                log_id: None,
                retry_after: None,
            };
            assert_eq!(error.class(), class, "{error}");
            assert!(!error.is_token_refused(), "a refused refresh is not cured by a refresh");
        }
    }

    #[test]
    fn a_retry_after_is_honoured() {
        let error = Error::Api {
            endpoint: "/v2/x/",
            http_status: 429,
            code: ApiErrorCode::RateLimitExceeded,
            message: String::new(),
            log_id: None,
            retry_after: Some(Duration::from_secs(7)),
        };
        assert_eq!(error.class(), Class::After(Duration::from_secs(7)));
    }
}
