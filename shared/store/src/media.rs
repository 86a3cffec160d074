//! The media table: videos and photos, from the promise of an upload to their deletion.
//!
//! | item | pk | sk | index |
//! |---|---|---|---|
//! | media | `TENANT#{tenant}` | `MED#{media}` | `due`: `due_shard`, `due_at` |
//! | how much a tenant keeps | `TENANT#{tenant}` | `USAGE` | |
//! | guard against a repeated request | `GUARD#{what}` | `GUARD` | |
//! | how far the bucket was compared | `BUCKET` | `ROUND` | |
//!
//! Ids sort by the time they were made, so a tenant's media is listed by time without an index.
//!
//! Every write is conditional on the `version` that was read, or on something that implies it, and increments it. One
//! exception: the sweep may postpone its next look without it. Only guards are deleted by a time-to-live: what media
//! takes of a tenant's storage is counted in the same transaction that makes, verifies or deletes it.

mod bucket;
mod due;
mod erase;
mod import;
mod leave_brand;
mod log_entries;
mod post_uses;
mod record;
mod removal;
mod storage_count;
mod verification;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use slipway_domain::{MediaId, Plans, Reach, TenantId};

pub use bucket::{BucketRound, ObjectNotCounted};
pub use import::{Import, ImportClaim, SourceUrl};
pub use post_uses::MediaUse;
pub use record::{MediaRecord, MultipartUpload};
pub use slipway_domain::media::{
    Allowed, Findings, Lifetimes, Measured, MediaReason, MediaState, ReasonCode, StoredObject,
};
pub use storage_count::{NoRoom, NotPut, Usage};
pub use verification::NotVerified;

use crate::events::Events;
use crate::guards::{Guard, Guards, Hindrance};
use crate::item::{Item, TENANT, get, ids, number, read, tenant_pk, text};
use crate::pages::{self, Most};
use crate::shards;
use crate::transact::{did_not_hold, met, put_new};
use crate::update::Update;
use crate::{StoreError, Write};

/// The media table.
#[derive(Debug, Clone)]
pub struct Media {
    client: Client,
    table: String,
    rules: MediaRules,
    /// Where it is recorded what media was found to be, in the transaction that writes it down.
    events: Option<Events>,
}

/// What the operator decides about media.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MediaRules {
    /// The plans of the deployment: how much a tenant may keep.
    pub plans: Plans,
    /// How long media is kept.
    pub lifetimes: Lifetimes,
}

/// A part of a tenant's media.
#[derive(Debug, Clone)]
pub struct MediaPage {
    /// The media, newest first.
    pub media: Vec<MediaRecord>,
    /// Where to go on, if there is more.
    pub next: Option<MediaId>,
}

/// Why somebody may not change media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOwn {
    /// There is none of this id within reach.
    Unknown,
    /// It is the whole tenant's, and the reach is limited to brands.
    Shared,
}

fn owned(reach: &Reach, found: Option<MediaRecord>) -> Result<MediaRecord, NotOwn> {
    let media = found.ok_or(NotOwn::Unknown)?;
    if reach.owns(&media.brands) { Ok(media) } else { Err(NotOwn::Shared) }
}

