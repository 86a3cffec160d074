//! The `due` index: every target that must be checked by a certain time, whatever else happens.
//!
//! It has two families of partitions. In the one stand the targets that wait for their own time, under that very time; in
//! the other all that somebody is at work on, or should be, under the time at which it counts as left behind. So what is
//! to begin soon is read ahead of its time, and a worker's target is not.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use slipway_domain::schedule::own_time;
use slipway_domain::{AccountId, PostId, TenantId};

use super::{Posts, TargetRecord, key_of, pk, target_sk};
use crate::item::{Item, key, read, seconds, text, text_of};
use crate::update::Update;
use crate::{Epoch, Stale, StoreError, Write, shards};

/// A target that is due. The index lags: what is done about it is done on a condition, or after reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTarget {
    /// Whose, if the index says so.
    pub tenant: Option<TenantId>,
    /// The post.
    pub post: PostId,
    /// The account.
    pub account: AccountId,
    /// When.
    pub at: Epoch,
}

impl DueTarget {
    fn read(item: &Item) -> Option<Self> {
        let (post, account) = key_of(item)?;
        let tenant = text_of(item, "tenant").and_then(|tenant| tenant.parse().ok());
        Some(Self { tenant, post, account, at: shards::due_at(item)? })
    }
}

impl Posts {
    /// Targets that may have been left behind by `now`, the oldest first, at most `most` a shard and some of the newest.
    pub async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<DueTarget>, StoreError> {
        let items = shards::due(&self.client, &self.table, shards::DUE, now, most).await?;
        Ok(items.iter().filter_map(DueTarget::read).collect())
    }

    /// Targets that wait for their own time and whose time comes until `by`, the oldest first, at most `most` a shard and
    /// some of the newest.
    pub async fn beginning(&self, by: Timestamp, most: usize) -> Result<Vec<DueTarget>, StoreError> {
        let items = shards::due(&self.client, &self.table, shards::OWN_TIME, by, most).await?;
        Ok(items.iter().filter_map(DueTarget::read).collect())
    }

    /// Notes that the message about a target that waits for its own time is under way: from now on it is due at `net`.
    /// Answers the target, unless it has another time since it was read, or somebody else has noted it.
    ///
    /// Nothing of its state changes, so it can still be changed or cancelled, and whoever receives the message asks what
    /// it is by then. That is why it need not be read before.
    pub async fn hand_over(&self, due: &DueTarget, net: Timestamp) -> Result<Write<TargetRecord, Stale>, StoreError> {
        let update = Update::of(&self.table, key(pk(&due.post), target_sk(&due.account)))
            .set("due_at", seconds(net))
            .set("due_shard", text(shards::DUE.of(due.post.as_str())))
            .increment("version")
            .when("#due_shard = :waits AND #due_at = :seen")
            .with(":waits", text(shards::OWN_TIME.of(due.post.as_str())))
            .with(":seen", seconds(due.at));
        match update.send(&self.client, ReturnValue::AllNew).await? {
            Write::Done(item) => read(item).map(Write::Done),
            Write::Refused(_) => Ok(Write::Refused(Stale)),
        }
    }
}

/// The partition of the index in which a target stands.
pub(super) fn shard_of(target: &TargetRecord) -> Option<AttributeValue> {
    let due_at = target.due_at?;
    let waits = own_time(&target.state).is_some_and(|at| Epoch::from(at) == due_at);
    let shards = if waits { shards::OWN_TIME } else { shards::DUE };
    Some(text(shards.of(target.post.as_str())))
}
