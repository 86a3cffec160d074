//! Why an account must be connected again. Stored with its status.

use serde::{Deserialize, Serialize};

/// Why an account must be connected again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReconnectReason {
    /// TikTok refused the refresh token: the creator or TikTok took the authorization back.
    RefreshRefused,
    /// TikTok refused the refresh token after a refresh whose answer never reached us: it rotated, and the new
    /// tokens were lost on the way.
    RefreshLost,
    /// The refresh token's time was over.
    RefreshExpired,
    /// TikTok refuses a token that it has just issued.
    AccessRefused,
    /// TikTok reported that the authorization was removed, and not why.
    AuthorizationRemoved,
    /// The creator disconnected the app in TikTok.
    DisconnectedByUser,
    /// The creator's TikTok account was deleted.
    AccountDeleted,
    /// The creator's age changed, and with it what TikTok allows.
    AgeChanged,
    /// TikTok banned the creator's account.
    AccountBanned,
    /// The app revoked the authorization itself.
    RevokedByDeveloper,
}

impl ReconnectReason {
    /// The name that callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RefreshRefused => "refresh_refused",
            Self::RefreshLost => "refresh_lost",
            Self::RefreshExpired => "refresh_expired",
            Self::AccessRefused => "access_refused",
            Self::AuthorizationRemoved => "authorization_removed",
            Self::DisconnectedByUser => "disconnected_by_user",
            Self::AccountDeleted => "account_deleted",
            Self::AgeChanged => "age_changed",
            Self::AccountBanned => "account_banned",
            Self::RevokedByDeveloper => "revoked_by_developer",
        }
    }

    /// One sentence for the account's owner.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::RefreshRefused => {
                "TikTok no longer accepts this account's authorization; its owner or TikTok took it back."
            }
            Self::RefreshLost => "TikTok renewed this account's authorization but its answer was lost on the way.",
            Self::RefreshExpired => "This account's authorization has run out.",
            Self::AccessRefused => "TikTok refuses this account's authorization although it has just renewed it.",
            Self::AuthorizationRemoved => "The authorization was removed in TikTok.",
            Self::DisconnectedByUser => "The account's owner disconnected the app in TikTok.",
            Self::AccountDeleted => "The TikTok account was deleted.",
            Self::AgeChanged => "TikTok removed the authorization because the age of the account's owner changed.",
            Self::AccountBanned => "TikTok has banned the account.",
            Self::RevokedByDeveloper => "The app took the authorization back.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_written_as_callers_see_it() {
        for reason in [
            ReconnectReason::RefreshRefused,
            ReconnectReason::RefreshLost,
            ReconnectReason::RefreshExpired,
            ReconnectReason::AccessRefused,
            ReconnectReason::AuthorizationRemoved,
            ReconnectReason::DisconnectedByUser,
            ReconnectReason::AccountDeleted,
            ReconnectReason::AgeChanged,
            ReconnectReason::AccountBanned,
            ReconnectReason::RevokedByDeveloper,
        ] {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
