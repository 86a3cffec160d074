//! Deleting a tenant: what says that it is under way, and its end.
//!
//! The record of a deletion is the first thing that is written and, with the tenant, the last one that goes. All of them
//! stand in one partition: there are few at a time, and whoever looks for them reads them as they are now.

use std::time::Instant;

use aws_sdk_dynamodb::types::ReturnValue;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::to_attribute_value;
use slipway_domain::TenantId;

use super::{KEY, NotDecided, TenantRecord, TenantState, Tenants, email_key, tenant_key, tenant_pk};
use crate::erase::{self, Erased};
use crate::item::{Item, flag, key, number, seconds};
use crate::pages::due_items;
use crate::transact::{delete, delete_read, transact};
use crate::update::Update;
use crate::{Epoch, NotThere, Stale, StoreError, Write};

/// A tenant that is being deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionRecord {
    /// Which.
    pub tenant: TenantId,
    /// Its owner's address.
    pub email: String,
    /// When it was begun.
    pub began_at: Timestamp,
    /// When something of the tenant was found last.
    pub found_at: Timestamp,
    /// When it is gone on with. Whoever is at it writes a later time first.
    pub due_at: Epoch,
    /// Counts its writes.
    pub version: u64,
}

/// All deletions under way.
const DELETIONS: &str = "DELETIONS";
/// How many keys are read at once.
const KEYS_AT_ONCE: usize = 100;

impl Tenants {
    /// Begins to delete the tenant: from now on none of its keys opens anything. Answers it as it is then. Safe to repeat:
    /// where the deletion is under way already it is answered, too.
    pub async fn begin_deletion(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Write<TenantRecord, NotThere>, StoreError> {
        let Some(known) = self.tenant(tenant).await? else { return Ok(Write::Refused(NotThere)) };
        let mark = Update::of(&self.table, tenant_key(tenant))
            .set("deleting_since", to_attribute_value(now)?)
            .set("is_suspended", flag(true))
            .add("version", number(1))
            .when("attribute_exists(pk) AND attribute_not_exists(#deleting_since)");
        let deletion = DeletionRecord {
            tenant: tenant.clone(),
            email: known.email,
            began_at: now,
            found_at: now,
            due_at: Epoch::from(now),
            version: 0,
        };
        let items = vec![mark.in_transaction()?, self.put_new(&deletion, deletion_key(tenant))?];
        // Where it is refused somebody has begun already.
        transact(&self.client, items).await?.either_way();
        Ok(match self.decide(tenant, TenantState::suspended(true), now).await? {
            Write::Done(going) => Write::Done(going),
            Write::Refused(NotDecided::NoSuchTenant | NotDecided::IsGoing) => Write::Refused(NotThere),
        })
    }

    /// The deletions that are to be gone on with by `by`, the most overdue first.
    pub async fn due_deletions(&self, by: Timestamp) -> Result<Vec<DeletionRecord>, StoreError> {
        let mut found: Vec<DeletionRecord> = due_items(&self.client, &self.table, DELETIONS, Epoch::from(by)).await?;
        found.sort_by_key(|deletion| deletion.due_at);
        Ok(found)
    }

    /// Writes how far a deletion is, if it is still as it was read. Answers it as it is then.
    pub async fn note_deletion(
        &self,
        deletion: &DeletionRecord,
        found_at: Timestamp,
        due_at: Timestamp,
    ) -> Result<Write<DeletionRecord, Stale>, StoreError> {
        let next =
            DeletionRecord { found_at, due_at: Epoch::from(due_at), version: deletion.version + 1, ..deletion.clone() };
        let update = Update::of(&self.table, deletion_key(&deletion.tenant))
            .set("found_at", to_attribute_value(found_at)?)
            .set("due_at", seconds(next.due_at))
            .set("version", number(next.version))
            .when("#version = :read")
            .with(":read", number(deletion.version));
        Ok(update.send(&self.client, ReturnValue::None).await?.bare().map(|()| next))
    }

    /// Erases the keys of a space with all their secrets. Begins no page after `until`.
    pub async fn erase_keys(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        let mut erased = Erased::NOTHING;
        loop {
            if Instant::now() >= until {
                return Ok(Erased { is_all: false, ..erased });
            }
            let (keys, more) = self.keys(space, None, KEYS_AT_ONCE).await?;
            // Each with its secrets, which only the list leads to, and if nobody has changed it since it was read.
            let gone = try_join_all(keys.iter().map(|key| Box::pin(self.remove_key(key, None)))).await?;
            erased = erased.and(Erased { items: keys.len(), is_all: gone.iter().all(Write::is_done) });
            if !more || !erased.is_all {
                return Ok(erased);
            }
        }
    }

    /// Erases what else this table holds about one of the tenant's spaces, but for the tenant itself and its keys, whose
    /// secrets would be found by nobody. Begins no page after
    /// `until`.
    pub async fn erase_rest(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        erase::partition(&self.client, &self.table, &tenant_pk(space), &["TENANT", KEY], until).await
    }

    /// Ends a deletion: the tenant, its address and the record of the deletion go together.
    pub async fn end_deletion(&self, deletion: &DeletionRecord) -> Result<Write<(), Stale>, StoreError> {
        let items = vec![
            // A twin may have ended it before, and the address may be a new tenant's by now.
            delete_read(&self.table, deletion_key(&deletion.tenant), "version", deletion.version)?,
            delete(&self.table, tenant_key(&deletion.tenant))?,
            delete(&self.table, email_key(&deletion.email))?,
        ];
        Ok(transact(&self.client, items).await?.bare())
    }
}

fn deletion_key(tenant: &TenantId) -> Item {
    key(DELETIONS, tenant.as_str())
}
