//! A commit as one transaction: its items, the count of the post, and which condition did not hold.

use aws_sdk_dynamodb::types::{CancellationReason, ReturnValue, TransactWriteItem};
use jiff::Timestamp;
use serde_dynamo::to_item;
use slipway_domain::TenantId;
use slipway_domain::limits::POSTS_PER_MEDIA;

use super::{Commit, Committed, NotCommitted, SharedWrite, TargetWrite};
use crate::events::LogEntry;
use crate::guards::{self, Hindrance, Repeated};
use crate::item::{Item, key, number, read, text};
use crate::media::{Media, MediaRecord};
use crate::posts::accepted::accepting;
use crate::posts::log_entries::TARGET_COUNT;
use crate::posts::{PageKey, PostRecord, Posts, TargetRecord, alias, due, list, pk, target_sk, waiting};
use crate::transact::{delete, delete_read, did_not_hold, met, put_new, put_over};
use crate::{StoreError, Write};

/// How often posts are counted that others count at the same moment.
const TRIES: u32 = 5;

impl Posts {
    /// Writes all of it, unless one of its guards stands or the post has changed. The first guard that stands decides.
    pub async fn commit(
        &self,
        commit: &Commit,
        media: &Media,
        now: Timestamp,
    ) -> Result<Write<Committed, NotCommitted>, StoreError> {
        let targets = commit.targets_then();
        let (shared, told) = commit.told(&targets, now)?;
        let accepting = accepting(&shared, commit.read.as_deref().map(|read| &read.post), &targets);
        let accepts = accepting.is_some();
        let shared = accepting.unwrap_or(shared);
        let made = || self.items(commit, media, (&shared, &targets, &told), now);
        let tenant = match &shared {
            SharedWrite::New(post) | SharedWrite::Replace(post) if accepts => post.tenant.clone(),
            _ => return self.write(commit, made()?, None, now).await,
        };
        let mut items = made()?;
        if commit.guards.len() + items.len() >= Commit::MAX_ITEMS {
            return self.fill(commit, &tenant, items, now).await;
        }
        for _ in 0..TRIES {
            let read = match commit.most_posts {
                Some(_) => Some(self.accepted(&tenant, now).await?),
                None => None,
            };
            if let Some((most, read)) = commit.most_posts.zip(read.as_ref()).filter(|(most, read)| read.all >= *most) {
                return Ok(Write::Refused(NotCommitted::TooManyPosts(most, read.room_at(most))));
            }
            let one_more = self.one_more(&tenant, &commit.post, read.as_ref(), now).in_transaction()?;
            match self.write(commit, items, Some(one_more), now).await? {
                // Another post was counted since it was read.
                Write::Refused(NotCommitted::Recount) => items = made()?,
                written => return Ok(written),
            }
        }
        Ok(Write::Refused(NotCommitted::Repeated(Repeated::Busy)))
    }

    /// All but the guards and the count of the post: what becomes of what the targets share, given all targets once it is
    /// written, and what that is told as.
    fn items(
        &self,
        commit: &Commit,
        media: &Media,
        (shared, targets, told): (&SharedWrite, &[TargetRecord], &[LogEntry]),
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut items = Vec::new();
        for usage in &commit.media {
            items.push(media.use_in_transaction(usage, &commit.post)?);
        }
        items.extend(media.import_in_transaction(&commit.imports, &commit.post)?);
        items.extend(self.shared_in_transaction(shared, targets.len())?);
        for target in &commit.targets {
            items.push(self.target_in_transaction(target, targets.len() > 1)?);
        }
        for guard in &commit.lifted {
            items.push(delete(&self.table, guards::key_of(guard.kind, &guard.name))?);
        }
        items.extend(self.log(told)?);
        items.extend(self.left(commit, items.len(), now)?);
        items.extend(commit.places.iter().map(|place| place.item.clone()));
        Ok(items)
    }

