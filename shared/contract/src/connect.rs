//! How what leads to an account looks to callers: connections, invites, and where creators may be sent.

use serde::Serialize;
use slipway_domain::scopes::tiktok::Scopes;
use slipway_domain::{AccountId, BrandId, Hidden, InviteId, RedirectUriId};

use crate::account::AccountStatus;
use crate::{Platform, Time};

/// A connection that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionBegun {
    /// TikTok's page for the creator.
    pub auth_url: Hidden<String>,
    /// The state that comes back with the creator.
    pub state: Hidden<String>,
    /// What to do next.
    pub message: &'static str,
    /// When the page expires.
    pub expires_at: Time,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// An account that was connected by a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountConnected {
    /// The account.
    pub account_id: AccountId,
    /// Always TikTok.
    pub platform: Platform,
    /// The handle, or the best name there is.
    pub username: String,
    /// The name that people see, if TikTok reported it.
    pub display_name: Option<String>,
    /// The same as `account_id`, as in the list of accounts.
    pub id: AccountId,
    /// As in the list of accounts.
    pub name: String,
    /// As in the list of accounts.
    pub status: AccountStatus,
    /// The caller's own `state`, as it was given to connect; nothing if it gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Hidden<String>>,
    /// TikTok's scopes that posting needs and the creator did not grant.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub missing_scopes: Scopes,
    /// What was assumed or ignored, and what the missing scopes make impossible.
    pub warnings: Vec<String>,
}

/// An invite. Its token and link are shown in full only when it is created, and shortened afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteView {
    /// The id.
    pub id: InviteId,
    /// Always TikTok.
    pub platform: Platform,
    /// The brand that accounts come into.
    pub brand_id: BrandId,
    /// The secret part of the link.
    pub token: Hidden<String>,
    /// The link.
    pub url: Hidden<String>,
    /// Whether the link still works.
    pub is_active: bool,
    /// When it expires.
    pub expires_at: Time,
    /// When it was created.
    pub created_at: Time,
}

/// An invite that was just created, with its full link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteMade {
    /// The invite.
    #[serde(flatten)]
    pub invite: InviteView,
    /// What to do next.
    pub message: &'static str,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}

/// An address that creators may be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedirectUriView {
    /// The id.
    pub id: RedirectUriId,
    /// The address, verbatim.
    pub uri: Hidden<String>,
    /// The name.
    pub label: Option<String>,
    /// When it was registered.
    pub created_at: Time,
}

/// An address that was just registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RedirectUriRegistered {
    /// The address.
    #[serde(flatten)]
    pub registered: RedirectUriView,
    /// What was assumed or ignored.
    pub warnings: Vec<String>,
}
