//! What an operator does by invoking the function directly.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::{BrandId, KeyId, TenantId};
use slipway_http::api_key::{NoRandomness, RawKey};
use slipway_store::StoreError;
use slipway_store::tenants::{KeyRecord, TenantRecord, Tenants};
use uuid::Uuid;

/// An operator's command, distinguished from an HTTP event by its `slipway` field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "slipway", rename_all = "snake_case")]
pub enum Command {
    /// Makes an API key, and the tenant of this address if it has none yet.
    CreateKey {
        /// The owner's address.
        email: String,
        /// What the key is called.
        #[serde(default)]
        name: Option<String>,
    },
}

/// A new key. The secret is shown here and never again.
#[derive(Serialize)]
pub struct NewKey {
    /// The key's id.
    pub id: KeyId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The tenant's own brand.
    pub brand_id: BrandId,
    /// What it is called.
    pub name: String,
    /// The secret.
    pub raw_key: String,
    /// What to do with it.
    pub message: &'static str,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("id", &self.id).field("tenant_id", &self.tenant_id).finish_non_exhaustive()
    }
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The address is none.
    #[error("{0:?} is not an email address; send {{\"slipway\":\"create_key\",\"email\":\"you@example.com\"}}")]
    NotAnAddress(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Carries a command out.
pub async fn run(tenants: &Tenants, command: Command, now: Timestamp) -> Result<NewKey, CommandError> {
    match command {
        Command::CreateKey { email, name } => create_key(tenants, &email, name, now).await,
    }
}

async fn create_key(
    tenants: &Tenants,
    email: &str,
    name: Option<String>,
    now: Timestamp,
) -> Result<NewKey, CommandError> {
    let email = email.trim().to_lowercase();
    let plausible = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if !plausible {
        return Err(CommandError::NotAnAddress(email));
    }
    let tenant = if let Some(tenant) = tenants.by_email(&email).await? {
        tenant
    } else {
        tenants.create(&TenantRecord { id: TenantId::from_uuid(Uuid::now_v7()), email, created_at: now }).await?
    };
    let raw = RawKey::generate()?;
    let name = name.map_or_else(|| "operator".to_owned(), |name| name.chars().take(100).collect());
    let key = KeyRecord {
        id: KeyId::from_uuid(Uuid::now_v7()),
        tenant: tenant.id.clone(),
        name: name.clone(),
        preview: raw.preview(),
        scopes: Vec::new(),
        brand_ids: Vec::new(),
        is_active: true,
        created_at: now,
    };
    tenants.add_key(&key, &raw.hash()).await?;
    tracing::info!(tenant.id = %tenant.id, key.id = %key.id, "made an API key");
    Ok(NewKey {
        id: key.id,
        brand_id: BrandId::default_of(&tenant.id),
        tenant_id: tenant.id,
        name,
        raw_key: raw.reveal().to_owned(),
        message: "Keep this key safe: it is shown only now.",
    })
}
