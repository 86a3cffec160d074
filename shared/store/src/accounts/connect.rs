//! Connecting, reconnecting and forgetting an account.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;
use slipway_domain::scopes::tiktok::Scopes;
use slipway_domain::{AccountId, BrandId, OpenId, Pace, TenantId};

use super::authorization::{AuthorizationEnd, Taken};
use super::due::{self, refresh_at};
use super::open_ids::Owner;
use super::synced::videos_sk;
use super::{ACCOUNT_TRIES, AccountRecord, AccountStatus, Accounts, Profile, SealedTokens, log_entries};
use super::{account_sk, tenant_pk};
use crate::guards::{Guard, Hindrance, Repeated};
use crate::item::{Item, key, number, seconds, text};
use crate::tenants::{one_account_less, one_account_more};
use crate::transact::{delete, delete_if, did_not_hold, put_new};
use crate::update::Update;
use crate::{Conflict, Epoch, Minute, StoreError, Write};

/// A TikTok user who has just authorized the app.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Into which tenant.
    pub tenant: TenantId,
    /// The id that [`Accounts::owner`] named, or a new one. The tokens are sealed for it.
    pub id: AccountId,
    /// The TikTok user.
    pub open_id: OpenId,
    /// Into which brand, if that was said. A known account stays in its own, and a new one is put into the one that its
    /// tenant has from the beginning.
    pub brand: Option<BrandId>,
    /// What TikTok reported about the user; nothing if it did not answer. A known account then keeps what it has.
    pub profile: Option<Profile>,
    /// What the user granted.
    pub scopes: Scopes,
    /// The tokens, sealed for `id`.
    pub tokens: SealedTokens,
    /// What the request is known by, if it may come again.
    pub guard: Option<Guard>,
    /// The authorization that it comes of, which ends with it.
    pub taken: Option<Taken>,
}

/// An account that was connected.
#[derive(Debug, Clone)]
pub enum Connected {
    /// A new account.
    New(Box<AccountRecord>),
    /// An account that was there already, with its new tokens.
    Again(Box<AccountRecord>),
}

/// Why an account was not connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotConnected {
    /// The user got, or lost, an account in this tenant at the same moment. Ask [`Accounts::owner`] again and seal the
    /// tokens for the id it names.
    Raced,
    /// The request repeats another one.
    Repeated(Repeated),
    /// Somebody else took the authorization over, and will end it.
    TakenOver,
    /// The user is an account of another brand, which stays as it is.
    OtherBrand,
    /// The brand that it was to join is being deleted, or gone.
    BrandGone,
    /// The tenant has as many accounts as it may have.
    TooMany,
}

type Connect = Write<Connected, NotConnected>;

impl Connection {
    /// What ends the authorization, as the first write of the transaction.
    fn end(&self, table: &str) -> Result<Option<TransactWriteItem>, StoreError> {
        let end = AuthorizationEnd::Connected(self.id.clone());
        self.taken.as_ref().map(|taken| taken.end(table, &end)?.in_transaction()).transpose()
    }

    fn hindered(&self, hindrance: Hindrance) -> Connect {
        Connect::Refused(match hindrance {
            Hindrance::Repeated(repeated) => NotConnected::Repeated(repeated),
            Hindrance::Reasons(reasons) if self.taken.is_some() && reasons.first().is_some_and(did_not_hold) => {
                NotConnected::TakenOver
            }
            Hindrance::Reasons(_) => NotConnected::Raced,
        })
    }
}

impl Accounts {
    /// Makes the account, or gives a known one its new tokens, if the user is still what [`Accounts::owner`] answered.
    /// Otherwise it is raced, and whoever asks who the user is now may try again: doing that twice with the same tokens is
    /// doing it once.
    pub async fn connect(&self, connection: &Connection, owner: Owner, now: Timestamp) -> Result<Connect, StoreError> {
        match owner {
            Owner::Account(id) if id == connection.id => self.connect_again(connection, now).await,
            Owner::Account(_) => Ok(Connect::Refused(NotConnected::Raced)),
            Owner::Left(left) if left.until > Epoch::from(now) => self.connect_new(connection, left.pace, now).await,
            Owner::Left(_) | Owner::Nobody => self.connect_new(connection, Pace::default(), now).await,
        }
    }

