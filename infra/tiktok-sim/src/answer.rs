//! What goes back over the wire: envelopes, refusals, OAuth errors.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::config::{Config, OauthErrorStatus};
use crate::ids::Ids;

const GUIDELINES: &str =
    "Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/";

/// A complete answer, with what the ledger wants to know about it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Bytes,
    /// `error.code` or the OAuth error; `ok` for success.
    pub code: String,
    /// The publish that the request created or was about.
    pub publish_id: Option<String>,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, code: &str, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Self { status, headers, body: body.into(), code: code.to_owned(), publish_id: None }
    }

    pub(crate) fn json(status: StatusCode, code: &str, body: &Value) -> Self {
        Self::new(status, code, "application/json; charset=utf-8", body.to_string())
    }

    /// A success envelope; `data` is left out if `None`.
    pub(crate) fn ok(data: Option<Value>, ids: &mut Ids, now: Moment) -> Self {
        let mut body = json!({"error": {"code": "ok", "message": "", "log_id": ids.log_id(now)}});
        if let Some(data) = data {
            body["data"] = data;
        }
        Self::json(StatusCode::OK, "ok", &body)
    }

    /// An error envelope.
    pub(crate) fn error(status: StatusCode, code: &str, message: &str, ids: &mut Ids, now: Moment) -> Self {
        let error = json!({"code": code, "message": message, "log_id": ids.log_id(now)});
        Self::json(status, code, &json!({"data": {}, "error": error}))
    }

    /// A browser redirect.
    pub(crate) fn redirect(location: &str, code: &str) -> Self {
        let mut answer = Self::new(StatusCode::FOUND, code, "text/html; charset=utf-8", Bytes::new());
        if let Ok(location) = HeaderValue::from_str(location) {
            answer.headers.push((header::LOCATION, location));
        }
        answer
    }

    #[must_use]
    pub(crate) fn about(mut self, publish_id: impl Into<Option<String>>) -> Self {
        self.publish_id = publish_id.into();
        self
    }
}

/// Why an API call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnsupportedPath,
    UnsupportedMethod,
    AccessTokenInvalid,
    ScopeNotAuthorized,
    ScopePermissionMissed,
    RateLimited,
    InvalidParams(String),
    InvalidPublishId,
    TokenNotAuthorizedForPublish,
    PublishNotCancellable,
    AppVersion,
    UrlOwnership,
    Banned,
    ActiveUserCap,
    TooManyPosts,
    TooManyPending,
    Unaudited,
    PrivacyMismatch,
}

impl Refusal {
    /// A bad-parameter refusal with this message.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidParams(message.into())
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::UnsupportedPath => StatusCode::NOT_FOUND,
            Self::UnsupportedMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::AccessTokenInvalid | Self::ScopeNotAuthorized => StatusCode::UNAUTHORIZED,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::ScopePermissionMissed
            | Self::InvalidParams(_)
            | Self::InvalidPublishId
            | Self::TokenNotAuthorizedForPublish
            | Self::PublishNotCancellable
            | Self::AppVersion => StatusCode::BAD_REQUEST,
            Self::UrlOwnership
            | Self::Banned
            | Self::ActiveUserCap
            | Self::TooManyPosts
            | Self::TooManyPending
            | Self::Unaudited
            | Self::PrivacyMismatch => StatusCode::FORBIDDEN,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedPath | Self::UnsupportedMethod => "unsupported_path",
            Self::AccessTokenInvalid => "access_token_invalid",
            Self::ScopeNotAuthorized => "scope_not_authorized",
            Self::ScopePermissionMissed => "scope_permission_missed",
            Self::RateLimited => "rate_limit_exceeded",
            Self::InvalidParams(_) => "invalid_params",
            Self::InvalidPublishId => "invalid_publish_id",
            Self::TokenNotAuthorizedForPublish => "token_not_authorized_for_specified_publish_id",
            Self::PublishNotCancellable => "publish_not_cancellable",
            Self::AppVersion => "app_version_check_failed",
            Self::UrlOwnership => "url_ownership_unverified",
            Self::Banned => "spam_risk_user_banned_from_posting",
            Self::ActiveUserCap => "reached_active_user_cap",
            Self::TooManyPosts => "spam_risk_too_many_posts",
            Self::TooManyPending => "spam_risk_too_many_pending_share",
            Self::Unaudited => "unaudited_client_can_only_post_to_private_accounts",
            Self::PrivacyMismatch => "privacy_level_option_mismatch",
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::UnsupportedPath | Self::UnsupportedMethod => "Unsupported path(Janus)",
            Self::AccessTokenInvalid => {
                "The access token is invalid or not found in the request. Please refer to the OAuth documentation."
            }
            Self::ScopeNotAuthorized => "The user did not authorize the scope required for completing this request.",
            Self::ScopePermissionMissed => "Some of the requested fields need scopes that were not granted.",
            Self::RateLimited => "The API rate limit was exceeded. Please try again later.",
            Self::InvalidParams(message) => message,
            Self::InvalidPublishId => "The publish_id does not exist.",
            Self::TokenNotAuthorizedForPublish => "The token is not authorized for the specified publish_id.",
            Self::PublishNotCancellable => "The publish can not be cancelled any more.",
            Self::AppVersion => "The user's TikTok app is too old for this feature.",
            _ => GUIDELINES,
        }
    }

    pub(crate) fn answer(&self, ids: &mut Ids, now: Moment) -> Answer {
        Answer::error(self.status(), self.code(), self.message(), ids, now)
    }
}

/// The flat OAuth errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OauthError {
    AccessDenied,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    UnsupportedGrantType,
    UnsupportedResponseType,
}

impl OauthError {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }

    /// The flat body, with the HTTP status the configuration asks for.
    pub(crate) fn answer(self, description: &str, config: &Config, ids: &mut Ids, now: Moment) -> Answer {
        let status = match (config.oauth_error_status, self) {
            (OauthErrorStatus::AlwaysOk, _) => StatusCode::OK,
            (OauthErrorStatus::Standard, Self::InvalidClient) => StatusCode::UNAUTHORIZED,
            (OauthErrorStatus::Standard, _) => StatusCode::BAD_REQUEST,
        };
        let body = json!({"error": self.name(), "error_description": description, "log_id": ids.log_id(now)});
        Answer::json(status, self.name(), &body)
    }
}
