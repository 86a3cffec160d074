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

macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $title:literal, $text:literal;)+) => {
        $(
            $(#[$doc])*
            pub(super) const $name: Trouble = Trouble::of(StatusCode::$status, $code, $title, $text);
        )+

        /// The trouble with this code, as it was stored.
        pub(super) fn trouble(code: &str) -> Trouble {
            [$($name),+].into_iter().find(|trouble| trouble.code == code).unwrap_or_else(|| refused(code))
        }
    };
}

troubles! {
    /// Not a state of ours, or not of this flow.
    UNKNOWN = FORBIDDEN, "state_mismatch",
        "We do not know this connection",
        "This address does not belong to a connection that was started here. Go back to the app and start again.";
    /// The state was used, and how that ended is not known.
    USED = BAD_REQUEST, "state_used",
        "This link was used already",
        "Each connection can be finished once, and we do not know yet how this one ended. Reload this page in a moment, or start again.";
    /// The connection took longer than it may.
    EXPIRED = BAD_REQUEST, "request_expired",
        "This took too long",
        "A connection has to be finished within ten minutes. Go back to the app and start again.";
    /// The creator said no.
    DENIED = OK, "access_denied",
        "Nothing was connected",
        "You did not give access to your TikTok account, so nothing was changed. You can start again whenever you like.";
    /// The creator's account belongs to another brand of the tenant than the one that asked.
    OTHER_BRAND = CONFLICT, "account_already_linked",
        "This account is connected already",
        "This TikTok account is connected to another brand and stays there. Ask the app's owner to disconnect it there first, or use another TikTok account.";
    /// The brand that the creator's account was to join was deleted since the connection began.
    BRAND_GONE = NOT_FOUND, "brand_gone",
        "This connection leads nowhere any more",
        "The brand that your account was to join has been deleted, so it was not connected. Ask whoever sent you here for a new link.";
    /// The tenant is suspended, or goes.
    CLOSED = FORBIDDEN, "access_closed",
        "This app takes no connections at the moment",
        "Nothing was connected. Ask the app's owner, or whoever sent you here.";
    /// There is room for no further account.
    TOO_MANY = CONFLICT, "too_many_accounts",
        "No more accounts can be connected",
        "The app has as many TikTok accounts as it may have, so yours was not connected. Ask the app's owner to disconnect one first.";
    /// Neither a code nor an error came.
    INCOMPLETE = BAD_REQUEST, "invalid_request",
        "TikTok's answer is incomplete",
        "TikTok sent neither a code nor a reason. Go back to the app and start again.";
    /// TikTok does not take its code back.
    CODE_REJECTED = BAD_REQUEST, "invalid_grant",
        "TikTok did not confirm the connection",
        "TikTok no longer accepts the code that it gave. Go back to the app and start again.";
    /// TikTok could not be asked.
    TIKTOK_DOWN = BAD_GATEWAY, "temporarily_unavailable",
        "TikTok does not answer",
        "TikTok could not confirm the connection at the moment. Go back to the app and start again in a few minutes.";
    /// Our fault.
    OURS = INTERNAL_SERVER_ERROR, "server_error",
        "Something failed on our side",
        "The account could not be connected. Go back to the app and start again in a few minutes.";
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
    use slipway_domain::schedule::CONSENT_WITHIN;

    use super::*;

    #[test]
    fn a_creator_who_is_too_late_reads_how_long_there_was() {
        assert_eq!((CONSENT_WITHIN.as_mins(), EXPIRED.text.contains("ten minutes")), (10, true));
    }

    #[test]
    fn what_was_stored_is_shown_again() {
        assert_eq!(trouble(BRAND_GONE.code.as_ref()).title, BRAND_GONE.title);
        assert_eq!(trouble("of_tiktok").code, "of_tiktok");
    }

    #[test]
    fn what_tiktok_calls_an_error_is_passed_on_only_as_a_code() {
        assert_eq!(refused("<script>x_y</script>").code, "scriptx_yscript");
        assert_eq!(refused(&"x".repeat(1000)).code.len(), 64);
    }
}
