//! What a refusal says besides its code and its sentence, for programs.

use serde::Serialize;
use serde_json::Number;
use slipway_domain::{ApiScope, Hidden, LogId, PostId, PostStatus, TikTokCode};

use super::{ApiError, Cause, Issue};
use crate::account::ReconnectCause;
use crate::post::NoRoom;

/// Declares the details, each with the method of [`ApiError`] that says it. Behind `as` is what its schema is, where that
/// is not its own.
macro_rules! details {
    ($($(#[$doc:meta])* $name:ident, $with:ident: $type:ty $(as $shown:literal)?;)+) => {
        /// The details of a refusal, for programs. What does not apply is left out.
        #[derive(Debug, Clone, Default, PartialEq, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct Meta {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                $(#[cfg_attr(feature = "schema", schemars(with = $shown))])?
                pub $name: Option<$type>,
            )+
            /// The account that has no room, where a refusal is about that.
            #[serde(flatten)]
            pub no_room: Option<NoRoom>,
        }

        impl ApiError {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $with(mut self, value: impl Into<$type>) -> Self {
                    self.meta.$name = Some(value.into());
                    self
                }
            )+
        }
    };
}

details! {
    /// Every account that has no room, where several have none.
    accounts, with_accounts: Vec<NoRoom>;
    /// Who can do something about it.
    cause, with_cause: Cause;
    /// The field or header that it is about.
    field, with_field: String;
    /// The thing that it is about.
    id, with_id: String;
    /// Every problem of the request.
    issues, with_issues: Vec<Issue>;
    /// The number of brands that the plan allows.
    limit, with_limit: Number;
    /// What the plan may keep.
    limit_bytes, with_limit_bytes: u64;
    /// The most bytes that a request can carry.
    max_bytes, with_max_bytes: usize;
    /// The parts of an upload that have not arrived.
    missing_parts, with_missing_parts: Vec<i32>;
    /// The call that leads on.
    next_step, with_next_step: String;
    /// The post that it is about.
    post_id, with_post_id: PostId as "Option<String>";
    /// The posts that it is about.
    post_ids, with_post_ids: Vec<PostId>;
    /// Why the account has to be connected again.
    reconnect_reason, with_reconnect_reason: ReconnectCause as "Option<String>";
    /// The scope that the key would need.
    required_scope, with_required_scope: ApiScope as "Option<String>";
    /// What an endpoint answered; null if it did not.
    response_body, with_response_body: Option<Hidden<String>>;
    /// What an endpoint answered; null if it did not.
    response_status_code, with_response_status_code: Option<u16>;
    /// Whether the same request may succeed later, with nothing changed.
    retryable, with_retryable: bool;
    /// The size of what was sent; null if it is not known.
    size_bytes, with_size_bytes: Option<u64>;
    /// The status of the post that it is about.
    status, with_status: PostStatus as "Option<String>";
    /// TikTok's code.
    tiktok_code, with_tiktok_code: TikTokCode as "Option<String>";
    /// TikTok's id of the call, for its support.
    tiktok_log_id, with_tiktok_log_id: LogId;
    /// The bytes of an upload that have arrived.
    uploaded_bytes, with_uploaded_bytes: u64;
    /// What the plan keeps.
    used_bytes, with_used_bytes: u64;
    /// What of the request was assumed or ignored.
    warnings, with_warnings: Vec<String>;
}
