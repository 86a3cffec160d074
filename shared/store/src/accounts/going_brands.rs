//! Brands that are being deleted: what says so, until the last of what was theirs is gone.
//!
//! The record is written with the mark on the brand, and goes last. All of them stand in one partition: there are few at
//! a time, and whoever looks for them reads them as they are now.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::to_attribute_value;
use slipway_domain::limits::GOING_BRANDS_PER_TENANT;
use slipway_domain::{AccountId, BrandId, MediaId, Reach, TenantId};

use super::brand_records::brand_sk;
use super::{Accounts, reach_of, tenant_pk};
use crate::item::{Item, key, number, read, seconds};
use crate::pages::due_items;
use crate::transact::{delete_read, did_not_hold, put_new, transact};
use crate::update::Update;
use crate::{Epoch, Stale, StoreError, Write};

/// A brand that is being deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoingBrand {
    /// Whose it is, live or test.
    pub tenant: TenantId,
    /// Which.
    pub brand: BrandId,
    /// When its deletion was begun.
    pub began_at: Timestamp,
    /// Accounts that may be forgotten by now, while posts still wait for them.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
    /// How far the tenant's media was walked over for it.
    #[serde(default)]
    pub media: MediaWalk,
    /// When it is gone on with. Whoever is at it writes a later time first.
    pub due_at: Epoch,
    /// Counts its writes.
    pub version: u64,
}

impl GoingBrand {
    /// What the brand has.
    pub fn reach(&self) -> Reach {
        reach_of(&self.tenant, [&self.brand])
    }
}

/// A walk over a tenant's media, which takes as many runs as there is much of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaWalk {
    /// Behind which media it goes on; nothing at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<MediaId>,
    /// Whether some of the brand's media was left on the way, because a post needs it or somebody else was at it.
    #[serde(default)]
    pub has_left: bool,
}

/// Why a brand is not being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotClosed {
    /// There is none within reach, or none any more.
    NoSuchBrand,
    /// It is the one that a tenant has from the beginning, which stays.
    Default,
    /// [`GOING_BRANDS_PER_TENANT`] of the tenant's are on their way already.
    TooMany,
}

/// All of them.
const GOING: &str = "GOING_BRANDS";

impl Accounts {
    /// Begins to delete a brand: no account joins it any more, and nobody sees it. Answers what is left to do, for which
    /// the caller has until `due_at`. Safe to repeat.
    pub async fn close_brand(
        &self,
        reach: &Reach,
        brand: &BrandId,
        now: Timestamp,
        due_at: Timestamp,
    ) -> Result<Write<GoingBrand, NotClosed>, StoreError> {
        if !reach.has(brand) {
            return Ok(Write::Refused(NotClosed::NoSuchBrand));
        }
        let tenant = reach.tenant();
        if *brand == BrandId::default_of(tenant) {
            return Ok(Write::Refused(NotClosed::Default));
        }
        let going = GoingBrand {
            tenant: tenant.clone(),
            brand: brand.clone(),
            began_at: now,
            accounts: Vec::new(),
            media: MediaWalk::default(),
            due_at: Epoch::from(due_at),
            version: 0,
        };
        let mut item: Item = serde_dynamo::to_item(&going)?;
        item.extend(going_key(tenant, brand));
        let room = self.counts_going(tenant, 1).with_room("going", 1, GOING_BRANDS_PER_TENANT);
        let items = vec![self.closes(tenant, brand)?, put_new(&self.table, item)?, room.in_transaction()?];
        let Write::Refused(reasons) = transact(&self.client, items).await? else { return Ok(Write::Done(going)) };
        if let [closes, new, room] = reasons.as_slice()
            && did_not_hold(room)
            && !did_not_hold(closes)
            && !did_not_hold(new)
        {
            return Ok(Write::Refused(NotClosed::TooMany));
        }
        // It is not there, or somebody has begun already. Where the brand itself is gone, only the job has things to do.
        let begun = match self.item(&tenant_pk(tenant), &brand_sk(brand)).await? {
            Some(_) => self.item(GOING, &going_sk(tenant, brand)).await?,
            None => None,
        };
        Ok(match begun {
            Some(begun) => Write::Done(read(begun)?),
            None => Write::Refused(NotClosed::NoSuchBrand),
        })
    }

    /// The deletions of brands that are to be gone on with by `by`, the most overdue first.
    pub async fn going_brands(&self, by: Timestamp) -> Result<Vec<GoingBrand>, StoreError> {
        let mut due: Vec<GoingBrand> = due_items(&self.client, &self.table, GOING, Epoch::from(by)).await?;
        due.sort_by_key(|going| going.due_at);
        Ok(due)
    }

    /// Writes how far a deletion is, if it is still as it was read. Answers it as it is then.
    pub async fn note_going(
        &self,
        going: &GoingBrand,
        accounts: Vec<AccountId>,
        due_at: Timestamp,
    ) -> Result<Write<GoingBrand, Stale>, StoreError> {
        let next = GoingBrand { accounts, due_at: Epoch::from(due_at), version: going.version + 1, ..going.clone() };
        let update = Update::of(&self.table, going_key(&going.tenant, &going.brand))
            .set("accounts", to_attribute_value(&next.accounts)?)
            .set("due_at", seconds(next.due_at))
            .set("version", number(next.version))
            .when("#version = :read")
            .with(":read", number(going.version));
        Ok(update.send(&self.client, ReturnValue::None).await?.bare().map(|()| next))
    }

    /// Writes how far the walk over the media is, and when it is gone on with, if the deletion is still as it was read.
    pub async fn note_media_walk(
        &self,
        going: &GoingBrand,
        walk: &MediaWalk,
        due_at: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let update = Update::of(&self.table, going_key(&going.tenant, &going.brand))
            .set("media", to_attribute_value(walk)?)
            .set("due_at", seconds(due_at))
            .increment("version")
            .when("#version = :read")
            .with(":read", number(going.version));
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }

    /// Ends a deletion, if it is still as it was read.
    pub async fn end_going(&self, going: &GoingBrand) -> Result<Write<(), Stale>, StoreError> {
        let ends = || delete_read(&self.table, going_key(&going.tenant, &going.brand), "version", going.version);
        // Where the tenant has gone meanwhile, so has the count; and what was begun by an earlier version was not counted.
        let counted = self.counts_going(&going.tenant, -1).when("#going > :none").with(":none", number(0));
        let items = vec![ends()?, counted.in_transaction()?];
        Ok(match transact(&self.client, items).await? {
            Write::Refused(reasons) if !reasons.first().is_some_and(did_not_hold) => {
                transact(&self.client, vec![ends()?]).await?.bare()
            }
            ended => ended.bare(),
        })
    }
}

/// Test brands of two tenants may have the same name.
fn going_sk(tenant: &TenantId, brand: &BrandId) -> String {
    format!("{tenant}#{brand}")
}

fn going_key(tenant: &TenantId, brand: &BrandId) -> Item {
    key(GOING, going_sk(tenant, brand))
}
