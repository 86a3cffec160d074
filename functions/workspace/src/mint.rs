//! New keys, whoever asks for them.

use jiff::Timestamp;
use slipway_domain::{BrandId, KeyId, Mode};
use slipway_http::api_key::{NoRandomness, RawKey};
use slipway_store::tenants::{KeyRecord, TenantRecord};

/// What a key is to be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) id: KeyId,
    pub(crate) name: String,
    /// Which space it opens.
    pub(crate) mode: Mode,
    /// What it may do; everything if this is empty.
    pub(crate) scopes: Vec<String>,
    /// Which brands it may touch; all if this is empty.
    pub(crate) brand_ids: Vec<BrandId>,
}

/// A key of this tenant's that is nowhere yet, and its secret.
pub(crate) fn key(tenant: &TenantRecord, wanted: Wanted, now: Timestamp) -> Result<(RawKey, KeyRecord), NoRandomness> {
    let Wanted { id, name, mode, scopes, brand_ids } = wanted;
    let space = tenant.id.in_mode(mode);
    let raw = RawKey::generate(&space)?;
    let record = KeyRecord {
        id,
        tenant: space,
        name,
        preview: raw.preview(),
        scopes,
        brand_ids,
        is_active: true,
        created_at: now,
        last_used_at: None,
        hash: Some(raw.hash()),
        previous: None,
        ends_at: None,
        plan: tenant.plan,
        is_suspended: tenant.is_suspended,
        version: 0,
    };
    Ok((raw, record))
}
