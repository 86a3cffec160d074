//! The accounts table: connected TikTok accounts with their sealed tokens, and authorizations under way.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | account | `TENANT#{tenant}` | `ACC#{account}` |
//! | which account a TikTok user is, in this tenant | `TENANT#{tenant}` | `OPENID#{open_id}` |
//! | the latest videos, as of the last synchronisation | `TENANT#{tenant}` | `VIDEOS#{account}` |
//! | registered redirect URI | `TENANT#{tenant}` | `REDIRECT#{id}` |
//! | invite | `TENANT#{tenant}` | `INVITE#{id}` |
//! | whose invite a token is | `INVITE#{sha-256 of the token, hex}` | `INVITE` |
//! | authorization under way | `STATE#{sha-256 of the state, hex}` | `STATE` |
//!
//! The index `by_open_id` finds the accounts of a TikTok user in all tenants, `refresh_due` those whose tokens are to
//! be renewed; only account items carry their keys.
//!
//! An account's `version` is the generation of its tokens: every new pair counts it up, and every write that
//! judges or replaces the tokens is conditional on it. So a late answer about old tokens can't touch new ones.

mod authorization;
mod connect;
mod due;
mod invites;
mod notes;
mod record;
mod redirect_uris;
mod refresh;
mod synced;
mod transact;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use slipway_domain::{AccountId, BrandId, OpenId, TenantId};

pub use authorization::{Authorization, Flow, Taken};
pub use connect::{Connect, Connection};
pub use due::{DueAccounts, DueCursor, REFRESH_SHARDS, refresh_at};
pub use invites::InviteRecord;
pub use record::{
    AccountRecord, AccountStatus, CachedCreatorInfo, Profile, ReconnectReason, RefreshLease, SealedTokens,
};
pub use redirect_uris::RedirectUriRecord;
pub use refresh::{Fenced, LeaseAnswer};
pub use synced::SyncedVideos;

use crate::StoreError;
use crate::events::Events;

/// The accounts table.
#[derive(Debug, Clone)]
pub struct Accounts {
    client: Client,
    table: String,
    /// Where connections and losses are recorded, in the transaction that makes them so.
    events: Option<Events>,
}

/// A part of a tenant's accounts.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// The accounts, by id, which is by the time of their first connection.
    pub accounts: Vec<AccountRecord>,
    /// Where to go on, if there is more.
    pub next: Option<AccountId>,
}

type Item = HashMap<String, AttributeValue>;

