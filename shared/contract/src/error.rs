//! The error envelope: one shape for every refusal, with all problems of a request at once.

use serde::Serialize;
use serde_json::{Map, Value, json};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $status:literal $code:literal),+ $(,)?) => {
        /// Every error code that callers may meet, with its HTTP status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant),+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The HTTP status it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }
        }
    };
}

codes! {
    /// A required field is missing.
    FieldRequired = 400 "validation.field_required",
    /// A field's value is not acceptable.
    FieldInvalid = 400 "validation.field_invalid",
    /// The body as a whole can't be read.
    BodyInvalid = 400 "validation.body_invalid",
    /// An unknown scope.
    ScopeInvalid = 400 "validation.scope_invalid",
    /// A brand that does not exist or is not the caller's.
    BrandInvalid = 400 "validation.brand_invalid",
    /// The redirect URI is registered already.
    RedirectUriDuplicate = 400 "validation.redirect_uri_duplicate",
    /// The media is of another type than the post.
    MediaTypeMismatch = 400 "validation.media_type_mismatch",
    /// A photo that TikTok does not take.
    UnsupportedPhotoFormat = 400 "validation.unsupported_photo_format",
    /// A privacy level that the creator does not offer.
    PrivacyLevelUnsupported = 400 "validation.privacy_level_unsupported",
    /// Only TikTok is served.
    UnsupportedPlatform = 400 "account.unsupported_platform",
    /// No target of this post can be retried.
    NoRetryableDeliveries = 400 "post.no_retryable_deliveries",
    /// The endpoint did not answer the test ping with a 2xx.
    WebhookVerificationFailed = 400 "webhook_verification_failed",
    /// A post on TikTok needs media.
    MediaRequired = 400 "platform.tiktok.media_required",
    /// The OAuth request is too old, used or unknown.
    OAuthRequestExpired = 400 "auth.oauth.request_expired",
    /// No Authorization header.
    MissingHeader = 401 "auth.missing_header",
    /// An Authorization header without a key.
    EmptyToken = 401 "auth.empty_token",
    /// Not a key of ours, or no longer.
    InvalidKey = 401 "auth.invalid_key",
    /// TikTok does not accept the account's token.
    TikTokAuth = 401 "platform.tiktok.auth",
    /// The account has to be connected again.
    ReconnectionRequired = 403 "account.reconnection_required",
    /// The key's scopes do not allow this.
    InsufficientScope = 403 "auth.insufficient_scope",
    /// The OAuth state belongs to somebody else.
    StateMismatch = 403 "auth.state_mismatch",
    /// Only in the dashboard.
    DashboardOnly = 403 "auth.dashboard_only",
    /// The plan's number of brands is used up.
    BrandsLimit = 403 "billing.brands_limit",
    /// The plan does not have this platform.
    PlatformNotAvailable = 403 "billing.platform_not_available",
    /// The brand is full.
    BrandLimitReached = 403 "brand.limit_reached",
    /// No such account.
    AccountNotFound = 404 "account.not_found",
    /// No such brand.
    BrandNotFound = 404 "brand.not_found",
    /// No such media.
    MediaNotFound = 404 "media.not_found",
    /// No such post.
    PostNotFound = 404 "post.not_found",
    /// No such thing.
    ResourceNotFound = 404 "resource.not_found",
    /// No such route.
    Http404 = 404 "http.404",
    /// The route does not know this method.
    Http405 = 405 "http.405",
    /// The body is not of a type the route takes.
    Http415 = 415 "http.415",
    /// The TikTok account belongs to this tenant already, elsewhere.
    AccountAlreadyLinked = 409 "account.already_linked",
    /// The post's state does not allow this.
    PostStateInvalid = 409 "post.state_invalid",
    /// A post still needs the media.
    MediaInUse = 409 "media.in_use",
    /// It exists already.
    Conflict = 409 "resource.conflict",
    /// More than one post has this id on TikTok.
    AmbiguousPostId = 409 "ambiguous_post_id",
    /// The first request with this idempotency key is still at work.
    IdempotencyInProgress = 409 "idempotency.in_progress",
    /// The invite is over.
    InviteExpired = 410 "invite.expired",
    /// It is gone.
    Gone = 410 "resource.gone",
    /// The plan's storage is used up.
    StorageQuota = 413 "billing.storage_quota",
    /// Too large for a direct upload; use an upload URL.
    MediaTooLarge = 413 "media.too_large_for_direct_upload",
    /// Every target was refused.
    AllFailed = 422 "publishing.delivery.all_failed",
    /// A media source that can't be used.
    MediaUnsupportedSource = 422 "publishing.media.unsupported_source",
    /// Videos and photos in one post.
    MediaMixing = 422 "publishing.media.mixing_unsupported",
    /// TikTok would refuse this media.
    MediaRejected = 422 "publishing.media.rejected",
    /// The idempotency key was used with another body.
    IdempotencyKeyReused = 422 "idempotency.key_reused",
    /// Too many requests.
    RateLimited = 429 "ratelimit.exceeded",
    /// The plan's posts are used up.
    PostLimitExhausted = 429 "validation.post_limit_exhausted",
    /// The plan's posts would be used up by this import.
    PostLimit = 429 "billing.post_limit",
    /// Too many posts to this account in its window.
    VelocityLimit = 429 "publishing.velocity_limit",
    /// TikTok's own limit.
    TikTokRateLimit = 429 "platform.tiktok.rate_limit",
    /// Our fault.
    Internal = 500 "system.internal",
    /// Not offered.
    NotSupported = 501 "resource.not_supported",
    /// TikTok failed or refused.
    TikTokApiError = 502 "platform.tiktok.api_error",
}