impl Media {
    /// The table by its physical name, without limits; see [`ruled_by`](Self::ruled_by).
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, rules: MediaRules::default(), events: None }
    }

    /// The same table under these rules.
    #[must_use]
    pub fn ruled_by(self, rules: MediaRules) -> Self {
        Self { rules, ..self }
    }

    /// The rules.
    pub const fn rules(&self) -> &MediaRules {
        &self.rules
    }

    /// The media as it is now, if there is any of this id within reach: to show it, and to make posts of it.
    pub async fn get(&self, reach: &Reach, id: &MediaId) -> Result<Option<MediaRecord>, StoreError> {
        Ok(self.get_also_deleting(reach, id).await?.filter(MediaRecord::is_there))
    }

    /// The same, and also media that is being deleted.
    pub async fn get_also_deleting(&self, reach: &Reach, id: &MediaId) -> Result<Option<MediaRecord>, StoreError> {
        let found: Option<MediaRecord> = self.item(key(reach.tenant(), id)).await?.map(read).transpose()?;
        Ok(found.filter(|media| reach.sees(&media.brands)))
    }

    /// The media as it is now, for who changes it.
    pub async fn own(&self, reach: &Reach, id: &MediaId) -> Result<Result<MediaRecord, NotOwn>, StoreError> {
        Ok(owned(reach, self.get(reach, id).await?))
    }

    /// The same, and also media that is being deleted: for who deletes it.
    pub async fn own_also_deleting(
        &self,
        reach: &Reach,
        id: &MediaId,
    ) -> Result<Result<MediaRecord, NotOwn>, StoreError> {
        let found = self.get_also_deleting(reach, id).await?;
        Ok(owned(reach, found.filter(|media| !media.is_tombstone)))
    }

    /// Keeps new media, and charges what it says that it takes. Safe to run twice: media that is there already stays
    /// as it is, and is charged once.
    pub async fn put(&self, record: &MediaRecord) -> Result<Write<(), NotPut>, StoreError> {
        self.put_once(record, None).await
    }

    /// The same, unless the guard of its request stands.
    pub async fn put_once(&self, record: &MediaRecord, guard: Option<&Guard>) -> Result<Write<(), NotPut>, StoreError> {
        let delta = storage_count::Delta { count: 1, before: 0, after: record.charged_bytes, plan: record.plan };
        let items = || {
            let count = self.count(&record.tenant, delta)?;
            Ok(std::iter::once(self.put_in_transaction(record)?).chain(count).collect())
        };
        let reasons = match self.guards().transact_made(guard, items, record.created_at).await? {
            Write::Done(()) => return Ok(Write::Done(())),
            Write::Refused(Hindrance::Repeated(repeated)) => return Ok(Write::Refused(NotPut::Repeated(repeated))),
            Write::Refused(Hindrance::Reasons(reasons)) => reasons,
        };
        match reasons.as_slice() {
            [there, ..] if did_not_hold(there) => Ok(Write::Done(())),
            [_, room] if did_not_hold(room) => self.not_counted(met(room), delta).map(Write::Refused),
            _ => Err(StoreError::refused("new media", &reasons)),
        }
    }

    /// The guards against making the same media twice.
    pub fn guards(&self) -> Guards {
        Guards::of(&self.client, &self.table)
    }

    fn put_in_transaction(&self, record: &MediaRecord) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(key(&record.tenant, &record.id));
        item.insert("due_shard".to_owned(), text(shards::DUE.of(record.id.as_str())));
        put_new(&self.table, item)
    }

    /// Up to `limit` media within reach that was made before `before`, or the newest. It may be less although there is more:
    /// only so much is read.
    pub async fn list(&self, reach: &Reach, before: Option<&MediaId>, limit: usize) -> Result<MediaPage, StoreError> {
        let tenant = reach.tenant();
        let query = self.query(tenant).scan_index_forward(false);
        let before = before.map(|id| key(tenant, id));
        // Media that is being deleted is read and not shown. There is rarely much of it, but of other brands there may be.
        let at_once = (!reach.is_whole()).then_some(FILTERED_AT_ONCE);
        let most = Most { limit, at_once, examined: MOST_EXAMINED };
        let there =
            |item| Ok(Some(read(item)?).filter(|media: &MediaRecord| media.is_there() && reach.sees(&media.brands)));
        let (media, next) = pages::kept(query, before, most, there).await?;
        let next = next.and_then(|key| ids::<TenantId, MediaId>(&key, TENANT, MEDIA)).map(|(_, id)| id);
        Ok(MediaPage { media, next })
    }

    fn query(&self, tenant: &TenantId) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        pages::under(&self.client, &self.table, &tenant_pk(tenant), MEDIA)
    }

    /// An update of the media's item.
    fn update(&self, record: &MediaRecord) -> Update {
        Update::of(&self.table, key(&record.tenant, &record.id))
    }

    /// The same, if it is still as `read` says and nobody deletes it.
    fn update_unchanged(&self, read: &MediaRecord) -> Update {
        self.update(read)
            .when("#version = :seen AND attribute_not_exists(deleting_since)")
            .with(":seen", number(read.version))
    }

    async fn item(&self, key: Item) -> Result<Option<Item>, StoreError> {
        get(&self.client, &self.table, key).await
    }
}

/// How many items are read at once for who is limited to brands: most of what is read may be others'.
const FILTERED_AT_ONCE: usize = 100;
/// The most items that one list reads.
const MOST_EXAMINED: usize = 500;

const MEDIA: &str = "MED#";

fn key(tenant: &TenantId, id: &MediaId) -> Item {
    crate::item::key(tenant_pk(tenant), format!("{MEDIA}{id}"))
}