    async fn connect_new(&self, connection: &Connection, pace: Pace, now: Timestamp) -> Result<Connect, StoreError> {
        let record = AccountRecord {
            tenant: connection.tenant.clone(),
            id: connection.id.clone(),
            open_id: connection.open_id.clone(),
            brand: Some(connection.brand.clone().unwrap_or_else(|| BrandId::default_of(&connection.tenant))),
            profile: connection.profile.clone().unwrap_or_default(),
            scopes: connection.scopes.clone(),
            status: AccountStatus::Active,
            tokens: connection.tokens.clone(),
            version: 1,
            refresh_claim: None,
            creator_info: None,
            creator_refused: None,
            creator_free_at: None,
            synced_at: None,
            sync_free_at: None,
            pace,
            pace_version: 0,
            status_minute: Minute::default(),
            status_calls: 0,
            pulls: Vec::new(),
            created_at: now,
            connected_at: now,
            updated_at: now,
            last_used_at: now,
            refresh_at: Some(refresh_at(&connection.tokens, now, now)),
            refresh_failures: 0,
            is_going: false,
        };
        let entry = log_entries::connected(&record)?;
        let items = || {
            let mut account: Item = serde_dynamo::to_item(&record)?;
            account.extend(key(tenant_pk(&record.tenant), account_sk(&record.id)));
            account.insert("refresh_shard".to_owned(), text(due::SHARDS.of(record.id.as_str())));
            let mut items: Vec<_> = connection.end(&self.table)?.into_iter().collect();
            items.extend([put_new(&self.table, account)?, self.owns(&record, now)?]);
            items.push(self.joins(&record.tenant, record.brand.as_ref())?);
            let counted = self.counted_in.as_ref().map(|table| one_account_more(table, &record.tenant)).transpose()?;
            items.extend(counted);
            items.extend(self.log(std::slice::from_ref(&entry))?);
            Ok(items)
        };
        // Behind the authorization's end, the account and its owner.
        let brand = usize::from(connection.taken.is_some()) + 2;
        let count = brand + 1;
        let written = self.guards().transact_made(&connection.guard, items, now).await?;
        Ok(match written {
            Write::Done(()) => Connect::Done(Connected::New(Box::new(record))),
            Write::Refused(Hindrance::Reasons(reasons))
                if self.counted_in.is_some() && reasons.get(count).is_some_and(did_not_hold) =>
            {
                Connect::Refused(NotConnected::TooMany)
            }
            Write::Refused(Hindrance::Reasons(reasons)) if reasons.get(brand).is_some_and(did_not_hold) => {
                Connect::Refused(NotConnected::BrandGone)
            }
            Write::Refused(hindrance) => connection.hindered(hindrance),
        })
    }

    async fn connect_again(&self, connection: &Connection, now: Timestamp) -> Result<Connect, StoreError> {
        let Some(before) = self.read_account(&connection.tenant, &connection.id).await? else {
            return Ok(Connect::Refused(NotConnected::Raced));
        };
        if connection.brand.as_ref().is_some_and(|wanted| *wanted != before.brand_or_default()) {
            return Ok(Connect::Refused(NotConnected::OtherBrand));
        }
        let profile = connection.profile.clone().unwrap_or_else(|| before.profile.clone());
        let mut update = Update::of(&self.table, key(tenant_pk(&connection.tenant), account_sk(&connection.id)))
            .set("tokens", to_attribute_value(&connection.tokens)?)
            .set("scopes", to_attribute_value(&connection.scopes)?)
            .set("status", to_attribute_value(AccountStatus::Active)?)
            .increment("version")
            .set("connected_at", text(now.to_string()))
            .set("updated_at", text(now.to_string()))
            .set("last_used_at", text(now.to_string()))
            .set("refresh_shard", text(due::SHARDS.of(connection.id.as_str())))
            .set("refresh_at", seconds(refresh_at(&connection.tokens, now, now)))
            .remove("lease")
            .remove("refresh_failures")
            .when("attribute_exists(pk) AND #open_id = :open_id")
            .with(":open_id", text(connection.open_id.as_str()));
        if connection.profile.is_some() {
            update = update.set("profile", to_attribute_value(&profile)?);
        }
        let mut items: Vec<_> = connection.end(&self.table)?.into_iter().collect();
        items.push(update.in_transaction()?);
        let noted = AccountRecord { profile, connected_at: now, ..before };
        items.extend(self.log(&[log_entries::connected(&noted)?])?);
        if let Write::Refused(hindrance) = self.guards().transact(&connection.guard, items, now).await? {
            return Ok(connection.hindered(hindrance));
        }
        // A transaction answers nothing, so the account is read; whatever it is by now is as good.
        let after = self.read_account(&connection.tenant, &connection.id).await?;
        Ok(after.map_or(Connect::Refused(NotConnected::Raced), |account| {
            Connect::Done(Connected::Again(Box::new(account)))
        }))
    }

    /// Forgets the account, its tokens and its videos, if the tokens are still those that `account` shows. What its pace
    /// counts is left behind. Otherwise it was reconnected or refreshed meanwhile: look again.
    pub async fn forget(&self, account: &AccountRecord) -> Result<Write<(), Conflict<AccountRecord>>, StoreError> {
        let mut account = account.clone();
        for _ in 0..ACCOUNT_TRIES {
            let items = self.forgetting(&account, Timestamp::now())?;
            if self.transact(items).await?.is_done() {
                return Ok(Write::Done(()));
            }
            // Gone is gone, whoever did it.
            let Some(now) = self.read_account(&account.tenant, &account.id).await? else { return Ok(Write::Done(())) };
            let has_begun_more = now.version == account.version && now.pace_version != account.pace_version;
            account = now;
            if !has_begun_more {
                break;
            }
        }
        Ok(Write::Refused(Conflict::Changed(Box::new(account))))
    }

    fn forgetting(&self, account: &AccountRecord, now: Timestamp) -> Result<Vec<TransactWriteItem>, StoreError> {
        let pk = tenant_pk(&account.tenant);
        // What began after the pace was read would be counted nowhere.
        let as_read = "version = :version AND (attribute_not_exists(pace_version) OR pace_version = :pace_version)";
        let versions = [(":version", number(account.version)), (":pace_version", number(account.pace_version))];
        let mut items = vec![
            delete_if(&self.table, key(&pk, account_sk(&account.id)), as_read, versions)?,
            self.owns_no_more(account, now)?,
            delete(&self.table, key(&pk, videos_sk(&account.id)))?,
            self.leaves(&account.tenant, account.brand.as_ref())?,
        ];
        items.extend(self.counted_in.as_ref().map(|table| one_account_less(table, &account.tenant)).transpose()?);
        // An id is given out once, so an account is disconnected once.
        items.extend(self.log(&[log_entries::disconnected(account, now)?])?);
        Ok(items)
    }
}
