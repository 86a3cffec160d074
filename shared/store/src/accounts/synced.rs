//! What a synchronisation brought: the profile's figures and the latest videos.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::AccountId;

use super::{AccountRecord, Accounts, Item, Profile, account_sk, key, tenant_pk};
use crate::StoreError;

/// An account's latest videos, as TikTok told them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncedVideos {
    /// A list as JSON text.
    pub json: String,
    /// When they were fetched.
    pub synced_at: Timestamp,
}

impl Accounts {
    /// Keeps a synchronisation. The videos have an item of their own, so that tokens stay quick to read.
    ///
    /// Answers whether the account is still there; nothing is kept of one that was disconnected meanwhile.
    pub async fn keep_synced(
        &self,
        account: &AccountRecord,
        profile: &Profile,
        videos: &SyncedVideos,
    ) -> Result<bool, StoreError> {
        let pk = tenant_pk(&account.tenant);
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(&pk, &account_sk(&account.id))))
            .condition_expression("attribute_exists(pk)")
            .update_expression("SET profile = :profile")
            .expression_attribute_values(":profile", serde_dynamo::to_attribute_value(profile)?)
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        let mut item: Item = serde_dynamo::to_item(videos)?;
        item.extend(key(&pk, &videos_sk(&account.id)));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        let items =
            vec![TransactWriteItem::builder().update(update).build(), TransactWriteItem::builder().put(put).build()];
        self.transact(items).await
    }

    /// What the last synchronisation brought, if there was one.
    pub async fn synced(&self, account: &AccountRecord) -> Result<Option<SyncedVideos>, StoreError> {
        let item = self.item(&tenant_pk(&account.tenant), &videos_sk(&account.id)).await?;
        Ok(item.map(serde_dynamo::from_item).transpose()?)
    }
}

pub(super) fn videos_sk(account: &AccountId) -> String {
    format!("VIDEOS#{account}")
}
