//! Aliases: what else a target is found by than the publish that counts and its first video. Each is an item of its own in
//! the same indexes, written in the transaction after which the target's own item does not say it any more. Those of a
//! target outlive it for some days: a late webhook about one of them is of no other target.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use slipway_domain::lifetimes::{FORGOTTEN_TARGET, FORMER_PUBLISH};
use slipway_domain::{AccountId, PostId, PublishId};

use super::{POST, TargetRecord, pk};
use crate::StoreError;
use crate::item::{EXPIRES_AT, Item, key, seconds, text, text_of};
use crate::update::Update;

const ALIAS: &str = "ALIAS#";
const PUBLISH: &str = "publish_id";
/// The most aliases of one write: a transaction has its limit.
const AT_ONCE: usize = 50;

/// The aliases that the target needs after this write.
pub(super) fn of(table: &str, read: &TargetRecord, next: &TargetRecord) -> Result<Vec<TransactWriteItem>, StoreError> {
    let left = read.publish_id().filter(|id| next.publish_id() != Some(*id)).map(|id| (PUBLISH, id.as_str()));
    let known = read.state.other_video_ids();
    let videos = next.state.other_video_ids().iter().filter(|id| !known.contains(id));
    let all = left.into_iter().chain(videos.map(|id| ("video_id", id.as_str())));
    let until = next.updated_at + FORMER_PUBLISH;
    let item = |(name, id): (&str, &str)| {
        let sk = format!("{ALIAS}{}#{id}", next.account);
        // An upsert: whoever may change targets may write these, too.
        let alias = Update::of(table, key(pk(&next.post), sk)).set(name, text(id));
        let ends = name == PUBLISH;
        if ends { alias.set(EXPIRES_AT, seconds(until)) } else { alias }.in_transaction()
    };
    all.take(AT_ONCE).map(item).collect()
}

/// What is left of a target that is forgotten: its publish, then those before and its further videos, whose aliases are
/// there already and get their end.
pub(super) fn left_of(table: &str, gone: &TargetRecord, now: Timestamp) -> Result<Left, StoreError> {
    let until = now + FORGOTTEN_TARGET;
    let item = |(name, id): (&str, &str)| {
        let sk = format!("{ALIAS}{}#{id}", gone.account);
        let alias = Update::of(table, key(pk(&gone.post), sk)).set(name, text(id));
        alias.set(EXPIRES_AT, seconds(until)).in_transaction()
    };
    let publish = |id: &PublishId| item((PUBLISH, id.as_str()));
    let last = gone.state.publish_id();
    let former = gone.former.iter().rev().filter(|id| last != Some(*id)).map(publish);
    let videos = gone.state.other_video_ids().iter().map(|id| item(("video_id", id.as_str())));
    Ok(Left { last: last.map(publish).transpose()?, there: former.chain(videos).collect::<Result<_, _>>()? })
}

/// The aliases that a forgotten target leaves.
pub(super) struct Left {
    /// Of its last publish, which has none yet.
    pub(super) last: Option<TransactWriteItem>,
    /// Those that are there already: of the publishes before, the latest first, and of the further videos.
    pub(super) there: Vec<TransactWriteItem>,
}

/// The post and the account in an alias's key.
pub(super) fn ids(item: &Item) -> Option<(PostId, AccountId)> {
    let post = text_of(item, "pk")?.strip_prefix(POST)?.parse().ok()?;
    let (account, _) = text_of(item, "sk")?.strip_prefix(ALIAS)?.split_once('#')?;
    Some((post, account.parse().ok()?))
}