/// Who can do something about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The caller: change the request.
    Caller,
    /// The creator: an account setting, a reconnection.
    Creator,
    /// TikTok: wait.
    #[serde(rename = "tiktok")]
    TikTok,
    /// The operator: the app's audit at TikTok.
    AppAudit,
    /// A quota: wait, or raise it.
    Quota,
    /// The operator of this deployment.
    Us,
}

/// One problem of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// The field's path, such as `targets[0].platform_data.privacy_level`.
    pub field: String,
    /// The code of this problem.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub cure: String,
}

impl Issue {
    /// A missing field.
    pub fn required(field: impl Into<String>, cure: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("{} is required", field.rsplit('.').next().unwrap_or(&field));
        Self { field, code: ErrorCode::FieldRequired.as_str(), message, cure: cure.into() }
    }

    /// A field whose value is not acceptable.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { field: field.into(), code: ErrorCode::FieldInvalid.as_str(), message: message.into(), cure: cure.into() }
    }

    /// The same problem under another code.
    #[must_use]
    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code.as_str();
        self
    }
}

/// A refusal, as callers see it. What only the log may know is logged where it happened, never put in here.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The code, which fixes the status.
    pub code: ErrorCode,
    /// One sentence: what is wrong and what to do.
    pub message: String,
    /// Machine-readable details: `field`, `issues`, `cause`, `retryable`, `next_step` and so on.
    pub meta: Map<String, Value>,
    /// When to try again, in seconds: the `Retry-After` header. Always set on a 429.
    pub retry_after: Option<u64>,
}

impl ApiError {
    /// A refusal with a sentence for the caller.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let retry_after = (code.status() == 429).then_some(60);
        Self { code, message: message.into(), meta: Map::new(), retry_after }
    }

    /// All problems of a request at once. The first one speaks for all in `code`, `message` and `meta.field`.
    ///
    /// Returns nothing if there are none, so that a check can end with `ApiError::from_issues(issues)?`-like code.
    pub fn from_issues(issues: Vec<Issue>) -> Option<Self> {
        let first = issues.first()?;
        let code = code_of(first);
        let message = if issues.len() == 1 {
            format!("{}. {}", first.message, first.cure)
        } else {
            format!("{}. {} ({} problems in all, see meta.issues)", first.message, first.cure, issues.len())
        };
        let mut error = Self::new(code, message).with("field", first.field.clone()).with_cause(Cause::Caller);
        error = error.with("issues", serde_json::to_value(issues).unwrap_or_default());
        Some(error)
    }

    /// One problem with one field.
    pub fn from_issue(issue: Issue) -> Self {
        let message = format!("{}. {}", issue.message, issue.cure);
        Self::new(code_of(&issue), message)
            .with("field", issue.field.clone())
            .with_cause(Cause::Caller)
            .with("issues", serde_json::to_value([issue]).unwrap_or_default())
    }

    /// Our fault; the caller can only try again. The reason goes to the log.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something failed on our side. Try again; if it stays, give the operator the request_id.",
        )
        .with_cause(Cause::Us)
        .with("retryable", true)
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.meta.insert(name.to_owned(), value.into());
        self
    }

    /// Says who can do something about it.
    #[must_use]
    pub fn with_cause(self, cause: Cause) -> Self {
        self.with("cause", json!(cause))
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The body of the answer.
    pub fn body(&self, request_id: &str) -> Value {
        json!({
            "error": { "code": self.code.as_str(), "message": self.message, "meta": self.meta },
            "request_id": request_id,
        })
    }
}

fn code_of(issue: &Issue) -> ErrorCode {
    ErrorCode::ALL.iter().copied().find(|code| code.as_str() == issue.code).unwrap_or(ErrorCode::FieldInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_their_statuses_are_errors() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert!((400..=599).contains(&code.status()));
        }
    }

    #[test]
    fn all_problems_come_at_once_and_the_first_speaks() {
        let error = ApiError::from_issues(vec![
            Issue::required("targets[0].platform_data.privacy_level", "Choose one of the creator's options."),
            Issue::invalid("text", "too long", "Shorten it."),
        ])
        .unwrap();
        let body = error.body("r1");
        assert_eq!(body["error"]["code"], "validation.field_required");
        assert_eq!(body["error"]["meta"]["field"], "targets[0].platform_data.privacy_level");
        assert_eq!(body["error"]["meta"]["issues"].as_array().unwrap().len(), 2);
        assert_eq!(body["request_id"], "r1");
        assert!(error.message.starts_with("privacy_level is required."), "{}", error.message);
        assert_eq!(ApiError::from_issues(Vec::new()), None);
    }

    #[test]
    fn every_429_says_when_to_try_again() {
        for code in ErrorCode::ALL.iter().filter(|code| code.status() == 429) {
            assert!(ApiError::new(*code, "").retry_after.is_some());
        }
    }
}
