//! TikTok's error codes.

use std::fmt;

macro_rules! codes {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$variant_doc:meta])* $variant:ident = $text:literal $(| $also:literal)* ),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $( $(#[$variant_doc])* $variant, )+
            /// A code that was not documented when this was written; kept verbatim.
            Other(String),
        }

        impl $name {
            /// The code on the wire, in the spelling of the reference where there are two.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Other(text) => text,
                }
            }

            /// Reads a code.
            pub fn parse(text: &str) -> Self {
                match text {
                    $( $text $(| $also)* => Self::$variant, )+
                    other => Self::Other(other.chars().take(100).collect()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        #[cfg(test)]
        impl $name {
            pub(crate) const ALL: &[(&'static str, Self)] = &[ $( ($text, Self::$variant), $( ($also, Self::$variant), )* )+ ];
        }
    };
}

codes! {
    /// `error.code` of the v2 API (error handling page and the pages of the single endpoints).
    ApiErrorCode {
        /// A parameter is missing or wrong. Both spellings are in use.
        InvalidParams = "invalid_params" | "invalid_param",
        /// The file breaks the specification.
        InvalidFileUpload = "invalid_file_upload",
        /// Some of the wanted fields need scopes that were not granted.
        ScopePermissionMissed = "scope_permission_missed",
        /// TikTok does not know this publish.
        InvalidPublishId = "invalid_publish_id",
        /// The publish belongs to another user or app.
        TokenNotAuthorizedForPublishId = "token_not_authorized_for_specified_publish_id",
        /// The publish has already ended.
        PublishNotCancellable = "publish_not_cancellable",
        /// The creator's TikTok app is too old for drafts.
        AppVersionCheckFailed = "app_version_check_failed",
        /// The access token is wrong, revoked or has expired.
        AccessTokenInvalid = "access_token_invalid",
        /// The creator did not grant the scope that this call needs.
        ScopeNotAuthorized = "scope_not_authorized",
        /// The creator's daily cap of posts through APIs.
        SpamRiskTooManyPosts = "spam_risk_too_many_posts",
        /// TikTok bars this creator from posting.
        SpamRiskUserBannedFromPosting = "spam_risk_user_banned_from_posting",
        /// Too many drafts wait in the creator's inbox.
        SpamRiskTooManyPendingShare = "spam_risk_too_many_pending_share",
        /// The app's daily cap of posting creators.
        ReachedActiveUserCap = "reached_active_user_cap",
        /// The app is not audited and the creator's account is public.
        UnauditedClientCanOnlyPostToPrivateAccounts = "unaudited_client_can_only_post_to_private_accounts",
        /// The domain or prefix of a URL is not verified for this app.
        UrlOwnershipUnverified = "url_ownership_unverified",
        /// The privacy level is missing or not among the creator's options.
        PrivacyLevelOptionMismatch = "privacy_level_option_mismatch",
        /// Too many calls in a minute.
        RateLimitExceeded = "rate_limit_exceeded",
        /// TikTok's fault.
        InternalError = "internal_error",
        /// The gateway knows no such path.
        UnsupportedPath = "unsupported_path",
        /// TikTok named no code; the HTTP status is all there is.
        Uncoded = "no_code",
    }
}

codes! {
    /// `error` of the token and revocation endpoints (OAuth error handling page).
    OAuthErrorCode {
        /// The user or the server refused.
        AccessDenied = "access_denied",
        /// The client key or secret is wrong.
        InvalidClient = "invalid_client",
        /// The code or refresh token is invalid, used, expired, revoked or another client's.
        InvalidGrant = "invalid_grant",
        /// A parameter is missing or malformed; also a redirect URI that differs.
        InvalidRequest = "invalid_request",
        /// The scope is unknown.
        InvalidScope = "invalid_scope",
        /// The client may not use this method.
        UnauthorizedClient = "unauthorized_client",
        /// The grant type is unknown.
        UnsupportedGrantType = "unsupported_grant_type",
        /// The response type is unknown.
        UnsupportedResponseType = "unsupported_response_type",
        /// TikTok's fault.
        ServerError = "server_error",
        /// TikTok is down.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// Too many calls; seen live though not listed.
        RateLimitExceeded = "rate_limit_exceeded",
    }
}

impl ApiErrorCode {
    /// Whether the grant lacks a scope: a refreshed token won't help, only a new authorization.
    pub const fn is_missing_scope(&self) -> bool {
        matches!(self, Self::ScopeNotAuthorized | Self::ScopePermissionMissed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_in_each_of_its_spellings() {
        for (text, code) in ApiErrorCode::ALL {
            assert_eq!(ApiErrorCode::parse(text), *code);
        }
        for (text, code) in OAuthErrorCode::ALL {
            assert_eq!(OAuthErrorCode::parse(text), *code);
            assert_eq!(code.as_str(), *text);
        }
        assert_eq!(ApiErrorCode::parse("invalid_param"), ApiErrorCode::parse("invalid_params"));
    }

    #[test]
    fn an_unknown_code_is_kept_verbatim_but_not_without_end() {
        assert_eq!(ApiErrorCode::parse("brand_new").as_str(), "brand_new");
        assert_eq!(ApiErrorCode::parse(&"x".repeat(5000)).as_str().len(), 100);
    }
}
