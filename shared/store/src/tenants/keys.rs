//! API keys: made, found, listed, changed, rotated and revoked.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use futures_util::future::try_join;
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;
use slipway_domain::lifetimes::ENDED_KEY_SECRET;
use slipway_domain::limits::KEYS_PER_MODE;
use slipway_domain::{Chain, KeyId, Mode, TenantId};

use super::requests::{CountedRequests, requests_key};
use super::{KEY, KeyHash, KeyRecord, TenantRecord, Tenants, hash_key, listed_key, tenant_key, tenant_pk};
use crate::batch::{self, Freshness};
use crate::events::LogEntry;
use crate::guards::{Guard, Hindrance, Repeated};
use crate::item::{EXPIRES_AT, Item, flag, key, number, read, seconds, text};
use crate::pages::{self, first_items};
use crate::transact::{delete, delete_read, met, put, put_over, transact};
use crate::update::Update;
use crate::{Stale, StoreError, Write};

/// Why a key was not added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyNotAdded {
    /// There are as many as there may be.
    TooMany,
    /// The tenant is another one than was read: its plan was changed at this moment.
    Changed,
    /// It is the repeat of an earlier request.
    Repeated(Repeated),
}

/// How many keys are read at once: more than there may be.
const ALL: usize = 1000;

impl Tenants {
    /// The key with this hash, whether it opens anything or not.
    pub async fn key(&self, hash: &KeyHash) -> Result<Option<KeyRecord>, StoreError> {
        let found: Option<KeyRecord> = self.get(hash_key(hash)).await?;
        Ok(found.map(|key| KeyRecord { hash: Some(hash.clone()), ..key }))
    }

    /// The key with this hash, and what was counted of the requests of the space that it says it opens, in one call. It is
    /// for the caller to verify that the key is that space's. The key goes before: it is read alone if need be, and a count
    /// that can't be read is an error of its own.
    pub async fn key_with_count(
        &self,
        hash: &KeyHash,
        claimed: &TenantId,
    ) -> Result<(Option<KeyRecord>, Result<CountedRequests, StoreError>), StoreError> {
        let wanted = [hash_key(hash), requests_key(claimed)].map(|key| (&self.table, key));
        let (items, is_unread) = match batch::read_once(&self.client, &wanted, Freshness::Now).await {
            Ok(read) => read,
            Err(error) => return Ok((self.key(hash).await?, Err(error))),
        };
        let (keys, counts): (Vec<_>, Vec<_>) =
            items.into_iter().map(|(_, item)| item).partition(|item| item.get("pk") == hash_key(hash).get("pk"));
        let count = match counts.into_iter().next() {
            Some(count) => read(count),
            None if is_unread => Err(StoreError::Busy(Chain::of("DynamoDB left a tenant's count unread"))),
            None => Ok(CountedRequests::default()),
        };
        if keys.is_empty() && is_unread {
            return Ok((self.key(hash).await?, count));
        }
        let key: Option<KeyRecord> = keys.into_iter().next().map(read).transpose()?;
        Ok((key.map(|key| KeyRecord { hash: Some(hash.clone()), ..key }), count))
    }

    /// A tenant's key as it stands in its list.
    pub async fn key_of(&self, tenant: &TenantId, id: &KeyId) -> Result<Option<KeyRecord>, StoreError> {
        self.get(listed_key(tenant, id)).await
    }

    /// All keys of a tenant, live ones and test ones.
    pub async fn all_keys(&self, tenant: &TenantId) -> Result<Vec<KeyRecord>, StoreError> {
        let [live, test] = tenant.spaces();
        let (live, test) =
            try_join(Box::pin(self.keys(&live, None, ALL)), Box::pin(self.keys(&test, None, ALL))).await?;
        Ok(live.0.into_iter().chain(test.0).collect())
    }

    /// Up to `limit` keys of a space behind `after`, in the order in which they were made, and whether there are more.
    pub async fn keys(
        &self,
        tenant: &TenantId,
        after: Option<&KeyId>,
        limit: usize,
    ) -> Result<(Vec<KeyRecord>, bool), StoreError> {
        let query = pages::under(&self.client, &self.table, &tenant_pk(tenant), KEY);
        let after = after.map(|after| key(tenant_pk(tenant), format!("{KEY}{after}")));
        let (items, more) = first_items(query, after, limit).await?;
        Ok((items.into_iter().map(read).collect::<Result<_, _>>()?, more))
    }

    /// Adds a key of this tenant as it was read, by its hash and to the list of its space, with the entry that tells of it,
    /// unless the request's guard stands or the space has [`KEYS_PER_MODE`].
    pub async fn add_key(
        &self,
        tenant: &TenantRecord,
        key: &KeyRecord,
        entry: Option<&LogEntry>,
        guard: Option<&Guard>,
        now: Timestamp,
    ) -> Result<Write<(), KeyNotAdded>, StoreError> {
        let counted = counter(key.tenant.mode());
        let room = Update::of(&self.table, tenant_key(&tenant.id))
            .add_up_to(counted, 1, KEYS_PER_MODE)
            .when("attribute_exists(pk)")
            // The key says what its tenant may.
            .when("(attribute_not_exists(#version) OR #version = :read)")
            .with(":read", number(tenant.version));
        let mut items = vec![
            room.in_transaction()?,
            self.put_new(key, hash_key(hash_of(key)?))?,
            self.put_new(key, listed_key(&key.tenant, &key.id))?,
        ];
        items.extend(self.log(entry)?);
        Ok(match self.guards().transact(guard, items, now).await? {
            Write::Done(()) => Write::Done(()),
            Write::Refused(Hindrance::Repeated(repeated)) => Write::Refused(KeyNotAdded::Repeated(repeated)),
            Write::Refused(Hindrance::Reasons(reasons)) => {
                let now: Option<TenantRecord> = reasons.first().and_then(met).cloned().map(read).transpose()?;
                let is_full = now.is_some_and(|tenant| tenant.keys_of(key.tenant.mode()) >= KEYS_PER_MODE);
                Write::Refused(if is_full { KeyNotAdded::TooMany } else { KeyNotAdded::Changed })
            }
        })
    }

