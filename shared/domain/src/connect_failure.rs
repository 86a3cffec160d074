//! Why a creator's account was not connected.

use crate::codes::codes;
use crate::limits::KEPT_OF_CONNECT_ERROR;

codes! {
    /// Why a connection came to nothing: `error` in the address of the page to which the creator returns. Where TikTok's own
    /// answer is the reason its word is passed on (RFC 6749, section 4.1.2.1).
    ConnectFailure {
        /// Not a state of ours, or not of this flow.
        StateMismatch = "state_mismatch",
        /// The state was used, and how that ended is not known.
        StateUsed = "state_used",
        /// The connection took longer than it may.
        RequestExpired = "request_expired",
        /// The creator said no.
        AccessDenied = "access_denied",
        /// The creator's account belongs to another brand of the tenant than the one that asked.
        AccountAlreadyLinked = "account_already_linked",
        /// The brand that the creator's account was to join was deleted since the connection began.
        BrandGone = "brand_gone",
        /// The tenant is suspended, or goes.
        AccessClosed = "access_closed",
        /// There is room for no further account.
        TooManyAccounts = "too_many_accounts",
        /// Neither a code nor an error came.
        InvalidRequest = "invalid_request",
        /// TikTok does not take its code back.
        InvalidGrant = "invalid_grant",
        /// TikTok could not be asked.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// Our fault.
        ServerError = "server_error",
    }
}

impl ConnectFailure {
    /// What TikTok calls an error when it sends the creator back, as far as that looks like a code.
    pub fn of_tiktok(error: &str) -> Self {
        if error == Self::AccessDenied.as_str() {
            return Self::AccessDenied;
        }
        let is_of_a_code = |letter: &char| letter.is_ascii_alphanumeric() || "_-.".contains(*letter);
        Self::Other(error.chars().filter(is_of_a_code).take(KEPT_OF_CONNECT_ERROR).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_written_as_it_is_read() {
        for (name, failure) in ConnectFailure::ALL {
            assert_eq!((failure.as_str(), ConnectFailure::parse(name)), (*name, failure.clone()));
        }
    }

    #[test]
    fn what_tiktok_calls_an_error_is_passed_on_only_as_a_code() {
        assert_eq!(ConnectFailure::of_tiktok("access_denied"), ConnectFailure::AccessDenied);
        assert_eq!(ConnectFailure::of_tiktok("<script>x_y</script>").as_str(), "scriptx_yscript");
        assert_eq!(ConnectFailure::of_tiktok(&"x".repeat(1000)).as_str().len(), KEPT_OF_CONNECT_ERROR);
    }
}
