//! How a connection fails: words for the creator, and a code for the caller's page.

use std::borrow::Cow;

use http::StatusCode;

/// Why there is no account.
#[derive(Debug)]
pub(super) struct Trouble {
    /// The status of our own page.
    pub(super) status: StatusCode,
    /// The code in `error`, for the caller's page.
    pub(super) code: Cow<'static, str>,
    /// The title of our own page.
    pub(super) title: &'static str,
    /// What happened and what to do, for the creator.
    pub(super) text: &'static str,
}

impl Trouble {
    const fn of(status: StatusCode, code: &'static str, title: &'static str, text: &'static str) -> Self {
        Self { status, code: Cow::Borrowed(code), title, text }
    }
}

/// Not a state of ours, or not of this flow.
pub(super) const UNKNOWN: Trouble = Trouble::of(
    StatusCode::FORBIDDEN,
    "state_mismatch",
    "We do not know this connection",
    "This address does not belong to a connection that was started here. Go back to the app and start again.",
);
/// The state was used, and how that ended is not known.
pub(super) const USED: Trouble = Trouble::of(
    StatusCode::BAD_REQUEST,
    "state_used",
    "This link was used already",
    "Each connection can be finished once, and we do not know yet how this one ended. Reload this page in a moment, or start again.",
);
/// The connection took longer than it may.
pub(super) const EXPIRED: Trouble = Trouble::of(
    StatusCode::BAD_REQUEST,
    "request_expired",
    "This took too long",
    "A connection has to be finished within ten minutes. Go back to the app and start again.",
);
/// The creator said no.
pub(super) const DENIED: Trouble = Trouble::of(
    StatusCode::OK,
    "access_denied",
    "Nothing was connected",
    "You did not give access to your TikTok account, so nothing was changed. You can start again whenever you like.",
);
/// The creator's account belongs to another brand of the tenant than the one that asked.
pub(super) const OTHER_BRAND: Trouble = Trouble::of(
    StatusCode::CONFLICT,
    "account_already_linked",
    "This account is connected already",
    "This TikTok account is connected to another brand and stays there. Ask the app's owner to disconnect it there first, or use another TikTok account.",
);
/// The brand that the creator's account was to join was deleted since the connection began.
pub(super) const BRAND_GONE: Trouble = Trouble::of(
    StatusCode::NOT_FOUND,
    "brand_gone",
    "This connection leads nowhere any more",
    "The brand that your account was to join has been deleted, so it was not connected. Ask whoever sent you here for a new link.",
);
/// The tenant is suspended, or goes.
pub(super) const CLOSED: Trouble = Trouble::of(
    StatusCode::FORBIDDEN,
    "access_closed",
    "This app takes no connections at the moment",
    "Nothing was connected. Ask the app's owner, or whoever sent you here.",
);
/// There is room for no further account.
pub(super) const TOO_MANY: Trouble = Trouble::of(
    StatusCode::CONFLICT,
    "too_many_accounts",
    "No more accounts can be connected",
    "The app has as many TikTok accounts as it may have, so yours was not connected. Ask the app's owner to disconnect one first.",
);
/// Neither a code nor an error came.
pub(super) const INCOMPLETE: Trouble = Trouble::of(
    StatusCode::BAD_REQUEST,
    "invalid_request",
    "TikTok's answer is incomplete",
    "TikTok sent neither a code nor a reason. Go back to the app and start again.",
);
/// TikTok does not take its code back.
pub(super) const CODE_REJECTED: Trouble = Trouble::of(
    StatusCode::BAD_REQUEST,
    "invalid_grant",
    "TikTok did not confirm the connection",
    "TikTok no longer accepts the code that it gave. Go back to the app and start again.",
);
/// TikTok could not be asked.
pub(super) const TIKTOK_DOWN: Trouble = Trouble::of(
    StatusCode::BAD_GATEWAY,
    "temporarily_unavailable",
    "TikTok does not answer",
    "TikTok could not confirm the connection at the moment. Go back to the app and start again in a few minutes.",
);
/// Our fault.
pub(super) const OURS: Trouble = Trouble::of(
    StatusCode::INTERNAL_SERVER_ERROR,
    "server_error",
    "Something failed on our side",
    "The account could not be connected. Go back to the app and start again in a few minutes.",
);

/// The trouble with this code, as it was stored.
pub(super) fn trouble(code: &str) -> Trouble {
    let ours = [
        UNKNOWN,
        USED,
        EXPIRED,
        DENIED,
        INCOMPLETE,
        OTHER_BRAND,
        BRAND_GONE,
        CLOSED,
        TOO_MANY,
        CODE_REJECTED,
        TIKTOK_DOWN,
        OURS,
    ];
    ours.into_iter().find(|trouble| trouble.code == code).unwrap_or_else(|| refused(code))
}

/// TikTok's own code goes on to the caller's page, as far as it looks like a code.
pub(super) fn refused(error: &str) -> Trouble {
    let code: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c)).take(64).collect();
    Trouble {
        status: StatusCode::BAD_REQUEST,
        code: Cow::Owned(code),
        title: "TikTok refused the connection",
        text: "TikTok did not let the connection go on. Go back to the app and start again; if it happens again, tell the app's owner.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tiktok_calls_an_error_is_passed_on_only_as_a_code() {
        assert_eq!(refused("<script>x_y</script>").code, "scriptx_yscript");
        assert_eq!(refused(&"x".repeat(1000)).code.len(), 64);
    }
}
