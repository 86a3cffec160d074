//! What callers are shown: what more than one route shows of keys and tenants is made here.

use slipway_contract::key::{KeyView, NewKeyView};
use slipway_contract::tenant::UserView;
use slipway_contract::{Platform, Time};
use slipway_domain::{Mode, Plan};
use slipway_http::api_key::RawKey;
use slipway_store::tenants::{KeyRecord, TenantRecord};

/// A tenant, as its owner sees it.
pub(crate) fn user(tenant: &TenantRecord, mode: Mode, plan: Plan, warnings: Vec<String>) -> UserView {
    UserView {
        id: tenant.id.clone(),
        email: tenant.email.clone(),
        name: tenant.profile.name.clone(),
        mode,
        plan,
        onboarding: !tenant.profile.is_onboarded,
        avatar_url: None,
        allowed_platforms: [Platform::TikTok],
        use_case: tenant.profile.use_case.clone(),
        referral: tenant.profile.referral.clone(),
        created_at: tenant.created_at.into(),
        deleting_since: tenant.deleting_since.map(Time::from),
        warnings,
    }
}

pub(crate) fn key(key: &KeyRecord, warnings: Vec<String>) -> KeyView {
    KeyView {
        id: key.id.clone(),
        name: key.name.clone(),
        mode: key.tenant.mode(),
        preview: key.preview.clone(),
        is_active: key.is_active,
        created_at: key.created_at.into(),
        last_used_at: key.last_used_at.map(Time::from),
        scopes: key.scopes.clone(),
        brand_ids: key.brand_ids.clone(),
        warnings,
    }
}

/// What to do with a new secret.
pub(crate) const KEEP_IT_SAFE: &str = "Keep this key safe: it is shown only now.";

/// A key with its new secret.
pub(crate) fn made(key: &KeyRecord, raw: &RawKey, warnings: Vec<String>) -> NewKeyView {
    NewKeyView {
        id: key.id.clone(),
        name: key.name.clone(),
        raw_key: raw.reveal().to_owned().into(),
        mode: key.tenant.mode(),
        preview: key.preview.clone(),
        message: KEEP_IT_SAFE,
        scopes: key.scopes.clone(),
        brand_ids: key.brand_ids.clone(),
        created_at: key.created_at.into(),
        previous_until: key.previous.as_ref().map(|previous| previous.until.into()),
        warnings,
    }
}
