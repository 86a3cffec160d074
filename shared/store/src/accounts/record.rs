//! A connected account as it is stored.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::{millisecond, second};
use serde::{Deserialize, Serialize};
use slipway_domain::scopes::tiktok::{Scope, Scopes};
use slipway_domain::{AccountId, ApiErrorCode, BrandId, Hidden, LogId, OpenId, PostId, ReconnectReason, TenantId};
use slipway_domain::{Pace, Sealed};

use crate::Minute;

/// A connected TikTok account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Whose.
    pub tenant: TenantId,
    /// Its id; reconnecting keeps it.
    pub id: AccountId,
    /// The TikTok user.
    pub open_id: OpenId,
    /// The brand it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandId>,
    /// What TikTok last reported about the user.
    pub profile: Profile,
    /// The scopes the creator granted. May be fewer than were asked for.
    pub scopes: Scopes,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// The tokens.
    pub tokens: SealedTokens,
    /// The tokens' generation: counted up by every new pair.
    pub version: u64,
    /// Who is refreshing the tokens at present, or was when it died.
    #[serde(rename = "lease", default, skip_serializing_if = "Option::is_none")]
    pub refresh_claim: Option<RefreshClaim>,
    /// TikTok's last creator info.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_info: Option<CachedCreatorInfo>,
    /// Why TikTok would not tell about the creator last, if that holds for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_refused: Option<CreatorRefused>,
    /// When TikTok may be asked about the creator again. Set into the future by who asks, so that nobody else does.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "millisecond::optional")]
    pub creator_free_at: Option<Timestamp>,
    /// When it was synchronised last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_at: Option<Timestamp>,
    /// When it may be synchronised again, as for `creator_free_at`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "millisecond::optional")]
    pub sync_free_at: Option<Timestamp>,
    /// What was begun for it lately, and what waits in line.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pace: Pace,
    /// The pace's generation: counted up by every write of it, and by nothing else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pace_version: u64,
    /// The minute in which TikTok was last asked for the status of a post.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status_minute: Minute,
    /// How often it was asked in that minute.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status_calls: u64,
    /// Posts whose pulls TikTok may not have answered, the one that was told last at the end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pulls: Vec<PostId>,
    /// When it was connected for the first time.
    pub created_at: Timestamp,
    /// When it was connected or reconnected last.
    pub connected_at: Timestamp,
    /// When tokens or status changed last.
    pub updated_at: Timestamp,
    /// When it was used last, to within some hours.
    pub last_used_at: Timestamp,
    /// When its tokens are to be renewed ahead of use, if they can be. Key of the index `refresh_due`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "second::optional")]
    pub refresh_at: Option<Timestamp>,
    /// How often in a row that failed.
    #[serde(default)]
    pub refresh_failures: u32,
    /// Whether its tenant is being deleted: nothing begins for it any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_going: bool,
}

/// What TikTok reported about a user. Which of it comes depends on the granted scopes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The unique handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The profile picture; TikTok signs this URL for a short time only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Followers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follower_count: Option<u64>,
    /// Accounts followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub following_count: Option<u64>,
    /// Likes over all videos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes_count: Option<u64>,
    /// Public videos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_count: Option<u64>,
}

/// A pair of tokens, sealed for this account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedTokens {
    /// What calls carry.
    pub access: Sealed,
    /// What the next pair is bought with.
    pub refresh: Sealed,
    /// When TikTok stops taking the access token.
    pub access_expires_at: Timestamp,
    /// When TikTok stops taking the refresh token.
    pub refresh_expires_at: Timestamp,
}

/// Whether an account can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum AccountStatus {
    /// It can.
    Active,
    /// Only its creator can repair it, by connecting again.
    ReconnectRequired {
        /// Why.
        reason: ReconnectReason,
        /// Since when we know.
        since: Timestamp,
    },
}

impl AccountStatus {
    /// How [`Active`](Self::Active) is written; the claim's condition looks for it.
    pub(super) const ACTIVE: &str = "active";

    /// The name that callers see.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Active => Self::ACTIVE,
            Self::ReconnectRequired { .. } => "reconnect_required",
        }
    }
}

/// Who is refreshing an account's tokens, and until when nobody else may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshClaim {
    /// A random name of the attempt.
    pub owner: String,
    /// When it counts as dead.
    #[serde(with = "millisecond::required")]
    pub until: Timestamp,
}

/// TikTok's answer to a creator info query, with its age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedCreatorInfo {
    /// The answer's `data` as JSON text.
    pub json: Hidden<String>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// TikTok's log id of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub log_id: Option<LogId>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// TikTok's refusal of a creator info query that is no fault of the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatorRefused {
    /// TikTok's error code.
    pub code: ApiErrorCode,
    /// TikTok's log id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<LogId>,
    /// When.
    pub at: Timestamp,
}

impl AccountRecord {
    /// Whether the creator granted this scope.
    pub fn has_scope(&self, scope: &Scope) -> bool {
        self.scopes.contains(scope)
    }

    /// Its brand; the one that its tenant has from the beginning if it was put into no other.
    pub fn brand_or_default(&self) -> BrandId {
        self.brand.clone().unwrap_or_else(|| BrandId::default_of(&self.tenant))
    }

    /// The best name there is: handle, display name, or the id.
    pub fn best_name(&self) -> &str {
        self.profile.username.as_deref().or(self.profile.display_name.as_deref()).unwrap_or(self.id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_status_is_the_one_that_the_claim_looks_for() {
        let stored = serde_json::to_value(AccountStatus::Active).unwrap();
        assert_eq!(stored["name"], AccountStatus::ACTIVE);
        let status =
            AccountStatus::ReconnectRequired { reason: ReconnectReason::RefreshLost, since: Timestamp::UNIX_EPOCH };
        let stored = serde_json::to_value(&status).unwrap();
        assert_eq!(stored["name"], status.as_str());
        assert_eq!(stored["reason"], "refresh_lost");
    }
}
