//! Which tenant a command is about.

use serde::Deserialize;
use slipway_domain::{Hidden, KeyId, TenantId};
use slipway_http::api_key::RawKey;
use slipway_store::tenants::{TenantRecord, Tenants};

use super::{CommandError, address};

/// A tenant, named by exactly one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// The owner's address.
    email: Option<String>,
    /// Its id, as logs have it, of either mode.
    tenant_id: Option<TenantId>,
    /// The secret of one of its keys: one that has leaked, and nobody knows whose it is.
    raw_key: Option<Hidden<String>>,
}

/// Who was named.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) tenant: TenantRecord,
    /// The key by which the tenant was named.
    key: Option<KeyId>,
}

impl Named {
    pub(super) async fn find(&self, tenants: &Tenants) -> Result<Found, CommandError> {
        let (tenant, key) = match self {
            Self { email: Some(email), tenant_id: None, raw_key: None } => {
                (tenants.by_email(&address(email)?).await?, None)
            }
            Self { email: None, tenant_id: Some(id), raw_key: None } => (tenants.tenant(&id.owner()).await?, None),
            Self { email: None, tenant_id: None, raw_key: Some(raw) } => {
                let hash = RawKey::parse(raw.0.trim()).map_err(|_| CommandError::NoSuchTenant)?.hash();
                let key = tenants.key(&hash).await?.ok_or(CommandError::NoSuchTenant)?;
                (tenants.tenant(&key.tenant.owner()).await?, Some(key.id))
            }
            _ => return Err(CommandError::NotNamed),
        };
        Ok(Found { tenant: tenant.ok_or(CommandError::NoSuchTenant)?, key })
    }
}

impl Found {
    /// The tenant, and the key that the command is about.
    pub(super) fn with_key(self, named: Option<KeyId>) -> Result<(TenantRecord, KeyId), CommandError> {
        match (self.key, named) {
            (Some(key), None) | (None, Some(key)) => Ok((self.tenant, key)),
            (None, None) | (Some(_), Some(_)) => Err(CommandError::NoKeyNamed),
        }
    }
}
