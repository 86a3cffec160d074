//! A tenant's keys, whoever asks for it: made, given a new secret, revoked.

use jiff::{SignedDuration, Timestamp};
use slipway_domain::{BrandId, EventType, KeyId, KeyScope, Mode};
use slipway_http::api_key::RawKey;
use slipway_runtime::NoRandomness;
use slipway_store::guards::Guard;
use slipway_store::tenants::{KeyNotAdded, KeyRecord, Rotation, TenantRecord, Tenants};
use slipway_store::{Stale, StoreError, Write};

/// How often a change is tried that others make at the same moment.
pub(crate) const TRIES: u32 = 3;

/// What a key is to be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) id: KeyId,
    pub(crate) name: String,
    /// Which space it opens.
    pub(crate) mode: Mode,
    /// What it may do; everything if this is empty.
    pub(crate) scopes: Vec<KeyScope>,
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

/// Makes a key of the tenant as it was read. `guarded` is asked for the guard of the request, if there is one.
pub(crate) async fn make<E: From<StoreError> + From<NoRandomness>>(
    tenants: &Tenants,
    tenant: &TenantRecord,
    wanted: Wanted,
    guarded: impl FnOnce(&KeyRecord, &RawKey) -> Result<Option<Guard>, E>,
    now: Timestamp,
) -> Result<Write<(KeyRecord, RawKey), KeyNotAdded>, E> {
    let (raw, key) = key(tenant, wanted, now)?;
    let entry = tenants.key_changed(&key, EventType::KeyCreated, now)?;
    let guard = guarded(&key, &raw)?;
    let added = tenants.add_key(tenant, &key, Some(&entry), guard.as_ref(), now).await?;
    if added.is_done() {
        tracing::info!(key.id = %key.id, tenant.id = %key.tenant, "an API key was made");
    }
    Ok(added.map(|()| (key, raw)))
}

/// Gives a key, as it was read, this secret. The one that it has counts for so long beside it.
pub(crate) async fn rotate<E: From<StoreError>>(
    tenants: &Tenants,
    read: &KeyRecord,
    (raw, overlap): (&RawKey, SignedDuration),
    guarded: impl FnOnce(&KeyRecord) -> Result<Option<Guard>, E>,
    now: Timestamp,
) -> Result<Write<KeyRecord, Stale>, E> {
    let next = read.rotated(&Rotation { hash: raw.hash(), preview: raw.preview(), until: now + overlap }, now);
    let entry = tenants.key_changed(&next, EventType::KeyRotated, now)?;
    let guard = guarded(&next)?;
    let rotated = tenants.rotate_key(read, &next, Some(&entry), guard.as_ref(), now).await?;
    if rotated.is_done() {
        tracing::info!(key.id = %next.id, tenant.id = %next.tenant, "an API key has a new secret");
    }
    Ok(rotated.map(|()| next))
}

/// Revokes the key that is found, with all its secrets. It is refused where others change it again and again.
pub(crate) async fn revoke<E: From<StoreError>, F: Future<Output = Result<KeyRecord, E>>>(
    tenants: &Tenants,
    find: impl Fn() -> F,
    now: Timestamp,
) -> Result<Write<(), Stale>, E> {
    for _ in 0..TRIES {
        let key = find().await?;
        let entry = tenants.key_changed(&key, EventType::KeyRevoked, now)?;
        if tenants.remove_key(&key, Some(&entry)).await?.is_done() {
            tracing::info!(key.id = %key.id, tenant.id = %key.tenant, "an API key was revoked");
            return Ok(Write::Done(()));
        }
    }
    Ok(Write::Refused(Stale))
}
