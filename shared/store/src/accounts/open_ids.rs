//! What a TikTok user's open id leads to in a tenant: an account, or the pace that one left behind.
//!
//! TikTok counts a creator's posts whether they are connected or not. So what an account's pace counts outlasts it: it
//! stands under the open id until it counts no more, and whoever is connected next goes on with it. With the pace stands
//! the time at which it ends, and nothing else.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use serde::Deserialize;
use serde_dynamo::to_attribute_value;
use slipway_domain::{AccountId, Chain, OpenId, Pace, TenantId};

use super::{AccountRecord, Accounts, open_id_sk, tenant_pk};
use crate::item::{EXPIRES_AT, Item, key, read, seconds, text, text_of};
use crate::transact::delete_if;
use crate::update::Update;
use crate::{Epoch, StoreError};

/// What stands under an open id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Nothing: the user was never connected, or so long ago that nothing counts any more.
    Nobody,
    /// The user is this account.
    Account(AccountId),
    /// An account was disconnected, and its pace counts for a while.
    Left(LeftPace),
}

/// The pace of an account that was disconnected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LeftPace {
    pub(super) pace: Pace,
    /// When it counts no more. DynamoDB's TTL deletes late, so it is checked, too.
    #[serde(rename = "expires_at")]
    pub(super) until: Epoch,
}

impl Owner {
    /// The account, if the user is one.
    pub const fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Nobody | Self::Left(_) => None,
        }
    }
}

impl Accounts {
    /// What this TikTok user is in this tenant.
    pub async fn owner(&self, tenant: &TenantId, open_id: &OpenId) -> Result<Owner, StoreError> {
        let Some(item) = self.item(&tenant_pk(tenant), &open_id_sk(open_id)).await? else {
            return Ok(Owner::Nobody);
        };
        let Some(id) = text_of(&item, "account") else { return Ok(Owner::Left(read(item)?)) };
        let id: AccountId = id.parse().map_err(|error| StoreError::Record(Chain::of(error)))?;
        Ok(Owner::Account(id))
    }

    /// The write that has the open id lead to this new account, if what was left there is what the account goes on with, or
    /// if it goes on with nothing and nothing counts.
    pub(super) fn owns(&self, account: &AccountRecord, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let update = Update::of(&self.table, owner_key(account))
            // No attribute `open_id` here: the index must hold accounts only.
            .set("account", text(account.id.as_str()))
            .remove("pace")
            .remove(EXPIRES_AT);
        let update = if account.pace == Pace::default() {
            update.when("(attribute_not_exists(pk) OR #expires_at <= :now)").with(":now", seconds(now))
        } else {
            update.when("#pace = :left").with(":left", to_attribute_value(&account.pace)?)
        };
        update.in_transaction()
    }

    /// The write that leaves the account's pace in its place, or nothing if that counts nothing.
    pub(super) fn owns_no_more(
        &self,
        account: &AccountRecord,
        now: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let own = "account = :account";
        let id = text(account.id.as_str());
        let Some((pace, until)) = account.pace.left(now) else {
            return delete_if(&self.table, owner_key(account), own, [(":account", id)]);
        };
        Update::of(&self.table, owner_key(account))
            .remove("account")
            .set("pace", to_attribute_value(pace)?)
            .set(EXPIRES_AT, seconds(until))
            .when("#account = :account")
            .with(":account", id)
            .in_transaction()
    }
}

fn owner_key(account: &AccountRecord) -> Item {
    key(tenant_pk(&account.tenant), open_id_sk(&account.open_id))
}