    /// Writes what the key is called, may do and whether it opens anything, if it is still the one that was read, of
    /// which `next` is the next version. Its secrets are left as they are.
    pub async fn replace_key(
        &self,
        next: &KeyRecord,
        entry: Option<&LogEntry>,
        now: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let mut items = Vec::new();
        for update in self.updates(next, now)? {
            let update = update
                .set("name", text(&next.name))
                .set("scopes", to_attribute_value(&next.scopes)?)
                .set("brand_ids", to_attribute_value(&next.brand_ids)?)
                .set("is_active", flag(next.is_active));
            items.push(update.in_transaction()?);
        }
        items.extend(self.log(entry)?);
        Ok(transact(&self.client, items).await?.bare())
    }

    /// Gives the key, as it was read, the secret that `next` has, if it is still that one, and the request's guard does not
    /// stand.
    pub async fn rotate_key(
        &self,
        read: &KeyRecord,
        next: &KeyRecord,
        entry: Option<&LogEntry>,
        guard: Option<&Guard>,
        now: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let old = hash_of(read)?;
        let mut item: Item = serde_dynamo::to_item(next)?;
        item.extend(listed_key(&read.tenant, &read.id));
        let mut items = vec![
            put_over(&self.table, item, "version", read.version)?,
            self.put_new(next, hash_key(hash_of(next)?))?,
            match &next.previous {
                Some(previous) => {
                    let ends_at = Some(previous.until);
                    let mut item: Item = serde_dynamo::to_item(KeyRecord { ends_at, ..next.clone() })?;
                    item.extend(hash_key(old));
                    item.insert(EXPIRES_AT.to_owned(), seconds(previous.until + ENDED_KEY_SECRET));
                    put(&self.table, item)?
                }
                None => delete(&self.table, hash_key(old))?,
            },
        ];
        if let Some(before) = &read.previous {
            items.push(delete(&self.table, hash_key(&before.hash))?);
        }
        items.extend(self.log(entry)?);
        Ok(self.guards().transact(guard, items, now).await?.bare())
    }

    /// Revokes the key with all its secrets, if it is still the one that was read.
    pub async fn remove_key(&self, key: &KeyRecord, entry: Option<&LogEntry>) -> Result<Write<(), Stale>, StoreError> {
        let room = Update::of(&self.table, tenant_key(&key.tenant))
            .add(counter(key.tenant.mode()), number(-1))
            .when("attribute_exists(pk)");
        let mut items = vec![
            delete_read(&self.table, listed_key(&key.tenant, &key.id), "version", key.version)?,
            delete(&self.table, hash_key(hash_of(key)?))?,
            room.in_transaction()?,
        ];
        if let Some(before) = &key.previous {
            items.push(delete(&self.table, hash_key(&before.hash))?);
        }
        items.extend(self.log(entry)?);
        Ok(transact(&self.client, items).await?.bare())
    }

    /// Notes when the key was used. Whoever calls it decides how often that is worth a write. Refused if the key was
    /// revoked since it was read.
    pub async fn touch_key(&self, key: &KeyRecord, now: Timestamp) -> Result<Write<(), Stale>, StoreError> {
        let (at, hash): (AttributeValue, _) = (to_attribute_value(now)?, hash_of(key)?);
        let items = [hash_key(hash), listed_key(&key.tenant, &key.id)]
            .into_iter()
            .map(|item| {
                // A key of an earlier version does not say its hash in its tenant's list.
                let update = Update::of(&self.table, item).set("last_used_at", at.clone());
                let update = update.set_if_absent("hash", text(&hash.0));
                update.when("attribute_exists(pk)").in_transaction()
            })
            .collect::<Result<_, _>>()?;
        Ok(transact(&self.client, items).await?.bare())
    }

    /// Updates of every item of the key, that raise its version if it is still the one before `next`.
    pub(super) fn updates(&self, next: &KeyRecord, now: Timestamp) -> Result<Vec<Update>, StoreError> {
        let version = next.version.saturating_sub(1);
        let listed = Update::of(&self.table, listed_key(&next.tenant, &next.id));
        let mut updates = vec![listed.when(UNCHANGED).with(":read", number(version))];
        // A secret that is over may be deleted at any moment.
        let before = next.previous.iter().filter(|previous| previous.until > now).map(|previous| &previous.hash);
        for hash in std::iter::once(hash_of(next)?).chain(before) {
            updates.push(Update::of(&self.table, hash_key(hash)).when("attribute_exists(pk)"));
        }
        Ok(updates.into_iter().map(|update| update.set("version", number(next.version))).collect())
    }

    fn log(&self, entry: Option<&LogEntry>) -> Result<Option<TransactWriteItem>, StoreError> {
        let events = self.events.as_ref().zip(entry);
        events.map(|(events, entry)| events.in_transaction(entry)).transpose()
    }
}

/// Where a tenant's keys of this mode are counted: none of the spaces takes the other one's room.
const fn counter(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "keys",
        Mode::Test => "test_keys",
    }
}

/// A key is still the one that was read. Those of an earlier version do not say theirs.
const UNCHANGED: &str = "(attribute_exists(pk) AND (attribute_not_exists(#version) OR #version = :read))";

fn hash_of(key: &KeyRecord) -> Result<&KeyHash, StoreError> {
    key.hash.as_ref().ok_or_else(|| StoreError::unreadable("a key does not say by what its secret is known"))
}
