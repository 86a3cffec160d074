//! How many requests of a tenant are counted in a minute, by all processes together.

use aws_sdk_dynamodb::types::{ReturnValue, TransactWriteItem};
use serde::Deserialize;
use slipway_domain::TenantId;
use slipway_domain::limits::ACCOUNTS_PER_TENANT;

use super::{Tenants, tenant_pk};
use crate::item::{Item, key, number, read};
use crate::update::Update;
use crate::{Minute, StoreError, Write};

/// What was counted of a tenant's requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct CountedRequests {
    /// The minute. It is a later one than was asked for where another process's clock is ahead.
    #[serde(default)]
    pub minute: Minute,
    /// How many requests processes have taken in that minute, used or not.
    #[serde(default)]
    pub taken: u64,
    /// How many accounts the tenant has. What accounts of an earlier version leave may bring it below zero.
    #[serde(default)]
    pub accounts: i64,
}

impl Tenants {
    /// Takes so many requests of the tenant's minute: whoever calls it may answer those that its limit has room for.
    /// Takers that meet each get their own. Who begins the minute, or knows that it `has_begun`, pays one call and takes
    /// what it asks for; any other one pays two to join. That one takes nothing where there `is_room` for no more, for one
    /// call, nor where that many `tries` were too few: then the last one says what was met.
    pub async fn take_requests(
        &self,
        tenant: &TenantId,
        minute: Minute,
        share: u64,
        (has_begun, tries): (bool, u32),
        is_room: impl Fn(&CountedRequests) -> bool,
    ) -> Result<Write<CountedRequests, CountedRequests>, StoreError> {
        let mut joins = has_begun.then_some(minute);
        let mut last = CountedRequests::default();
        for _ in 0..tries {
            let update = Update::of(&self.table, requests_key(tenant));
            let update = match joins {
                Some(minute) => {
                    update.add("taken", number(share)).when("#minute = :joined").with(":joined", number(minute))
                }
                None => update
                    .set("minute", number(minute))
                    .set("taken", number(share))
                    .when("(attribute_not_exists(#minute) OR #minute < :minute)"),
            };
            match update.send(&self.client, ReturnValue::AllNew).await? {
                Write::Done(item) => return read(item).map(Write::Done),
                Write::Refused(met) => {
                    let met: Option<CountedRequests> = met.map(read).transpose()?;
                    let met = met.filter(|met| met.minute >= minute);
                    if let Some(full) = met.filter(|met| !is_room(met)) {
                        return Ok(Write::Refused(full));
                    }
                    joins = met.map(|met| met.minute);
                    last = met.unwrap_or(last);
                }
            }
        }
        Ok(Write::Refused(last))
    }
}

/// The write that counts an account more of a tenant's. It is refused where there are as many as there may be.
pub(crate) fn one_account_more(table: &str, tenant: &TenantId) -> Result<TransactWriteItem, StoreError> {
    Update::of(table, requests_key(tenant)).add_up_to("accounts", 1, ACCOUNTS_PER_TENANT).in_transaction()
}

/// The write that counts an account less of a tenant's.
pub(crate) fn one_account_less(table: &str, tenant: &TenantId) -> Result<TransactWriteItem, StoreError> {
    Update::of(table, requests_key(tenant)).add("accounts", number(-1)).in_transaction()
}

pub(super) fn requests_key(tenant: &TenantId) -> Item {
    key(tenant_pk(tenant), "REQUESTS")
}
