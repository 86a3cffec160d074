//! The `due` index: every target that must be looked at by a certain time, whatever else happens.

use jiff::Timestamp;
use slipway_domain::{AccountId, PostId};

use super::{Posts, key_of};
use crate::{StoreError, shards};

/// A target whose time has come. The index lags: read the target itself before acting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTarget {
    /// The post.
    pub post: PostId,
    /// The account.
    pub account: AccountId,
}

impl Posts {
    /// Targets that are due by `now`, the oldest of each shard first, at most `most` a shard.
    pub async fn due(&self, now: Timestamp, most: i32) -> Result<Vec<DueTarget>, StoreError> {
        let keys = shards::due(&self.client, &self.table, now, most).await?;
        Ok(keys.iter().filter_map(key_of).map(|(post, account)| DueTarget { post, account }).collect())
    }
}
