//! An account as callers see it.

use serde_json::{Value, json};
use slipway_store::accounts::{AccountRecord, AccountStatus};

use crate::link::Missing;

/// The account. `name` and `username` are never null: clients fail without them.
pub(crate) fn account(account: &AccountRecord) -> Value {
    let (reason, message) = match account.status {
        AccountStatus::Active => (None, None),
        AccountStatus::ReconnectRequired { reason, .. } => (Some(reason.as_str()), Some(reason.explanation())),
    };
    let profile = &account.profile;
    let mut metadata = serde_json::Map::new();
    if let Some(url) = &profile.avatar_url {
        metadata.insert("avatar_url".to_owned(), json!(url));
    }
    for (name, count) in [
        ("follower_count", profile.follower_count),
        ("following_count", profile.following_count),
        ("video_count", profile.video_count),
        ("likes_count", profile.likes_count),
    ] {
        if let Some(count) = count {
            metadata.insert(name.to_owned(), json!(count));
        }
    }
    json!({
        "id": account.id,
        "platform": "tiktok",
        "name": name(account),
        "username": account.best_name(),
        "brand_id": account.brand,
        "status": account.status.as_str(),
        "reconnect_reason": reason,
        "reconnect_message": message,
        "profile_picture_url": profile.avatar_url,
        "platform_user_id": account.open_id,
        "scopes": account.scopes,
        "metadata": metadata,
        "token": {
            "access_expires_at": account.tokens.access_expires_at,
            "refresh_expires_at": account.tokens.refresh_expires_at,
        },
        "created_at": account.created_at,
        "connected_at": account.connected_at,
    })
}

/// The name that people see.
pub(crate) fn name(account: &AccountRecord) -> &str {
    account.profile.display_name.as_deref().unwrap_or_else(|| account.best_name())
}

/// The names of scopes that were not granted.
pub(crate) fn scopes(missing: &[Missing]) -> Vec<String> {
    missing.iter().map(|missing| missing.scope().as_str().to_owned()).collect()
}
