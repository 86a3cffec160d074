//! Why a target failed.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};
use slipway_domain::{LogId, TikTokCode};

use crate::ErrorCode;
use crate::words::words;

/// Why a target failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetError {
    /// What went wrong.
    pub code: TargetErrorCode,
    /// What happened and what to do.
    pub message: String,
    /// What kind of problem it is.
    pub category: ErrorCategory,
    /// Who caused it.
    pub caused_by: CausedBy,
    /// Whether the same post may succeed later.
    pub retryable: bool,
    /// TikTok's own code or reason, if it gave one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub tiktok_code: Option<TikTokCode>,
    /// TikTok's log id, for its support.
    pub tiktok_log_id: Option<LogId>,
}

/// The code of a target's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetErrorCode {
    /// One that an answer may have, too.
    Api(ErrorCode),
    /// The target could not be handed to TikTok in its time.
    Timeout,
    /// TikTok has the video, or part of it, and never said what became of it.
    Unconfirmed,
    /// Another target of the post is for the same account.
    DuplicateTarget,
}

impl TargetErrorCode {
    /// The code on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api(code) => code.as_str(),
            Self::Timeout => "publishing.delivery.timeout",
            Self::Unconfirmed => "publishing.delivery.unconfirmed",
            Self::DuplicateTarget => "publishing.duplicate_target",
        }
    }
}

impl From<ErrorCode> for TargetErrorCode {
    fn from(code: ErrorCode) -> Self {
        Self::Api(code)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TargetErrorCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TargetErrorCode".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let only = [Self::Timeout, Self::Unconfirmed, Self::DuplicateTarget].map(Self::as_str);
        schemars::json_schema!({
            "description": "The code of a target's error: one that an answer may have, too, or one that only targets have.",
            "anyOf": [generator.subschema_for::<ErrorCode>(), {"type": "string", "enum": only}],
        })
    }
}

impl Serialize for TargetErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

words! {
    /// What kind of problem a target has.
    ErrorCategory {
        /// The post or its media.
        Validation = "validation",
        /// The creator's authorization.
        Auth = "auth",
        /// A limit of TikTok's.
        RateLimit = "rate_limit",
        /// TikTok refused or failed.
        Platform = "platform",
        /// This deployment.
        System = "system",
    }
}

/// By their words: the order in which counts of them are answered.
impl Ord for ErrorCategory {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for ErrorCategory {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

words! {
    /// Who caused a target's problem.
    CausedBy {
        /// The caller or the creator.
        User = "user",
        /// TikTok.
        Platform = "platform",
        /// This deployment.
        System = "system",
    }
}
