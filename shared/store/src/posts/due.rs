//! The `due` index: every target that must be looked at by a certain time, whatever else happens.

use jiff::Timestamp;
use slipway_domain::{AccountId, PostId};

use super::{Posts, key_of};
use crate::item::{number, text};
use crate::{Epoch, StoreError, shards};

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
        let mut found = Vec::new();
        for shard in shards::DUE.names() {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("due")
                .key_condition_expression("due_shard = :shard AND due_at <= :now")
                .expression_attribute_values(":shard", text(shard))
                .expression_attribute_values(":now", number(Epoch::from(now).0))
                .limit(most)
                .send()
                .await?;
            let keys = page.items.unwrap_or_default();
            found.extend(keys.iter().filter_map(key_of).map(|(post, account)| DueTarget { post, account }));
        }
        Ok(found)
    }
}
