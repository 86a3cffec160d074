//! The tenants table: tenants and their API keys.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | tenant, with how many keys it has | `TENANT#{id}` | `TENANT` |
//! | whose address it is | `EMAIL#{lower-case address}` | `EMAIL` |
//! | key, by its hash | `KEY#{sha-256 of the secret, hex}` | `KEY` |
//! | key, in the list of its space | `TENANT#{space}` | `KEY#{key id}` |
//! | sign-ups of an hour, and of an address on a day | `QUOTA#{what}` | the beginning of the time, in seconds since 1970 |
//! | requests of a minute, and how many accounts there are | `TENANT#{space}` | `REQUESTS` |
//! | guard against a repeated request | `GUARD#{what}` | `GUARD` |
//! | deletion of a tenant, as long as it is under way | `DELETIONS` | `{tenant}` |
//!
//! A request is answered out of the first kind of key item alone: it says what the key may do, and what its tenant may.
//! So whatever changes a key or a tenant's plan changes both items of each key, in one transaction.

mod deletion;
mod keys;
mod log_entries;
mod record;
mod requests;
mod signup;
mod state;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use slipway_domain::{KeyId, Plans, TenantId};

pub use deletion::DeletionRecord;
pub use keys::KeyNotAdded;
pub use record::{KeyHash, KeyRecord, PreviousSecret, ProfileChange, Rotation, TenantProfile, TenantRecord};
pub use requests::CountedRequests;
pub use signup::NotSignedUp;
pub use state::{NotDecided, PlanChange, TenantState};

pub(crate) use requests::{one_account_less, one_account_more};

use crate::events::Events;
use crate::guards::Guards;
use crate::item::{Item, get, key, read, tenant_pk};
use crate::transact::{put_new, transact};
use crate::{Conflict, StoreError, Write};

/// The tenants table.
#[derive(Debug, Clone)]
pub struct Tenants {
    client: Client,
    table: String,
    /// Where changes of keys are recorded, in the transaction that makes them.
    events: Option<Box<Events>>,
    /// By which these are kept.
    plans: Option<Box<Plans>>,
}

impl Tenants {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, events: None, plans: None }
    }

    /// The same, recording what becomes of keys.
    #[must_use]
    pub fn recording(self, events: Events) -> Self {
        Self { events: Some(Box::new(events)), ..self }
    }

    /// The same, keeping what it records of keys for as long as these plans say; else it is kept by the longest.
    #[must_use]
    pub fn under(self, plans: Plans) -> Self {
        Self { plans: Some(Box::new(plans)), ..self }
    }

    /// The guards against doing the same twice.
    pub fn guards(&self) -> Guards {
        Guards::of(&self.client, &self.table)
    }

    /// The tenant whose space this is.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        self.get(tenant_key(id)).await
    }

    /// The tenant that this address belongs to.
    pub async fn by_email(&self, email: &str) -> Result<Option<TenantRecord>, StoreError> {
        let known: Option<TenantRecord> = self.get(email_key(email)).await?;
        // What stands by the address is what the tenant was when it was made.
        match known {
            Some(known) => self.tenant(&known.id).await,
            None => Ok(None),
        }
    }

    /// Makes the tenant. Refused with the one that its address has, if it has one already.
    pub async fn create(&self, tenant: &TenantRecord) -> Result<Write<TenantRecord>, StoreError> {
        let items =
            vec![self.put_new(tenant, tenant_key(&tenant.id))?, self.put_new(tenant, email_key(&tenant.email))?];
        if transact(&self.client, items).await?.is_done() {
            return Ok(Write::Done(tenant.clone()));
        }
        let first = self.by_email(&tenant.email).await?;
        let first = first.ok_or_else(|| StoreError::unexpected("an address is taken, and by nobody".to_owned()))?;
        Ok(Write::Refused(Conflict::Changed(Box::new(first))))
    }

    async fn get<T: for<'de> Deserialize<'de>>(&self, key: Item) -> Result<Option<T>, StoreError> {
        get(&self.client, &self.table, key).await?.map(read).transpose()
    }

    fn put_new(&self, record: &impl Serialize, key: Item) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(key);
        put_new(&self.table, item)
    }
}

const KEY: &str = "KEY#";

/// The tenant itself has one item, whichever of its spaces is named.
fn tenant_key(tenant: &TenantId) -> Item {
    key(tenant_pk(&tenant.owner()), "TENANT")
}

fn email_key(email: &str) -> Item {
    key(format!("EMAIL#{}", email.to_lowercase()), "EMAIL")
}

fn hash_key(hash: &KeyHash) -> Item {
    key(format!("{KEY}{}", hash.0), "KEY")
}

fn listed_key(tenant: &TenantId, id: &KeyId) -> Item {
    key(tenant_pk(tenant), format!("{KEY}{id}"))
}
