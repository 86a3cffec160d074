//! Accounts, what leads to them, and brands.

use slipway_contract::account::{AccountLimits, AccountSummary, AccountSynced, AccountView};
use slipway_contract::brand::BrandView;
use slipway_contract::connect::{
    AccountConnected, ConnectionBegun, InviteMade, InviteView, RedirectUriRegistered, RedirectUriView,
};
use slipway_contract::creator::CreatorView;
use slipway_contract::{ErrorCode, Page};
use slipway_domain::ApiScope;

use crate::operation::{delete, get, patch, post};
use crate::parameter::{brands as of_brands, page, platform, text};
use crate::requests::{ConnectAccount, ExchangeCode, NewBrand, NewInvite, NewRedirectUri};
use crate::{Needs, Operation};

/// What keeps TikTok from being asked for a creator.
pub(super) const NOT_ASKED: [ErrorCode; 4] =
    [ErrorCode::ReconnectionRequired, ErrorCode::TikTokAuth, ErrorCode::TikTokRateLimit, ErrorCode::TikTokApiError];

pub(super) fn accounts() -> Vec<Operation> {
    let (read, manage) = (ApiScope::AccountsRead, ApiScope::AccountsManage);
    vec![
        post("connectAccount", "/v1/accounts/connect", manage, "Start to connect a creator's account")
            .about("Send the creator to `auth_url` within ten minutes. It is good for one connection.")
            .json::<ConnectAccount>()
            .once()
            .answers::<ConnectionBegun>(202, "TikTok's page for the creator.")
            .refuses(&[ErrorCode::UnsupportedPlatform, ErrorCode::BrandInvalid, ErrorCode::BrandNotFound]),
        post(
            "exchangeCode",
            "/v1/oauth/exchange",
            manage,
            "Connect an account with the code that your own page received",
        )
        .json::<ExchangeCode>()
        .once_as_it_is_now()
        .answers::<AccountConnected>(201, "The account.")
        .refuses(&[
            ErrorCode::UnsupportedPlatform,
            ErrorCode::StateMismatch,
            ErrorCode::OAuthRequestExpired,
            ErrorCode::AlreadyLinked,
            ErrorCode::Conflict,
            ErrorCode::BrandNotFound,
        ])
        .refuses(&NOT_ASKED),
        get("listAccounts", "/v1/accounts", read, "List accounts")
            .query(page(50))
            .query(of_brands())
            .query([platform(), text("state", "Only the account that was connected with this `state`.")])
            .answers::<Page<AccountView>>(200, "The accounts."),
        get("getAccount", "/v1/accounts/{id}", read, "Get an account").answers::<AccountView>(200, "The account."),
        delete("disconnectAccount", "/v1/accounts/{id}", manage, "Disconnect an account")
            .about("Revokes the authorization at TikTok. Posts that wait for this account fail.")
            .no_content("The account is disconnected.")
            .refuses(&[ErrorCode::Conflict])
            .refuses(&NOT_ASKED),
        get("getCreatorInfo", "/v1/accounts/{id}/creator-info", read, "Get what the creator may post at the moment")
            .answers::<CreatorView>(200, "What TikTok reported within the last minute.")
            .refuses(&NOT_ASKED),
        get("getAccountLimits", "/v1/accounts/{id}/limits", read, "Get an account's limits as a flat map of numbers")
            .answers::<AccountLimits>(200, "The limits."),
        get(
            "getAccountSummary",
            "/v1/platforms/tiktok/accounts/{id}/summary",
            read,
            "Get an account's profile, figures and latest videos, as last synchronised",
        )
        .answers::<AccountSummary>(200, "The profile."),
        post(
            "syncAccount",
            "/v1/platforms/tiktok/accounts/{id}/sync",
            manage,
            "Synchronise an account's profile and videos with TikTok",
        )
        .answers::<AccountSynced>(200, "The account is synchronised.")
        .refuses(&NOT_ASKED),
        get("listRedirectUris", "/v1/oauth/redirect-uris", read, "List the registered redirect URIs")
            .query(page(50))
            .answers::<Page<RedirectUriView>>(200, "The redirect URIs."),
        post("registerRedirectUri", "/v1/oauth/redirect-uris", manage, "Register a redirect URI")
            .json::<NewRedirectUri>()
            .once()
            .answers::<RedirectUriRegistered>(201, "The redirect URI.")
            .refuses(&[ErrorCode::RedirectUriDuplicate]),
        delete("removeRedirectUri", "/v1/oauth/redirect-uris/{id}", manage, "Delete a redirect URI")
            .no_content("The redirect URI is deleted."),
        get("listInvites", "/v1/invites", read, "List invites, without their links")
            .query(page(50))
            .query(of_brands())
            .query([platform()])
            .answers::<Page<InviteView>>(200, "The invites."),
        post("createInvite", "/v1/invites", manage, "Create an invite: a link by which a creator connects an account")
            .json::<NewInvite>()
            .once()
            .answers::<InviteMade>(201, "The invite. Its link is shown once.")
            .refuses(&[
                ErrorCode::UnsupportedPlatform,
                ErrorCode::BrandInvalid,
                ErrorCode::BrandNotFound,
                ErrorCode::Conflict,
            ]),
        delete("withdrawInvite", "/v1/invites/{id}", manage, "Revoke an invite")
            .no_content("The invite's link no longer works."),
    ]
}

pub(super) fn brands() -> Vec<Operation> {
    vec![
        get("listBrands", "/v1/brands", ApiScope::AccountsRead, "List brands")
            .query(page(50))
            .answers::<Page<BrandView>>(200, "The brands."),
        post("createBrand", "/v1/brands", Needs::Unrestricted, "Create a brand")
            .json::<NewBrand>()
            .once()
            .answers::<BrandView>(201, "The brand.")
            .refuses(&[ErrorCode::BrandsLimit, ErrorCode::BrandLimitReached]),
        patch("renameBrand", "/v1/brands/{id}", Needs::Unrestricted, "Rename a brand")
            .json::<NewBrand>()
            .answers::<BrandView>(200, "The brand."),
        delete("deleteBrand", "/v1/brands/{id}", Needs::Unrestricted, "Delete a brand and its accounts")
            .about(
                "The brand is gone at once. Accounts, posts that wait for them, drafts and invites go after it, and so do \
                 keys, endpoints and media of this brand alone. The brand that a tenant has from the beginning stays: 409.",
            )
            .no_content("It is gone.")
            .refuses(&[ErrorCode::Conflict]),
    ]
}
