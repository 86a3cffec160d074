//! Where a tenant lets creators be sent: anywhere until the first address is registered, then only to those.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use slipway_domain::limits::REDIRECT_URIS_PER_TENANT;
use slipway_domain::{Hidden, RedirectUriId, TenantId};

use super::tally::{NotMade, Tally};
use super::{Accounts, tenant_pk};
use crate::guards::{Guard, Repeated};
use crate::item::{Item, key, read};
use crate::pages::{self, first_items};
use crate::transact::put_new;
use crate::{NotThere, StoreError, Write};

/// A registered address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUriRecord {
    /// Its id, which follows from tenant and address: no address can be registered twice.
    pub id: RedirectUriId,
    /// The address, compared exactly.
    pub uri: Hidden<String>,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// Why an address was not registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRegistered {
    /// The tenant has registered it before.
    Already,
    /// The tenant has registered as many as there may be.
    TooMany,
    /// The request repeats another one.
    Repeated(Repeated),
}

const REDIRECT: &str = "REDIRECT#";
const TALLY: Tally = Tally { name: "REDIRECTS", prefix: REDIRECT, most: REDIRECT_URIS_PER_TENANT, expire_after: None };

impl RedirectUriRecord {
    /// The address under the id that follows from it.
    pub fn new(tenant: &TenantId, uri: String, label: Option<String>, created_at: Timestamp) -> Self {
        Self { id: id_of(tenant, &uri), uri: uri.into(), label, created_at }
    }
}

impl Accounts {
    /// Registers the address, unless the guard of the request stands. If it is registered already the older record stays
    /// as it is.
    pub async fn register_redirect_uri(
        &self,
        tenant: &TenantId,
        record: &RedirectUriRecord,
        guard: Option<&Guard>,
    ) -> Result<Write<(), NotRegistered>, StoreError> {
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(key(tenant_pk(tenant), sk(&record.id)));
        let items = vec![put_new(&self.table, item)?];
        let made = self.make_one_more(tenant, &TALLY, guard, &items, record.created_at).await?;
        Ok(match made {
            Write::Done(()) => Write::Done(()),
            Write::Refused(NotMade::TooMany) => Write::Refused(NotRegistered::TooMany),
            Write::Refused(NotMade::Repeated(repeated)) => Write::Refused(NotRegistered::Repeated(repeated)),
            Write::Refused(NotMade::Refused) => Write::Refused(NotRegistered::Already),
        })
    }

    /// Up to `limit` registered addresses behind `after`, and where to go on if there is more.
    pub async fn redirect_uris(
        &self,
        tenant: &TenantId,
        after: Option<&RedirectUriId>,
        limit: usize,
    ) -> Result<(Vec<RedirectUriRecord>, Option<RedirectUriId>), StoreError> {
        let after = after.map(sk);
        let (items, more) = self.items_under(&tenant_pk(tenant), REDIRECT, after.as_deref(), limit).await?;
        let records = items.into_iter().map(read).collect::<Result<Vec<RedirectUriRecord>, _>>()?;
        let next = records.last().filter(|_| more).map(|record| record.id.clone());
        Ok((records, next))
    }

    /// Forgets the address.
    pub async fn forget_redirect_uri(
        &self,
        tenant: &TenantId,
        id: &RedirectUriId,
    ) -> Result<Write<(), NotThere>, StoreError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(tenant_pk(tenant), sk(id))))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld);
        let before = delete.send().await?.attributes.filter(|item| !item.is_empty());
        Ok(before.map(drop).into())
    }

    /// Whether the tenant lets creators be sent there.
    pub async fn may_redirect_to(&self, tenant: &TenantId, uri: &str) -> Result<bool, StoreError> {
        let pk = tenant_pk(tenant);
        if self.item(&pk, &sk(&id_of(tenant, uri))).await?.is_some() {
            return Ok(true);
        }
        let (any, _) = self.items_under(&pk, REDIRECT, None, 1).await?;
        Ok(any.is_empty())
    }

    /// Up to `limit` items of this partition whose sort keys begin so, behind `after`; and whether there is more.
    pub(super) async fn items_under(
        &self,
        pk: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let query = pages::under(&self.client, &self.table, pk, prefix);
        first_items(query, after.map(|sk| key(pk, sk)), limit).await
    }
}

fn sk(id: &RedirectUriId) -> String {
    format!("{REDIRECT}{id}")
}

fn id_of(tenant: &TenantId, uri: &str) -> RedirectUriId {
    RedirectUriId::from_digest(&Sha256::digest(format!("{tenant} {uri}")).into())
}
