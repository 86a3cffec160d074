//! What an operator does by invoking the function directly.

mod keys;
mod named;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use slipway_contract::Time;
use slipway_contract::fields::quoted;
use slipway_contract::operator::{CommandAnswer, CommandTenant};
use slipway_contract::service::OkView;
use slipway_domain::limits::{KEYS_PER_MODE, LONGEST_OVERLAP};
use slipway_domain::{KeyId, Mode, Plan};
use slipway_runtime::NoRandomness;
use slipway_store::tenants::{NotDecided, PlanChange, TenantRecord, TenantState, Tenants};
use slipway_store::{NotThere, StoreError, Write};

use crate::{email, view};

pub use self::named::Named;

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
        /// Which space it opens.
        #[serde(default)]
        mode: Mode,
        /// It is known that the tenant was made by sign-up, and that the address is its owner's.
        #[serde(default)]
        signed_up: bool,
    },
    /// Lists the keys of a tenant.
    ListKeys {
        /// Whose.
        #[serde(flatten)]
        tenant: Named,
    },
    /// Revokes a key with all its secrets.
    RevokeKey {
        /// Whose.
        #[serde(flatten)]
        tenant: Named,
        /// The key, unless the tenant is named by it.
        key_id: Option<KeyId>,
    },
    /// Gives a key a new secret.
    RotateKey {
        /// Whose.
        #[serde(flatten)]
        tenant: Named,
        /// The key, unless the tenant is named by it.
        key_id: Option<KeyId>,
        /// For how many seconds the old secret counts, too.
        #[serde(default)]
        overlap_seconds: u32,
    },
    /// Gives a tenant a plan of its own, or takes it back.
    SetPlan {
        /// Whose.
        #[serde(flatten)]
        tenant: Named,
        /// The plan.
        plan: WantedPlan,
    },
    /// Lets no key of a tenant open anything.
    Suspend {
        /// Whose.
        #[serde(flatten)]
        tenant: Named,
    },
    /// Deletes a tenant with all that is theirs.
    DeleteTenant {
        /// Whose.
        #[serde(flatten)]
        tenant: Named,
    },
    /// Lets a suspended tenant's keys open again what they did.
    Resume {
        /// Whose.
        #[serde(flatten)]
        tenant: Named,
    },
}

impl Command {
    /// Reads a command. Nothing of it is ignored: without its mistyped `overlap_seconds` a secret would end at once.
    pub fn read(text: &str) -> Result<Self, CommandError> {
        let command: Self = serde_json::from_str(text).map_err(CommandError::Unreadable)?;
        let given: Map<String, Value> = serde_json::from_str(text).map_err(CommandError::Unreadable)?;
        let known = command.fields();
        let unknown = given.keys().filter(|name| *name != "slipway" && !known.contains(&name.as_str()));
        let unknown: Vec<String> = unknown.map(|name| quoted(name)).collect();
        if unknown.is_empty() { Ok(command) } else { Err(CommandError::Unknown { unknown, known }) }
    }

    /// What it may say besides what it is.
    const fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::CreateKey { .. } => &["email", "name", "mode", "signed_up"],
            Self::ListKeys { .. } | Self::Suspend { .. } | Self::DeleteTenant { .. } | Self::Resume { .. } => {
                &["email", "tenant_id", "raw_key"]
            }
            Self::RevokeKey { .. } => &["email", "tenant_id", "raw_key", "key_id"],
            Self::RotateKey { .. } => &["email", "tenant_id", "raw_key", "key_id", "overlap_seconds"],
            Self::SetPlan { .. } => &["email", "tenant_id", "raw_key", "plan"],
        }
    }
}

/// Which plan a tenant is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum WantedPlan {
    /// The one that all have who have none of their own.
    Shared(SharedPlan),
    /// This one.
    Own(Plan),
}

