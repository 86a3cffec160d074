//! How accounts, and what stands beside them, look to callers.

use slipway_contract::Platform;
use slipway_contract::account::{AccountMetadata, AccountStatus, AccountView, TokenView};
use slipway_contract::brand::BrandView;
use slipway_contract::connect::RedirectUriView;

use super::{AccountRecord, AccountStatus as Stored, BrandRecord, RedirectUriRecord};

/// The brand, and what of a request was ignored.
pub fn brand(brand: &BrandRecord, warnings: Vec<String>) -> BrandView {
    BrandView {
        id: brand.id.clone(),
        name: brand.name.clone(),
        accounts_count: brand.accounts,
        created_at: brand.created_at.into(),
        updated_at: brand.updated_at.into(),
        warnings,
    }
}

/// The account. `name` and `username` are never null: clients fail without them.
pub fn account(account: &AccountRecord) -> AccountView {
    let (reconnect_reason, reconnect_message) = match account.status {
        Stored::Active => (None, None),
        Stored::ReconnectRequired { reason, .. } => (Some(reason), Some(reason.explanation())),
    };
    let profile = &account.profile;
    AccountView {
        id: account.id.clone(),
        platform: Platform::TikTok,
        name: name(account).to_owned(),
        username: account.best_name().to_owned(),
        brand_id: Some(account.brand_or_default()),
        status: status(account),
        reconnect_reason,
        reconnect_message,
        profile_picture_url: profile.avatar_url.clone(),
        platform_user_id: account.open_id.clone(),
        scopes: account.scopes.clone(),
        metadata: AccountMetadata {
            avatar_url: profile.avatar_url.clone(),
            follower_count: profile.follower_count,
            following_count: profile.following_count,
            video_count: profile.video_count,
            likes_count: profile.likes_count,
        },
        token: token(account),
        created_at: account.created_at.into(),
        connected_at: account.connected_at.into(),
    }
}

/// The name that people see.
pub fn name(account: &AccountRecord) -> &str {
    account.profile.display_name.as_deref().unwrap_or_else(|| account.best_name())
}

/// How long its tokens last.
pub fn token(account: &AccountRecord) -> TokenView {
    TokenView {
        access_expires_at: account.tokens.access_expires_at.into(),
        refresh_expires_at: account.tokens.refresh_expires_at.into(),
    }
}

/// Whether it can be used.
pub fn status(account: &AccountRecord) -> AccountStatus {
    match account.status {
        Stored::Active => AccountStatus::Active,
        Stored::ReconnectRequired { .. } => AccountStatus::ReconnectRequired,
    }
}

/// An address that creators may be sent to.
pub fn redirect_uri(record: &RedirectUriRecord) -> RedirectUriView {
    RedirectUriView {
        id: record.id.clone(),
        uri: record.uri.clone(),
        label: record.label.clone(),
        created_at: record.created_at.into(),
    }
}
