//! The codes of TikTok's API.

use crate::FailReason;
use crate::codes::codes;

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

impl ApiErrorCode {
    /// Whether the grant lacks a scope: a refreshed token won't help, only a new authorization.
    pub const fn is_missing_scope(&self) -> bool {
        matches!(self, Self::ScopeNotAuthorized | Self::ScopePermissionMissed)
    }

    /// TikTok's three ways to say in creator info that a creator or the app can't post now, in a sentence. They hold for
    /// longer than a moment.
    pub fn bars_posting(&self) -> Option<&'static str> {
        match self {
            Self::SpamRiskTooManyPosts => Some("TikTok's daily cap of posts for this creator is reached."),
            Self::SpamRiskUserBannedFromPosting => Some(FailReason::SpamRiskUserBannedFromPosting.advice()),
            Self::ReachedActiveUserCap => Some("This TikTok app's daily cap of posting creators is reached."),
            _ => None,
        }
    }

    /// Whether TikTok does not know the publish id that it was asked about, or not as one of this account's.
    pub const fn is_unknown_publish(&self) -> bool {
        matches!(self, Self::InvalidPublishId | Self::TokenNotAuthorizedForPublishId)
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
        assert_eq!(ApiErrorCode::parse("invalid_param"), ApiErrorCode::parse("invalid_params"));
    }

    #[test]
    fn three_codes_bar_a_creator_from_posting() {
        let bars = ApiErrorCode::ALL.iter().filter(|(_, code)| code.bars_posting().is_some());
        let words: Vec<_> = bars.map(|(word, _)| *word).collect();
        let three = ["spam_risk_too_many_posts", "spam_risk_user_banned_from_posting", "reached_active_user_cap"];
        assert_eq!(words, three);
    }

    #[test]
    fn an_unknown_code_is_kept_verbatim_but_not_without_end() {
        assert_eq!(ApiErrorCode::parse("brand_new").as_str(), "brand_new");
        assert_eq!(ApiErrorCode::parse(&"x".repeat(5000)).as_str().len(), 100);
    }

    #[test]
    fn a_stored_code_is_its_word_and_stays_it() {
        for text in [
            "spam_risk_too_many_posts",
            "invalid_params",
            "no_code",
            // From other vocabularies, or none: what is stored is never changed by being read.
            "invalid_client",
            "unknown",
            "Brand New \u{e9}",
            "",
        ] {
            let read: ApiErrorCode = serde_json::from_value(text.into()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), text);
        }
        assert_eq!(ApiErrorCode::parse("unknown"), ApiErrorCode::Other("unknown".to_owned()));
    }
}
