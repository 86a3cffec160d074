//! The codes of TikTok's token and revocation endpoints.

use crate::codes::codes;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_as_it_is_read() {
        for (text, code) in OAuthErrorCode::ALL {
            assert_eq!(OAuthErrorCode::parse(text), *code);
            assert_eq!(code.as_str(), *text);
        }
        assert_eq!(OAuthErrorCode::parse("brand_new").as_str(), "brand_new");
    }
}
