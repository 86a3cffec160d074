//! The accounts table: connected TikTok accounts with their sealed tokens, and authorizations under way.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | account | `TENANT#{tenant}` | `ACC#{account}` |
//! | which account a TikTok user is, in this tenant, or the pace that it left | `TENANT#{tenant}` | `OPENID#{open_id}` |
//! | the latest videos, as of the last synchronisation | `TENANT#{tenant}` | `VIDEOS#{account}` |
//! | brand | `TENANT#{tenant}` | `BRAND#{id}` |
//! | how many brands there are, but for the tenant's own one | `TENANT#{tenant}` | `COUNT#BRANDS` |
//! | registered redirect URI | `TENANT#{tenant}` | `REDIRECT#{id}` |
//! | invite | `TENANT#{tenant}` | `INVITE#{id}` |
//! | whose invite a token is | `INVITE#{sha-256 of the token, hex}` | `INVITE` |
//! | how many there are of a kind, at most | `TENANT#{tenant}` | `TALLY#{kind}` |
//! | what the double of TikTok keeps in mind | `DOUBLE#{test space}` | the note's name |
//! | guard against a repeated request | `GUARD#{what}` | `GUARD` |
//! | authorization under way | `STATE#{sha-256 of the state, hex}` | `STATE` |
//!
//! The index `by_open_id` finds the accounts of a TikTok user in all tenants, `refresh_due` those whose tokens are to
//! be renewed; only account items carry their keys.
//!
//! An account's `version` is the generation of its tokens: every new pair counts it up, and every write that
//! judges or replaces the tokens is conditional on it. So a late answer about old tokens can't touch new ones. The
//! account's pace has a `pace_version` of its own, so that tokens and posts do not get into each other's way.

mod asking;
mod authorization;
mod brand_records;
mod brands;
mod connect;
mod double_notes;
mod due;
mod going;
mod going_brands;
mod invites;
mod log_entries;
mod open_ids;
mod pace;
mod pulls;
mod record;
mod redirect_uris;
mod refresh;
mod status_calls;
mod synced;
mod tally;
pub mod view;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{ReturnValue, TransactWriteItem};
use jiff::Timestamp;
use slipway_domain::{AccountId, BrandId, OpenId, Reach, TenantId};

pub use asking::{CreatorAnswer, Question};
pub use authorization::{Authorization, AuthorizationEnd, AuthorizationUse, Flow, NotTaken, Taken};
pub use brand_records::{BrandRecord, NotBranded};
pub use connect::{Connected, Connection, NotConnected};
pub use due::{DueAccounts, DueCursor, REFRESH_SHARDS, refresh_at};
pub use going_brands::{GoingBrand, MediaWalk, NotClosed};
pub use invites::{InviteRecord, NotInvited};
pub use open_ids::{LeftPace, Owner};
pub use pace::PaceWrite;
pub use record::{
    AccountRecord, AccountStatus, CachedCreatorInfo, CreatorRefused, Profile, RefreshClaim, SealedTokens,
};
pub use redirect_uris::{NotRegistered, RedirectUriRecord};
pub use refresh::{Claimed, NotClaimed};
pub use status_calls::CallNotCounted;
pub use synced::SyncedVideos;

use crate::events::Events;
use crate::guards::Guards;
use crate::item::{Item, TENANT, get, ids, key, number, read, seconds, tenant_pk, text};
use crate::pages::{self, Most, all_items};
use crate::transact::transact;
use crate::update::Update;
use crate::{Stale, StoreError, Write};

/// The accounts table.
#[derive(Debug, Clone)]
pub struct Accounts {
    client: Client,
    table: String,
    /// Where connections and losses are recorded, in the transaction that makes them so.
    events: Option<Events>,
    /// The table that says how many accounts a tenant has.
    counted_in: Option<String>,
}

/// A part of a tenant's accounts.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// The accounts, by id, which is by the time of their first connection.
    pub accounts: Vec<AccountRecord>,
    /// Where to go on, if there is more.
    pub next: Option<AccountId>,
}

/// What there is of an id for somebody.
#[derive(Debug, Clone)]
pub enum Found {
    /// This account, which is within reach.
    Within(Box<AccountRecord>),
    /// An account that is beyond it. Nobody is to learn of it.
    Beyond,
    /// No account of this id.
    Nothing,
}