impl Accounts {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, events: None }
    }

    /// The account as it is now, or nothing if this tenant has none of this id.
    pub async fn get(&self, tenant: &TenantId, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        let item = self.item(&tenant_pk(tenant), &account_sk(id)).await?;
        item.map(AccountRecord::read).transpose()
    }

    /// Up to `limit` accounts behind `after`, of these brands or, if none is named, of all.
    pub async fn list(
        &self,
        tenant: &TenantId,
        brands: &[BrandId],
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<AccountPage, StoreError> {
        let mut accounts = Vec::new();
        // A sort key is only a place in the order: the account there may be gone by now.
        let mut start = after.map(|id| key(&tenant_pk(tenant), &account_sk(id)));
        loop {
            let mut query = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                .expression_attribute_values(":pk", text(tenant_pk(tenant)))
                .expression_attribute_values(":sk", text(ACCOUNT))
                .consistent_read(true)
                // One more than wanted tells whether there is more. A filter may take away most of what is read.
                .set_limit(if brands.is_empty() { i32::try_from(limit + 1).ok() } else { None })
                .set_exclusive_start_key(start);
            if !brands.is_empty() {
                let names: Vec<String> = (0..brands.len()).map(|index| format!(":brand{index}")).collect();
                query = query.filter_expression(format!("brand IN ({})", names.join(", ")));
                for (name, brand) in names.into_iter().zip(brands) {
                    query = query.expression_attribute_values(name, text(brand.as_str()));
                }
            }
            let answer = query.send().await?;
            for item in answer.items.unwrap_or_default() {
                if accounts.len() == limit {
                    let next = accounts.last().map(|account: &AccountRecord| account.id.clone());
                    return Ok(AccountPage { accounts, next });
                }
                accounts.push(AccountRecord::read(item)?);
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(AccountPage { accounts, next: None });
            }
        }
    }

    /// Where a TikTok user is connected, in whatever tenants. The index is eventually consistent.
    pub async fn by_open_id(&self, open_id: &OpenId) -> Result<Vec<(TenantId, AccountId)>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("by_open_id")
                .key_condition_expression("open_id = :open_id")
                .expression_attribute_values(":open_id", text(open_id.as_str()))
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for item in answer.items.unwrap_or_default() {
                found.push(read_keys(&item)?);
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Notes that the account was used. Whoever calls it decides how often that is worth a write. An account that
    /// had not been used lately is from now on renewed as one that is. Nothing is written if its tokens are of
    /// another generation than `account`'s by now.
    pub async fn touch(&self, account: &AccountRecord, now: Timestamp) -> Result<(), StoreError> {
        let next = refresh_at(&account.tokens, now, now);
        // What is planned earlier stays: it was computed when the tokens' whole life was known.
        let sooner = account.refresh_at.is_none_or(|planned| next < planned);
        let plan = if sooner { ", refresh_shard = :shard, refresh_at = :next" } else { "" };
        let mut update = self
            .update(account)
            .update_expression(format!("SET last_used_at = :now{plan}"))
            .condition_expression("version = :version AND #status.#name = :active")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":active", text(AccountStatus::ACTIVE))
            .expression_attribute_values(":version", number(account.version))
            .expression_attribute_values(":now", text(now.to_string()));
        if sooner {
            update = update
                .expression_attribute_values(":shard", text(due::shard(&account.id)))
                .expression_attribute_values(":next", number(next.as_second()));
        }
        conditional(update).await.map(drop)
    }

    /// Keeps TikTok's latest creator info for those who only need a recent one.
    pub async fn cache_creator_info(
        &self,
        account: &AccountRecord,
        info: &CachedCreatorInfo,
    ) -> Result<(), StoreError> {
        let update = self
            .update(account)
            .update_expression("SET creator_info = :info")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":info", serde_dynamo::to_attribute_value(info)?);
        conditional(update).await.map(drop)
    }

    /// An update of the account's item that answers with the item as it then is.
    fn update(&self, account: &AccountRecord) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&tenant_pk(&account.tenant), &account_sk(&account.id))))
            .return_values(ReturnValue::AllNew)
    }

    async fn item(&self, pk: &str, sk: &str) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(pk, sk)))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item)
    }
}

/// What became of a conditional write.
enum Conditional {
    /// The condition held. The item as the request's return values say: old or new.
    Held(Item),
    /// It did not hold; the item as it is, if there is one.
    Lost(Option<Item>),
}

async fn conditional(update: UpdateItemFluentBuilder) -> Result<Conditional, StoreError> {
    let sent =
        update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).send().await;
    match sent {
        Ok(answer) => Ok(Conditional::Held(answer.attributes.unwrap_or_default())),
        Err(error) => match error.as_service_error() {
            Some(aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(lost)) => {
                Ok(Conditional::Lost(lost.item.clone().filter(|item| !item.is_empty())))
            }
            _ => Err(error.into()),
        },
    }
}

const TENANT: &str = "TENANT#";
const ACCOUNT: &str = "ACC#";

fn tenant_pk(tenant: &TenantId) -> String {
    format!("{TENANT}{tenant}")
}

fn account_sk(account: &AccountId) -> String {
    format!("{ACCOUNT}{account}")
}

fn open_id_sk(open_id: &OpenId) -> String {
    format!("OPENID#{open_id}")
}

fn key(pk: &str, sk: &str) -> Item {
    Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

fn read_keys(item: &Item) -> Result<(TenantId, AccountId), StoreError> {
    let part = |name: &str, prefix: &str| -> Option<&str> { item.get(name)?.as_s().ok()?.strip_prefix(prefix) };
    let tenant = part("pk", TENANT).and_then(|id| id.parse().ok());
    let account = part("sk", ACCOUNT).and_then(|id| id.parse().ok());
    tenant.zip(account).ok_or_else(|| StoreError::Record("an indexed item is no account".to_owned()))
}
