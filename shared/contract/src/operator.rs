//! What an operator's commands answer, who invokes the function directly.

use serde::Serialize;
use slipway_domain::{BrandId, Hidden, KeyId, Mode, Plan, TenantId};

use crate::Time;
use crate::key::KeyView;
use crate::service::OkView;

/// What came of a command.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum CommandAnswer {
    /// A key with a new secret.
    Key(CommandKey),
    /// A tenant, and its keys.
    Tenant(CommandTenant),
    /// It is done.
    Done(OkView),
}

/// A new key. The secret is shown here and never again.
#[derive(Debug, Serialize)]
pub struct CommandKey {
    /// The key's id.
    pub id: KeyId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// Which of the tenant's spaces it opens.
    pub mode: Mode,
    /// The own brand of that space.
    pub brand_id: BrandId,
    /// What it is called.
    pub name: String,
    /// The secret.
    pub raw_key: Hidden<String>,
    /// What to do with it.
    pub message: &'static str,
}

/// A tenant, as its operator sees it.
#[derive(Debug, Serialize)]
pub struct CommandTenant {
    /// Its id.
    pub tenant_id: TenantId,
    /// The owner's address.
    pub email: String,
    /// Its own plan; nothing if it has the one of all.
    pub plan: Option<Plan>,
    /// Whether none of its keys opens anything.
    pub is_suspended: bool,
    /// Since when it is being deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleting_since: Option<Time>,
    /// Its keys, without their secrets.
    pub keys: Vec<KeyView>,
}