impl Accounts {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, events: None, counted_in: None }
    }

    /// The same, counting a tenant's accounts in this tenants table: how many requests it may make goes by that.
    #[must_use]
    pub fn counted_in(self, tenants_table: String) -> Self {
        Self { counted_in: Some(tenants_table), ..self }
    }

    /// The account as it is now, if there is one of this id within reach.
    pub async fn get(&self, reach: &Reach, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        Ok(match self.look_for(reach, id).await? {
            Found::Within(account) => Some(*account),
            Found::Beyond | Found::Nothing => None,
        })
    }

    /// The same for who has something to end where nothing is left.
    pub async fn look_for(&self, reach: &Reach, id: &AccountId) -> Result<Found, StoreError> {
        let Some(account) = self.read_account(reach.tenant(), id).await? else { return Ok(Found::Nothing) };
        Ok(if reach.has(&account.brand_or_default()) { Found::Within(Box::new(account)) } else { Found::Beyond })
    }

    async fn read_account(&self, tenant: &TenantId, id: &AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.item(&tenant_pk(tenant), &account_sk(id)).await?.map(read).transpose()
    }

    /// Up to `limit` accounts behind `after` that are within reach. Of some brands they may be fewer although there are more:
    /// only so many are read.
    pub async fn list(
        &self,
        reach: &Reach,
        after: Option<&AccountId>,
        limit: usize,
    ) -> Result<AccountPage, StoreError> {
        let (tenant, brands) = (reach.tenant(), reach.brands());
        let mut query = pages::under(&self.client, &self.table, &tenant_pk(tenant), ACCOUNT);
        if !brands.is_empty() {
            let names: Vec<String> = (0..brands.len()).map(|index| format!(":brand{index}")).collect();
            // An account of an earlier version that was put into no brand says none.
            let own =
                if brands.contains(&BrandId::default_of(tenant)) { " OR attribute_not_exists(brand)" } else { "" };
            query = query.filter_expression(format!("brand IN ({}){own}", names.join(", ")));
            for (name, brand) in names.into_iter().zip(brands) {
                query = query.expression_attribute_values(name, text(brand.as_str()));
            }
        }
        // A filter may take away most of what is read.
        let at_once = (!brands.is_empty()).then_some(FILTERED_AT_ONCE);
        let after = after.map(|id| key(tenant_pk(tenant), account_sk(id)));
        let most = Most { limit, at_once, examined: MOST_EXAMINED };
        let (accounts, next) = pages::kept(query, after, most, |item| read(item).map(Some)).await?;
        let next = next.as_ref().map(read_keys).transpose()?.map(|(_, id)| id);
        Ok(AccountPage { accounts, next })
    }

    /// Where a TikTok user is connected, in whatever tenants. The index is eventually consistent.
    pub async fn by_open_id(&self, open_id: &OpenId) -> Result<Vec<(TenantId, AccountId)>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_open_id")
            .key_condition_expression("open_id = :open_id")
            .expression_attribute_values(":open_id", text(open_id.as_str()));
        all_items(query).await?.iter().map(read_keys).collect()
    }

    /// Notes that the account was used. Whoever calls it decides how often that is worth a write. An account that
    /// had not been used lately is from now on renewed as one that is. Nothing is written if its tokens are of
    /// another generation than `account`'s by now.
    pub async fn touch(&self, account: &AccountRecord, now: Timestamp) -> Result<Write<(), Stale>, StoreError> {
        let next = refresh_at(&account.tokens, now, now);
        // What is planned earlier stays: it was computed when the tokens' whole life was known.
        let sooner = account.refresh_at.is_none_or(|planned| next < planned);
        let mut update = self
            .update(account)
            .set("last_used_at", text(now.to_string()))
            .when("#version = :seen AND #status.#name = :active")
            .with(":seen", number(account.version))
            .with(":active", text(AccountStatus::ACTIVE));
        if sooner {
            update =
                update.set("refresh_shard", text(due::SHARDS.of(account.id.as_str()))).set("refresh_at", seconds(next));
        }
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }

    /// The guards against doing the same twice.
    pub fn guards(&self) -> Guards {
        Guards::of(&self.client, &self.table)
    }

    /// An update of the account's item.
    fn update(&self, account: &AccountRecord) -> Update {
        Update::of(&self.table, key(tenant_pk(&account.tenant), account_sk(&account.id)))
    }

    /// Writes everything if the conditions hold.
    async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<Write<(), Stale>, StoreError> {
        Ok(transact(&self.client, items).await?.bare())
    }

    async fn item(&self, pk: &str, sk: &str) -> Result<Option<Item>, StoreError> {
        get(&self.client, &self.table, key(pk, sk)).await
    }
}

/// How often a count is tried that others change at the same moment.
const ACCOUNT_TRIES: u32 = 5;
/// How many items are read at once where only some of them are wanted.
const FILTERED_AT_ONCE: usize = 100;
/// The most items that one call reads.
const MOST_EXAMINED: usize = 500;

const ACCOUNT: &str = "ACC#";
const OPEN_ID: &str = "OPENID#";

fn account_sk(account: &AccountId) -> String {
    format!("{ACCOUNT}{account}")
}

fn open_id_sk(open_id: &OpenId) -> String {
    format!("{OPEN_ID}{open_id}")
}

/// What came of a write of an account, out of the items that the update answered.
fn written(write: Write<Item, Option<Item>>) -> Result<Write<AccountRecord>, StoreError> {
    Ok(match write {
        Write::Done(item) => Write::Done(read(item)?),
        Write::Refused(met) => Write::Refused(met.map(read::<AccountRecord>).transpose()?.into()),
    })
}

/// How far a record reaches that names these brands or, if it names none, its whole tenant.
fn reach_of<'a>(tenant: &TenantId, brands: impl IntoIterator<Item = &'a BrandId>) -> Reach {
    Reach::limited_to(tenant.clone(), brands.into_iter().cloned().collect())
}

fn read_keys(item: &Item) -> Result<(TenantId, AccountId), StoreError> {
    ids(item, TENANT, ACCOUNT).ok_or_else(|| StoreError::unreadable("an indexed item is no account"))
}
