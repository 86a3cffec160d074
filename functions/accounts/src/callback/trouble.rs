//! How a connection fails, in words for the creator.

use http::StatusCode;
use slipway_domain::ConnectFailure;

/// What our own page says of a failure.
#[derive(Debug)]
pub(super) struct Trouble {
    /// Its status.
    pub(super) status: StatusCode,
    /// Its title.
    pub(super) title: &'static str,
    /// What happened and what to do. The caller's page gets it, too.
    pub(super) text: &'static str,
}

impl Trouble {
    /// The words for this failure.
    pub(super) const fn of(failure: &ConnectFailure) -> Self {
        let (status, title, text) = match failure {
            ConnectFailure::StateMismatch => (
                StatusCode::FORBIDDEN,
                "We do not know this connection",
                "This address does not belong to a connection that was started here. Go back to the app and start again.",
            ),
            ConnectFailure::StateUsed => (
                StatusCode::BAD_REQUEST,
                "This link was used already",
                "Each connection can be finished once, and we do not know yet how this one ended. Reload this page in a moment, or start again.",
            ),
            ConnectFailure::RequestExpired => (
                StatusCode::BAD_REQUEST,
                "This took too long",
                "A connection has to be finished within ten minutes. Go back to the app and start again.",
            ),
            ConnectFailure::AccessDenied => (
                StatusCode::OK,
                "Nothing was connected",
                "You did not give access to your TikTok account, so nothing was changed. You can start again whenever you like.",
            ),
            ConnectFailure::AccountAlreadyLinked => (
                StatusCode::CONFLICT,
                "This account is connected already",
                "This TikTok account is connected to another brand and stays there. Ask the app's owner to disconnect it there first, or use another TikTok account.",
            ),
            ConnectFailure::BrandGone => (
                StatusCode::NOT_FOUND,
                "This connection leads nowhere any more",
                "The brand that your account was to join has been deleted, so it was not connected. Ask whoever sent you here for a new link.",
            ),
            ConnectFailure::AccessClosed => (
                StatusCode::FORBIDDEN,
                "This app takes no connections at the moment",
                "Nothing was connected. Ask the app's owner, or whoever sent you here.",
            ),
            ConnectFailure::TooManyAccounts => (
                StatusCode::CONFLICT,
                "No more accounts can be connected",
                "The app has as many TikTok accounts as it may have, so yours was not connected. Ask the app's owner to disconnect one first.",
            ),
            ConnectFailure::InvalidRequest => (
                StatusCode::BAD_REQUEST,
                "TikTok's answer is incomplete",
                "TikTok sent neither a code nor a reason. Go back to the app and start again.",
            ),
            ConnectFailure::InvalidGrant => (
                StatusCode::BAD_REQUEST,
                "TikTok did not confirm the connection",
                "TikTok no longer accepts the code that it gave. Go back to the app and start again.",
            ),
            ConnectFailure::TemporarilyUnavailable => (
                StatusCode::BAD_GATEWAY,
                "TikTok does not answer",
                "TikTok could not confirm the connection at the moment. Go back to the app and start again in a few minutes.",
            ),
            ConnectFailure::ServerError => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something failed on our side",
                "The account could not be connected. Go back to the app and start again in a few minutes.",
            ),
            ConnectFailure::Other(_) => (
                StatusCode::BAD_REQUEST,
                "TikTok refused the connection",
                "TikTok did not let the connection go on. Go back to the app and start again; if it happens again, tell the app's owner.",
            ),
        };
        Self { status, title, text }
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::schedule::CONSENT_WITHIN;

    use super::*;

    #[test]
    fn callers_can_read_of_every_failure_what_it_is() {
        let page = include_str!("../../../../docs/accounts.md");
        for failure in ConnectFailure::known() {
            assert!(page.contains(&format!("`{failure}`")), "{failure}");
        }
    }

    #[test]
    fn a_creator_who_is_too_late_reads_how_long_there_was() {
        let text = Trouble::of(&ConnectFailure::RequestExpired).text;
        assert_eq!((CONSENT_WITHIN.as_mins(), text.contains("ten minutes")), (10, true));
    }
}
