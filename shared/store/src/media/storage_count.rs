//! How much a tenant keeps, counted in the same transactions that change it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use slipway_domain::limits::MEDIA_PER_TENANT;
use slipway_domain::{Plan, Plans, TenantId};

use super::{Measured, Media, MediaReason, ReasonCode, tenant_pk};
use crate::StoreError;
use crate::guards::Repeated;
use crate::item::{Item, key, number, read};
use crate::update::Update;

/// How much a tenant keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// How many media there are, whatever state they are in.
    #[serde(rename = "media_count")]
    pub count: u64,
    /// What they take, in bytes: of an upload that was announced with its size that size, of others what was found.
    #[serde(rename = "used_bytes")]
    pub bytes: u64,
}

/// The plan has no room for this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{size_bytes} more bytes do not fit: {used_bytes} of {limit_bytes} bytes are used")]
pub struct NoRoom {
    /// What the tenant keeps already.
    pub used_bytes: u64,
    /// What it may keep.
    pub limit_bytes: u64,
    /// What was to be added.
    pub size_bytes: u64,
}

impl NoRoom {
    /// The same as a reason why nothing is kept of a file.
    pub fn reason(&self, cure: &str) -> MediaReason {
        let left = self.limit_bytes.saturating_sub(self.used_bytes);
        MediaReason {
            code: ReasonCode::StorageQuota,
            message: format!("the file does not fit into the plan's storage, of which {left} bytes are left"),
            cure: cure.to_owned(),
            measured: Some(Measured::bytes(self.size_bytes)),
            allowed: None,
        }
    }
}

/// Why new media was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotPut {
    /// The plan has no room for it.
    NoRoom(NoRoom),
    /// The tenant has [`MEDIA_PER_TENANT`] items of media already.
    TooMany,
    /// The request that makes it repeats another one.
    Repeated(Repeated),
}

/// What a write changes in the tenant's usage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Delta {
    pub(super) count: i64,
    /// What it took before.
    pub(super) before: u64,
    /// What it takes now.
    pub(super) after: u64,
    /// The tenant's own plan, if it has one.
    pub(super) plan: Option<Plan>,
}

impl Media {
    /// The plans of the deployment.
    pub const fn plans(&self) -> &Plans {
        &self.rules.plans
    }

    /// How much a tenant may keep that has this plan of its own, or none, in bytes; nothing means as much as it likes.
    pub fn storage_limit(&self, own: Option<Plan>) -> Option<u64> {
        self.rules.plans.of(own).limits.storage_bytes
    }

    /// How much this tenant keeps.
    pub async fn usage(&self, tenant: &TenantId) -> Result<Usage, StoreError> {
        self.item(usage_key(tenant)).await?.map_or(Ok(Usage::default()), read)
    }

    /// The write that counts, as a part of a transaction; nothing if nothing changes. It is refused where it would go
    /// beyond the plan; whoever takes less than before is never refused.
    pub(super) fn count(&self, tenant: &TenantId, delta: Delta) -> Result<Option<TransactWriteItem>, StoreError> {
        let Delta { count, before, after, plan } = delta;
        if count == 0 && before == after {
            return Ok(None);
        }
        let more = after.saturating_sub(before);
        let mut update = Update::of(&self.table, usage_key(tenant))
            .add("used_bytes", number(i128::from(after) - i128::from(before)))
            .add("media_count", number(count));
        if let Some(more) = u64::try_from(count).ok().filter(|count| *count > 0) {
            update = update.with_room("media_count", more, MEDIA_PER_TENANT);
        }
        if let Some(limit) = self.storage_limit(plan).filter(|_| more > 0) {
            update = update.with_room("used_bytes", more, limit);
        }
        update.in_transaction().map(Some)
    }

    /// Why new media was not counted, out of the item that the count's condition met.
    pub(super) fn not_counted(&self, met: Option<&Item>, delta: Delta) -> Result<NotPut, StoreError> {
        let used = met.cloned().map_or(Ok(Usage::default()), read)?;
        let is_full = u64::try_from(delta.count).is_ok_and(|more| used.count.saturating_add(more) > MEDIA_PER_TENANT);
        Ok(if is_full { NotPut::TooMany } else { NotPut::NoRoom(self.no_room(met, delta)?) })
    }

    /// Why a count was refused, out of the item that its condition met.
    pub(super) fn no_room(&self, met: Option<&Item>, delta: Delta) -> Result<NoRoom, StoreError> {
        let used = met.cloned().map_or(Ok(Usage::default()), read)?;
        Ok(NoRoom {
            used_bytes: used.bytes,
            limit_bytes: self.storage_limit(delta.plan).unwrap_or(u64::MAX),
            size_bytes: delta.after.saturating_sub(delta.before),
        })
    }
}

fn usage_key(tenant: &TenantId) -> Item {
    key(tenant_pk(tenant), "USAGE")
}
