//! What a synchronisation brought: the profile's figures and the latest videos.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::{AccountId, Hidden};

use super::{AccountRecord, Accounts, Profile, tenant_pk};
use crate::item::{Item, key, read, text};
use crate::transact::put;
use crate::{Conflict, StoreError, Write};

/// An account's latest videos, as TikTok reported them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncedVideos {
    /// A list as JSON text.
    pub json: Hidden<String>,
    /// When they were fetched.
    pub synced_at: Timestamp,
}

impl Accounts {
    /// Keeps a synchronisation. The videos have an item of their own, so that tokens stay quick to read.
    /// Nothing is kept of an account that was disconnected meanwhile.
    pub async fn keep_synced(
        &self,
        account: &AccountRecord,
        profile: &Profile,
        videos: &SyncedVideos,
    ) -> Result<Write<(), Conflict<AccountRecord>>, StoreError> {
        let profile = serde_dynamo::to_attribute_value(profile)?;
        let update = self
            .update(account)
            .set("profile", profile)
            .set("synced_at", text(videos.synced_at.to_string()))
            .when("attribute_exists(pk)");
        let mut item: Item = serde_dynamo::to_item(videos)?;
        item.extend(key(tenant_pk(&account.tenant), videos_sk(&account.id)));
        let items = vec![update.in_transaction()?, put(&self.table, item)?];
        Ok(if self.transact(items).await?.is_done() { Write::Done(()) } else { Write::Refused(Conflict::Gone) })
    }

    /// What the last synchronisation brought, if there was one.
    pub async fn synced(&self, account: &AccountRecord) -> Result<Option<SyncedVideos>, StoreError> {
        self.item(&tenant_pk(&account.tenant), &videos_sk(&account.id)).await?.map(read).transpose()
    }
}

pub(super) fn videos_sk(account: &AccountId) -> String {
    format!("VIDEOS#{account}")
}
