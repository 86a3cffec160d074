//! The tenants table: tenants and their API keys.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | tenant | `TENANT#{id}` | `TENANT` |
//! | whose address it is | `EMAIL#{lower-case address}` | `EMAIL` |
//! | key, by its hash | `KEY#{sha-256 of the secret, hex}` | `KEY` |
//! | key, in its tenant's list | `TENANT#{id}` | `KEY#{key id}` |

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::{BrandId, KeyId, TenantId};

use crate::StoreError;
use crate::item::{Item, key, read};
use crate::transact::put_new;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRecord {
    /// Its id.
    pub id: TenantId,
    /// The owner's address, in lower case.
    pub email: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An API key. The secret itself is nowhere; it is found by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// Whose.
    pub tenant: TenantId,
    /// What its owner calls it.
    pub name: String,
    /// The secret's first and last characters, to tell keys apart.
    pub preview: String,
    /// What it may do; empty means everything.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Which brands it may touch; empty means all.
    #[serde(default)]
    pub brand_ids: Vec<BrandId>,
    /// Whether it still opens anything.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// SHA-256 of a key's secret, in hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHash(pub String);

/// The tenants table.
#[derive(Debug, Clone)]
pub struct Tenants {
    client: Client,
    table: String,
}

impl Tenants {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The key with this hash, active or not.
    pub async fn key(&self, hash: &KeyHash) -> Result<Option<KeyRecord>, StoreError> {
        self.get(&format!("KEY#{}", hash.0), "KEY").await
    }

    /// The tenant that this address belongs to.
    pub async fn by_email(&self, email: &str) -> Result<Option<TenantRecord>, StoreError> {
        self.get(&format!("EMAIL#{}", email.to_lowercase()), "EMAIL").await
    }

    /// Makes the tenant unless its address has one already; answers the one that the address has now.
    pub async fn create(&self, tenant: &TenantRecord) -> Result<TenantRecord, StoreError> {
        let by_id = self.put_new(tenant, &format!("TENANT#{}", tenant.id), "TENANT")?;
        let by_email = self.put_new(tenant, &format!("EMAIL#{}", tenant.email.to_lowercase()), "EMAIL")?;
        let sent = self.client.transact_write_items().transact_items(by_id).transact_items(by_email).send().await;
        match sent {
            Ok(_) => Ok(tenant.clone()),
            Err(error)
                if error.as_service_error().is_some_and(TransactWriteItemsError::is_transaction_canceled_exception) =>
            {
                let first = self.by_email(&tenant.email).await?;
                first.ok_or_else(|| error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Adds a key, by its hash and to its tenant's list.
    pub async fn add_key(&self, key: &KeyRecord, hash: &KeyHash) -> Result<(), StoreError> {
        let by_hash = self.put_new(key, &format!("KEY#{}", hash.0), "KEY")?;
        let listed = self.put_new(key, &format!("TENANT#{}", key.tenant), &format!("KEY#{}", key.id))?;
        self.client.transact_write_items().transact_items(by_hash).transact_items(listed).send().await?;
        Ok(())
    }

    async fn get<T: for<'de> Deserialize<'de>>(&self, pk: &str, sk: &str) -> Result<Option<T>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(pk, sk))).consistent_read(true);
        get.send().await?.item.map(read).transpose()
    }

    fn put_new(&self, record: &impl Serialize, pk: &str, sk: &str) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(key(pk, sk));
        put_new(&self.table, item)
    }
}