    /// Writes a post that fills the transaction to its last item. Where the plan limits posts it is counted before it, so
    /// that many at once do not pass the limit: if it is not made after all the count is taken back, and whoever dies in
    /// between has one post less.
    async fn fill(
        &self,
        commit: &Commit,
        tenant: &TenantId,
        items: Vec<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<Write<Committed, NotCommitted>, StoreError> {
        let Some(most) = commit.most_posts else {
            let written = self.write(commit, items, None, now).await?;
            if !written.is_done() {
                return Ok(written);
            }
            // The post is made, whether it is counted or not: who asked for it must not be told that it failed.
            let counted = self.one_more(tenant, &commit.post, None, now).send(&self.client, ReturnValue::None).await;
            return Ok(Write::Done(Committed { uncounted: counted.err() }));
        };
        for _ in 0..TRIES {
            let read = self.accepted(tenant, now).await?;
            if read.all >= most {
                return Ok(Write::Refused(NotCommitted::TooManyPosts(most, read.room_at(most))));
            }
            let count = self.one_more(tenant, &commit.post, Some(&read), now);
            if !count.send(&self.client, ReturnValue::None).await?.is_done() {
                continue;
            }
            let written = self.write(commit, items, None, now).await?;
            if !written.is_done() {
                // It has no condition, so that nothing refuses it.
                self.one_less(tenant, now).send(&self.client, ReturnValue::None).await?.either_way();
            }
            return Ok(written);
        }
        Ok(Write::Refused(NotCommitted::Repeated(Repeated::Busy)))
    }

    /// What is left of the targets that are forgotten, beside so many other items.
    fn left(&self, commit: &Commit, others: usize, now: Timestamp) -> Result<Vec<TransactWriteItem>, StoreError> {
        let left = commit.gone().map(|gone| alias::left_of(&self.table, gone, now)).collect::<Result<Vec<_>, _>>()?;
        let (last, there): (Vec<_>, Vec<_>) = left.into_iter().map(|left| (left.last, left.there)).unzip();
        let last: Vec<_> = last.into_iter().flatten().collect();
        // What there is no room for stays as it is: known, and without an end.
        let others = others + last.len() + commit.places.len() + commit.guards.len() + 1;
        let there = there.into_iter().flatten().take(Commit::MAX_ITEMS.saturating_sub(others));
        Ok(last.into_iter().chain(there).collect())
    }

    /// Writes the items, and behind them what counts the post.
    async fn write(
        &self,
        commit: &Commit,
        mut items: Vec<TransactWriteItem>,
        one_more: Option<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<Write<Committed, NotCommitted>, StoreError> {
        let counts = one_more.is_some();
        items.extend(one_more);
        Ok(match self.guards().transact(&commit.guards, items, now).await? {
            Write::Done(()) => Write::Done(Committed::default()),
            Write::Refused(Hindrance::Repeated(repeated)) => Write::Refused(NotCommitted::Repeated(repeated)),
            Write::Refused(Hindrance::Reasons(mut reasons)) => {
                let count = if counts { reasons.pop() } else { None };
                if count.is_some_and(|count| did_not_hold(&count)) && !reasons.iter().any(did_not_hold) {
                    return Ok(Write::Refused(NotCommitted::Recount));
                }
                return why(commit, &reasons);
            }
        })
    }

    fn shared_in_transaction(
        &self,
        write: &SharedWrite,
        targets: usize,
    ) -> Result<Option<TransactWriteItem>, StoreError> {
        let item = |post: &PostRecord| -> Result<Item, StoreError> {
            let mut item: Item = to_item(post)?;
            item.insert("listed_at".to_owned(), text(PageKey::of(post).as_str()));
            // Absent, not null: an index takes no item whose key is null.
            item.remove("scheduled_at");
            item.extend(post.scheduled_at.map(|at| ("scheduled_at".to_owned(), text(list::moment(at)))));
            item.insert(TARGET_COUNT.to_owned(), number(i64::try_from(targets).unwrap_or(i64::MAX)));
            item.extend(key(pk(&post.id), "POST"));
            Ok(item)
        };
        Ok(Some(match write {
            SharedWrite::Keep => return Ok(None),
            SharedWrite::New(post) => put_new(&self.table, item(post)?)?,
            SharedWrite::Replace(post) => put_over(&self.table, item(post)?, "revision", post.revision - 1)?,
            SharedWrite::Remove(post) => {
                delete_read(&self.table, key(pk(&post.id), "POST"), "revision", post.revision)?
            }
        }))
    }

    fn target_in_transaction(&self, write: &TargetWrite, has_siblings: bool) -> Result<TransactWriteItem, StoreError> {
        let item = |target: &TargetRecord| -> Result<Item, StoreError> {
            let mut item: Item = to_item(TargetRecord { has_siblings, ..target.clone() })?;
            // Absent, not null: an index takes no item whose key is null.
            item.retain(|_, value| !value.is_null());
            item.extend(due::shard_of(target).map(|shard| ("due_shard".to_owned(), shard)));
            if let Some(publish_id) = target.publish_id() {
                item.insert("publish_id".to_owned(), text(publish_id.as_str()));
            }
            if let Some(video_id) = target.state.video_id() {
                item.insert("video_id".to_owned(), text(video_id.as_str()));
            }
            item.extend(waiting::waits_for(target).map(|account| (waiting::ATTRIBUTE.to_owned(), account)));
            item.extend(key(pk(&target.post), target_sk(&target.account)));
            Ok(item)
        };
        match write {
            TargetWrite::New(target) => put_new(&self.table, item(target)?),
            TargetWrite::Replace(target) => put_over(&self.table, item(target)?, "version", target.version - 1),
            TargetWrite::Remove(target) => {
                delete_read(&self.table, key(pk(&target.post), target_sk(&target.account)), "version", target.version)
            }
        }
    }
}

/// Which of the conditions did not hold. The items begin with the media.
fn why(commit: &Commit, reasons: &[CancellationReason]) -> Result<Write<Committed, NotCommitted>, StoreError> {
    if let Some((reason, usage)) = reasons.iter().zip(&commit.media).find(|(reason, _)| did_not_hold(reason)) {
        let found: Option<MediaRecord> = met(reason).cloned().map(read).transpose()?;
        return Ok(Write::Refused(
            match found.filter(|found| found.is_there() && found.posts.len() >= POSTS_PER_MEDIA) {
                Some(full) => NotCommitted::MediaFull(Box::new(full)),
                None => NotCommitted::MediaGone(usage.media.clone()),
            },
        ));
    }
    // Behind the media that is there, and that which is to be made, stands the count of it.
    let count = commit.media.len() + commit.imports.len();
    if !commit.imports.is_empty() && reasons.get(count).is_some_and(did_not_hold) {
        return Ok(Write::Refused(NotCommitted::TooManyMedia));
    }
    let (others, paces) = reasons.split_at(reasons.len().saturating_sub(commit.places.len()));
    let changed = paces.iter().zip(&commit.places).filter(|(reason, _)| did_not_hold(reason));
    let changed =
        changed.map(|(reason, place)| Ok((place.account.clone(), met(reason).cloned().map(read).transpose()?)));
    let changed: Vec<_> = changed.collect::<Result<_, StoreError>>()?;
    let post_changed = others.iter().any(did_not_hold);
    if !changed.is_empty() && !post_changed {
        return Ok(Write::Refused(NotCommitted::PaceChanged(changed)));
    }
    if post_changed && !matches!(commit.shared, SharedWrite::New(_)) {
        return Ok(Write::Refused(NotCommitted::Changed));
    }
    Err(StoreError::refused("a post", reasons))
}
