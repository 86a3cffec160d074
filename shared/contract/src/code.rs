//! Error codes, each with the one HTTP status that it is answered with.

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $status:literal $code:literal),+ $(,)?) => {
        /// Every error code that an answer may have, with its HTTP status.
        ///
        /// Each is raised somewhere: a code that no route raises yet waits in `shared/contract/README.md`. It is an
        /// `ErrorCode` from the place where a problem arises until it is serialised.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum ErrorCode { $($(#[$doc])* #[cfg_attr(feature = "schema", schemars(rename = $code))] $variant),+ }

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
    /// There is no such scope.
    ScopeInvalid = 400 "validation.scope_invalid",
    /// There is no such brand.
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
    /// A post on TikTok needs media.
    MediaRequired = 400 "platform.tiktok.media_required",
    /// No target of the post has failed, so that nothing can be retried.
    NoRetryableDeliveries = 400 "post.no_retryable_deliveries",
    /// The address of an endpoint did not answer a signed test with a 2xx.
    WebhookVerificationFailed = 400 "webhook_verification_failed",
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
    /// The plan allows no more brands.
    BrandsLimit = 403 "billing.brands_limit",
    /// There are as many brands as there may be.
    BrandLimitReached = 403 "brand.limit_reached",
    /// The OAuth state belongs to somebody else.
    StateMismatch = 403 "auth.state_mismatch",
    /// The request came under a name, or from a page, that may not call here.
    Http403 = 403 "http.403",
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
    /// The creator's account belongs to another brand already.
    AlreadyLinked = 409 "account.already_linked",
    /// A post still needs the media.
    MediaInUse = 409 "media.in_use",
    /// The post is in a state that does not allow this.
    PostStateInvalid = 409 "post.state_invalid",
    /// It exists already.
    Conflict = 409 "resource.conflict",
    /// The first request with this idempotency key is still at work.
    IdempotencyInProgress = 409 "idempotency.in_progress",
    /// It was there, and is not any more.
    Gone = 410 "resource.gone",
    /// The invite is over.
    InviteExpired = 410 "invite.expired",
    /// The plan's storage is used up.
    StorageQuota = 413 "billing.storage_quota",
    /// Too large for a direct upload; use an upload URL.
    MediaTooLarge = 413 "media.too_large_for_direct_upload",
    /// No account could publish the post.
    AllFailed = 422 "publishing.delivery.all_failed",
    /// A media source that can't be used.
    MediaUnsupportedSource = 422 "publishing.media.unsupported_source",
    /// Videos and photos in one post.
    MediaMixing = 422 "publishing.media.mixing_unsupported",
    /// TikTok would refuse this media.
    MediaRejected = 422 "publishing.media.rejected",
    /// The idempotency key was used with another body.
    IdempotencyKeyReused = 422 "idempotency.key_reused",
    /// The plan accepts no more posts for now.
    PostLimitExhausted = 429 "validation.post_limit_exhausted",
    /// The same of a row of a file.
    PostLimit = 429 "billing.post_limit",
    /// As many posts of an account as are allowed have begun; wait as long as `Retry-After` says, or schedule the post.
    VelocityLimit = 429 "publishing.velocity_limit",
    /// Too many requests; wait as long as `Retry-After` says.
    RateLimited = 429 "ratelimit.exceeded",
    /// TikTok's own limit.
    TikTokRateLimit = 429 "platform.tiktok.rate_limit",
    /// Our fault.
    Internal = 500 "system.internal",
    /// TikTok has no way to do this.
    NotSupported = 501 "resource.not_supported",
    /// TikTok failed or refused.
    TikTokApiError = 502 "platform.tiktok.api_error",
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
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
            assert_eq!(serde_json::json!(code), code.as_str());
        }
    }
}