/// The word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedPlan {
    /// `default`
    Default,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It is no command, or not of this form.
    #[error("the command does not read: {0}")]
    Unreadable(#[source] serde_json::Error),
    /// It says something that the command does not know. Nothing was done.
    #[error("the command does not know {}; it knows {}", unknown.join(", "), known.join(", "))]
    Unknown {
        /// The names of it, in quotes.
        unknown: Vec<String>,
        /// What it may say.
        known: &'static [&'static str],
    },
    /// The address is none.
    #[error("{0:?} is not an email address; send {{\"slipway\":\"create_key\",\"email\":\"you@example.com\"}}")]
    NotAnAddress(String),
    /// The address belongs to a tenant that was made by sign-up.
    #[error(
        "whoever signed up with {0:?} has a key already, and nobody has verified the address; if it is its owner's, \
         send \"signed_up\": true, too"
    )]
    SignedUp(String),
    /// Nobody, or more than one, is named.
    #[error(
        "name one tenant: by the \"email\" of its owner, by its \"tenant_id\", or by one of its keys as \"raw_key\""
    )]
    NotNamed,
    /// It is not said which key.
    #[error("say which key: its \"key_id\" beside \"email\" or \"tenant_id\", or \"raw_key\" alone")]
    NoKeyNamed,
    /// There is no such tenant.
    #[error("there is no tenant of this address, id or key")]
    NoSuchTenant,
    /// The tenant is being deleted.
    #[error("the tenant of {0:?} is being deleted; the address is free once all of it is gone")]
    IsGoing(String),
    /// The tenant has no such key.
    #[error(
        "the tenant has no key {0}; {{\"slipway\":\"list_keys\",\"email\":\"you@example.com\"}} lists those it has"
    )]
    NoSuchKey(KeyId),
    /// The tenant has as many keys as there may be.
    #[error("the tenant has {KEYS_PER_MODE} keys of this mode, the most there may be; revoke one first")]
    TooManyKeys,
    /// Others change the same at this moment.
    #[error("others change the same at this moment; try again")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// Carries a command out.
pub async fn run(tenants: &Tenants, command: Command, now: Timestamp) -> Result<CommandAnswer, CommandError> {
    Ok(match command {
        Command::CreateKey { email, name, mode, signed_up } => {
            CommandAnswer::Key(keys::create(tenants, &email, (name, mode), signed_up, now).await?)
        }
        Command::ListKeys { tenant } => shown(tenants, tenant.find(tenants).await?.tenant).await?,
        Command::RevokeKey { tenant, key_id } => {
            let (tenant, key_id) = tenant.find(tenants).await?.with_key(key_id)?;
            keys::revoke(tenants, &tenant, &key_id, now).await?;
            CommandAnswer::Done(OkView { ok: true })
        }
        Command::RotateKey { tenant, key_id, overlap_seconds } => {
            let overlap = SignedDuration::from_secs(i64::from(overlap_seconds)).min(LONGEST_OVERLAP);
            let (tenant, key_id) = tenant.find(tenants).await?.with_key(key_id)?;
            CommandAnswer::Key(keys::rotate(tenants, &tenant, &key_id, overlap, now).await?)
        }
        Command::SetPlan { tenant, plan } => {
            let plan = match plan {
                WantedPlan::Shared(SharedPlan::Default) => PlanChange::Remove,
                WantedPlan::Own(plan) => PlanChange::Set(plan),
            };
            decide(tenants, &tenant, TenantState { plan, is_suspended: None }, now).await?
        }
        Command::Suspend { tenant } => decide(tenants, &tenant, TenantState::suspended(true), now).await?,
        Command::DeleteTenant { tenant } => {
            let tenant = tenant.find(tenants).await?.tenant;
            let going = match tenants.begin_deletion(&tenant.id, now).await? {
                Write::Done(going) => going,
                Write::Refused(NotThere) => return Err(CommandError::NoSuchTenant),
            };
            tracing::info!(tenant.id = %going.id, "a tenant's deletion begins");
            shown(tenants, going).await?
        }
        Command::Resume { tenant } => decide(tenants, &tenant, TenantState::suspended(false), now).await?,
    })
}

async fn decide(
    tenants: &Tenants,
    named: &Named,
    state: TenantState,
    now: Timestamp,
) -> Result<CommandAnswer, CommandError> {
    let tenant = named.find(tenants).await?.tenant;
    if tenant.deleting_since.is_some() {
        return Err(CommandError::IsGoing(tenant.email));
    }
    let decided = match tenants.decide(&tenant.id, state, now).await? {
        Write::Done(decided) => decided,
        Write::Refused(NotDecided::NoSuchTenant) => return Err(CommandError::NoSuchTenant),
        Write::Refused(NotDecided::IsGoing) => return Err(CommandError::IsGoing(tenant.email)),
    };
    tracing::info!(tenant.id = %decided.id, plan = ?decided.plan, is_suspended = decided.is_suspended, "decided about a tenant");
    shown(tenants, decided).await
}

async fn shown(tenants: &Tenants, tenant: TenantRecord) -> Result<CommandAnswer, CommandError> {
    let keys = tenants.all_keys(&tenant.id).await?;
    Ok(CommandAnswer::Tenant(CommandTenant {
        keys: keys.iter().map(|key| view::key(key, Vec::new())).collect(),
        tenant_id: tenant.id,
        email: tenant.email,
        plan: tenant.plan,
        is_suspended: tenant.is_suspended,
        deleting_since: tenant.deleting_since.map(Time::from),
    }))
}

/// The address in lower case, if it can be one.
fn address(text: &str) -> Result<String, CommandError> {
    email::read(text).ok_or_else(|| CommandError::NotAnAddress(text.to_owned()))
}
