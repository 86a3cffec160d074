//! What an operator does with API keys.

use futures_util::future::try_join;
use jiff::{SignedDuration, Timestamp};
use slipway_contract::operator::CommandKey;
use slipway_domain::limits::LONGEST_NAME;
use slipway_domain::{BrandId, KeyId, Mode, TenantId};
use slipway_http::api_key::RawKey;
use slipway_store::Write;
use slipway_store::tenants::{KeyNotAdded, KeyRecord, TenantRecord, Tenants};
use uuid::Uuid;

use super::{CommandError, address};
use crate::mint::{self, TRIES, Wanted};
use crate::view;

/// The answer about a new key.
fn shown(key: KeyRecord, raw: &RawKey) -> CommandKey {
    CommandKey {
        id: key.id,
        brand_id: BrandId::default_of(&key.tenant),
        tenant_id: key.tenant.owner(),
        mode: key.tenant.mode(),
        name: key.name,
        raw_key: raw.reveal().to_owned().into(),
        message: view::KEEP_IT_SAFE,
    }
}

pub(super) async fn create(
    tenants: &Tenants,
    email: &str,
    (name, mode): (Option<String>, Mode),
    signed_up: bool,
    now: Timestamp,
) -> Result<CommandKey, CommandError> {
    let email = address(email)?;
    let name = name.map_or_else(|| "operator".to_owned(), |name| name.chars().take(LONGEST_NAME).collect());
    for _ in 0..TRIES {
        let tenant = if let Some(tenant) = tenants.by_email(&email).await? {
            if tenant.deleting_since.is_some() {
                return Err(CommandError::IsGoing(email));
            }
            // Whoever signed up with somebody else's address has a key already, and would share what is connected.
            if tenant.signed_up && !signed_up {
                return Err(CommandError::SignedUp(email));
            }
            tenant
        } else {
            let new = TenantRecord::new(TenantId::from_uuid(Uuid::now_v7()), email.clone(), now);
            // Otherwise somebody else made one of this address at this moment, perhaps by signing up.
            let Some(tenant) = tenants.create(&new).await?.done() else { continue };
            tenant
        };
        let id = KeyId::from_uuid(Uuid::now_v7());
        let wanted = Wanted { id, name: name.clone(), mode, scopes: Vec::new(), brand_ids: Vec::new() };
        match mint::make(tenants, &tenant, wanted, |_, _| Ok::<_, CommandError>(None), now).await? {
            Write::Done((key, raw)) => return Ok(shown(key, &raw)),
            Write::Refused(KeyNotAdded::TooMany) => return Err(CommandError::TooManyKeys),
            Write::Refused(KeyNotAdded::Changed | KeyNotAdded::Repeated(_)) => {}
        }
    }
    Err(CommandError::Busy)
}

pub(super) async fn revoke(
    tenants: &Tenants,
    tenant: &TenantRecord,
    id: &KeyId,
    now: Timestamp,
) -> Result<(), CommandError> {
    mint::revoke(tenants, || key_of(tenants, tenant, id), now).await?.done().ok_or(CommandError::Busy)
}

pub(super) async fn rotate(
    tenants: &Tenants,
    tenant: &TenantRecord,
    id: &KeyId,
    overlap: SignedDuration,
    now: Timestamp,
) -> Result<CommandKey, CommandError> {
    let read = key_of(tenants, tenant, id).await?;
    let raw = RawKey::generate(&read.tenant)?;
    for _ in 0..TRIES {
        let read = key_of(tenants, tenant, id).await?;
        let unguarded = |_: &KeyRecord| Ok::<_, CommandError>(None);
        if let Write::Done(next) = mint::rotate(tenants, &read, (&raw, overlap), unguarded, now).await? {
            return Ok(shown(next, &raw));
        }
    }
    Err(CommandError::Busy)
}

async fn key_of(tenants: &Tenants, tenant: &TenantRecord, id: &KeyId) -> Result<KeyRecord, CommandError> {
    let [live, test] = tenant.id.spaces();
    let (live, test) = try_join(tenants.key_of(&live, id), tenants.key_of(&test, id)).await?;
    live.or(test).ok_or_else(|| CommandError::NoSuchKey(id.clone()))
}
