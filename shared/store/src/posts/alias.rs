//! Aliases: what else a target is found by than the publish that counts and its first video. Each is an item of its own in
//! the same indexes, written in the transaction after which the target's own item does not say it any more.

use aws_sdk_dynamodb::types::TransactWriteItem;
use slipway_domain::{AccountId, PostId};

use super::{POST, TargetRecord, pk};
use crate::StoreError;
use crate::item::{Item, key, text, text_of};
use crate::update::Update;

const ALIAS: &str = "ALIAS#";
/// The most aliases of one write: a transaction has its limit.
const AT_ONCE: usize = 50;

/// The aliases that the target needs after this write.
pub(super) fn of(table: &str, read: &TargetRecord, next: &TargetRecord) -> Result<Vec<TransactWriteItem>, StoreError> {
    let left = read.publish_id().filter(|id| next.publish_id() != Some(*id)).map(|id| ("publish_id", id.as_str()));
    let known = read.state.other_video_ids();
    let videos = next.state.other_video_ids().iter().filter(|id| !known.contains(id));
    let all = left.into_iter().chain(videos.map(|id| ("video_id", id.as_str())));
    let item = |(name, id): (&str, &str)| {
        let sk = format!("{ALIAS}{}#{id}", next.account);
        // An upsert: whoever may change targets may write these, too.
        Update::of(table, key(pk(&next.post), sk)).set(name, text(id)).in_transaction()
    };
    all.take(AT_ONCE).map(item).collect()
}

/// The post and the account in an alias's key.
pub(super) fn ids(item: &Item) -> Option<(PostId, AccountId)> {
    let post = text_of(item, "pk")?.strip_prefix(POST)?.parse().ok()?;
    let (account, _) = text_of(item, "sk")?.strip_prefix(ALIAS)?.split_once('#')?;
    Some((post, account.parse().ok()?))
}
