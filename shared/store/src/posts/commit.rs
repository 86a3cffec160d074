//! What a caller's request changes of a post, in one transaction or not at all: what its targets share, the targets
//! themselves, the media that it takes into use, and the guards against doing it twice.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{CancellationReason, ReturnValue, TransactWriteItem};
use jiff::Timestamp;
use serde_dynamo::to_item;
use slipway_domain::post::told;
use slipway_domain::{AccountId, MediaId, PostAct, PostId, TenantId};

use super::accepted::accepting;
use super::log_entries::{Changed, TARGET_COUNT};
use super::{
    OwnGuard, PageKey, PostRecord, PostWithTargets, Posts, TargetRecord, alias, due, list, pk, target_sk, waiting,
};
use crate::accounts::{AccountRecord, PaceWrite};
use crate::events::LogEntry;
use crate::guards::{self, Guard, Hindrance, Repeated};
use crate::item::{Item, key, number, read, text};
use crate::media::{Media, MediaRecord, MediaUse};
use crate::transact::{delete, delete_read, did_not_hold, met, put_new, put_over};
use crate::{StoreError, Write};

/// What is to be written. Its records are as they will be: a replaced one has a version more than the one that was
/// read, and is written only if that one is still there.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Which post.
    pub post: PostId,
    /// What its targets share.
    pub shared: SharedWrite,
    /// Its targets, as far as they change.
    pub targets: Vec<TargetWrite>,
    /// The media that is there and that it takes into use, each once.
    pub media: Vec<MediaUse>,
    /// The media that is to be imported for it, each once. It is made with the post, and in use from the beginning.
    pub imports: Vec<MediaRecord>,
    /// What the request may be a repeat of.
    pub guards: Vec<Guard>,
    /// The post's own guards that protect from nothing any more.
    pub lifted: Vec<OwnGuard>,
    /// The places that its targets take in their accounts' lines. A target that has none takes one when its turn comes.
    pub places: Vec<PaceWrite>,
    /// How many posts of its tenant may be accepted in the days that a plan counts; nothing means as many as it likes.
    pub most_posts: Option<u64>,
    /// What the caller did.
    pub act: PostAct,
    /// The post as it was read; nothing where it is new.
    pub read: Option<Box<PostWithTargets>>,
}

/// What becomes of what the targets share.
#[derive(Debug, Clone)]
pub enum SharedWrite {
    /// Nothing.
    Keep,
    /// It is a new post.
    New(PostRecord),
    /// It changes to this.
    Replace(PostRecord),
    /// It is forgotten; this is what was read.
    Remove(PostRecord),
}

/// What becomes of a target.
#[derive(Debug, Clone)]
pub enum TargetWrite {
    /// It is new.
    New(TargetRecord),
    /// It changes to this.
    Replace(TargetRecord),
    /// It is forgotten; this is what was read.
    Remove(TargetRecord),
}

impl Commit {
    /// The most targets of a post. A transaction has at most 100 items: the post, three for each target (itself, its
    /// guard and its media), the guard of the request, and the tenant's usage.
    pub const MAX_TARGETS: usize = 32;
    /// The most items of one transaction.
    pub const MAX_ITEMS: usize = 100;
    /// The most that one change by a caller is told as: what was done, and what the post is then.
    const MAX_TOLD: usize = 2;

    /// A change of this post that changes nothing yet.
    pub fn of(post: PostId) -> Self {
        let (targets, media, imports, guards) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (lifted, places, act) = (Vec::new(), Vec::new(), PostAct::Create);
        Self {
            post,
            shared: SharedWrite::Keep,
            targets,
            media,
            imports,
            guards,
            lifted,
            places,
            most_posts: None,
            act,
            read: None,
        }
    }

    /// How many targets may take their places in this transaction: as many as it has room for, which is all of them if
    /// they share their media. One item is kept for the count of the post.
    pub fn room_for_places(&self) -> usize {
        self.room().saturating_sub(1)
    }

    /// For how many more items the transaction has room.
    pub fn room(&self) -> usize {
        let usage = usize::from(!self.imports.is_empty());
        let others = self.targets.len() + self.guards.len() + self.lifted.len() + self.media.len() + self.imports.len();
        let others = others + self.gone().filter(|gone| gone.state.publish_id().is_some()).count();
        // What the targets share is one.
        Self::MAX_ITEMS.saturating_sub(1 + others + usage + self.most_told())
    }

    /// The targets that are forgotten.
    fn gone(&self) -> impl Iterator<Item = &TargetRecord> {
        self.targets.iter().filter_map(|write| match write {
            TargetWrite::Remove(gone) => Some(gone),
            TargetWrite::New(_) | TargetWrite::Replace(_) => None,
        })
    }

    /// How much it is told as, at most.
    fn most_told(&self) -> usize {
        match &self.shared {
            SharedWrite::New(_) => {
                let targets = self.targets_then();
                let steps: Vec<_> = targets.iter().map(|target| (None, Some(&target.state))).collect();
                told(PostAct::Create, &steps).len()
            }
            SharedWrite::Keep | SharedWrite::Replace(_) | SharedWrite::Remove(_) => Self::MAX_TOLD,
        }
    }

    /// The post's targets once it is written, in the order of their accounts.
    fn targets_then(&self) -> Vec<TargetRecord> {
        let read = self.read.iter().flat_map(|read| &read.targets);
        let mut targets: BTreeMap<_, _> = read.map(|target| (&target.account, target)).collect();
        for write in &self.targets {
            match write {
                TargetWrite::New(target) | TargetWrite::Replace(target) => targets.insert(&target.account, target),
                TargetWrite::Remove(target) => targets.remove(&target.account),
            };
        }
        targets.into_values().cloned().collect()
    }

    /// What becomes of what the targets share, and what the change is told as, given the targets once it is written. A
    /// change that is told, or on which depends what is told next, is a change of the post.
    fn told(&self, targets: &[TargetRecord], now: Timestamp) -> Result<(SharedWrite, Vec<LogEntry>), StoreError> {
        let read = self.read.as_deref();
        let changed = |post: &PostRecord| {
            let changed = Changed::of_act(self.act, read, post, targets, now);
            Ok::<_, StoreError>((changed.counts(), changed.entries()?))
        };
        Ok(match (&self.shared, read) {
            (SharedWrite::New(post) | SharedWrite::Replace(post) | SharedWrite::Remove(post), _) => {
                (self.shared.clone(), changed(post)?.1)
            }
            (SharedWrite::Keep, Some(read)) => {
                let next = PostRecord { revision: read.post.revision + 1, ..read.post.clone() };
                let (counts, told) = changed(&next)?;
                let shared = if counts || !told.is_empty() { SharedWrite::Replace(next) } else { SharedWrite::Keep };
                (shared, told)
            }
            (SharedWrite::Keep, None) => (SharedWrite::Keep, Vec::new()),
        })
    }
}

/// How often posts are counted that others count at the same moment.
const TRIES: u32 = 5;

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq)]
pub enum NotCommitted {
    /// It is the repeat of an earlier request.
    Repeated(Repeated),
    /// This media was deleted since it was read.
    MediaGone(MediaId),
    /// This media has [`MediaRecord::MAX_POSTS`] posts already, as this record of it says.
    MediaFull(Box<MediaRecord>),
    /// There is no room for so many more items of media.
    TooManyMedia,
    /// Somebody else took places in these accounts' lines: each as it is now, or nothing if it is gone.
    PaceChanged(Vec<(AccountId, Option<AccountRecord>)>),
    /// The post is another one now than was read.
    Changed,
    /// So many posts were accepted in the days that the tenant's plan counts, and it allows no more; there is room then.
    TooManyPosts(u64, Option<Timestamp>),
    /// Another post of the tenant's was accepted since they were counted. It is counted again, and nobody is told.
    Recount,
}

impl Posts {
    /// Writes all of it, unless one of its guards stands or the post has changed. The first guard that stands decides.
    pub async fn commit(
        &self,
        commit: &Commit,
        media: &Media,
        now: Timestamp,
    ) -> Result<Write<(), NotCommitted>, StoreError> {
        let mut items = Vec::new();
        for usage in &commit.media {
            items.push(media.use_in_transaction(usage, &commit.post)?);
        }
        items.extend(media.import_in_transaction(&commit.imports, &commit.post)?);
        let targets = commit.targets_then();
        let (shared, told) = commit.told(&targets, now)?;
        let accepting = accepting(&shared, commit.read.as_deref().map(|read| &read.post), &targets);
        let accepts = accepting.is_some();
        let shared = accepting.unwrap_or(shared);
        items.extend(self.shared_in_transaction(&shared, targets.len())?);
        for target in &commit.targets {
            items.push(self.target_in_transaction(target, targets.len() > 1)?);
        }
        for guard in &commit.lifted {
            items.push(delete(&self.table, guards::key_of(guard.kind, &guard.name))?);
        }
        items.extend(self.log(&told)?);
        items.extend(self.left(commit, items.len(), now)?);
        items.extend(commit.places.iter().map(|place| place.item.clone()));
        let tenant = match &shared {
            SharedWrite::New(post) | SharedWrite::Replace(post) if accepts => post.tenant.clone(),
            _ => return self.write(commit, items, None, now).await,
        };
        if commit.guards.len() + items.len() >= Commit::MAX_ITEMS {
            return self.fill(commit, &tenant, items, now).await;
        }
        for _ in 0..TRIES {
            let read = match commit.most_posts {
                Some(_) => Some(self.accepted(&tenant, now).await?),
                None => None,
            };
            if let Some((most, read)) = commit.most_posts.zip(read).filter(|(most, read)| read.all >= *most) {
                return Ok(Write::Refused(NotCommitted::TooManyPosts(most, read.room_at)));
            }
            let one_more = self.one_more(&tenant, &commit.post, read, now).in_transaction()?;
            match self.write(commit, items.clone(), Some(one_more), now).await? {
                // Another post was counted since it was read.
                Write::Refused(NotCommitted::Recount) => {}
                written => return Ok(written),
            }
        }
        Ok(Write::Refused(NotCommitted::Repeated(Repeated::Busy)))
    }

    /// Writes a post that fills the transaction to its last item. Where the plan limits posts it is counted before it, so that
    /// many at once do not pass the limit: if it is not made after all the count is taken back, and whoever dies in between
    /// has one post less.
    async fn fill(
        &self,
        commit: &Commit,
        tenant: &TenantId,
        items: Vec<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<Write<(), NotCommitted>, StoreError> {
        let Some(most) = commit.most_posts else {
            let written = self.write(commit, items, None, now).await?;
            if written.is_done() {
                // The post is made, whether it is counted or not.
                let _ = self.one_more(tenant, &commit.post, None, now).send(&self.client, ReturnValue::None).await;
            }
            return Ok(written);
        };
        for _ in 0..TRIES {
            let read = self.accepted(tenant, now).await?;
            if read.all >= most {
                return Ok(Write::Refused(NotCommitted::TooManyPosts(most, read.room_at)));
            }
            let count = self.one_more(tenant, &commit.post, Some(read), now);
            if !count.send(&self.client, ReturnValue::None).await?.is_done() {
                continue;
            }
            let written = self.write(commit, items, None, now).await?;
            if !written.is_done() {
                let _ = self.one_less(tenant, now).send(&self.client, ReturnValue::None).await?;
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
    ) -> Result<Write<(), NotCommitted>, StoreError> {
        let counts = one_more.is_some();
        items.extend(one_more);
        Ok(match self.guards().transact(&commit.guards, items, now).await? {
            Write::Done(()) => Write::Done(()),
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
fn why(commit: &Commit, reasons: &[CancellationReason]) -> Result<Write<(), NotCommitted>, StoreError> {
    if let Some((reason, usage)) = reasons.iter().zip(&commit.media).find(|(reason, _)| did_not_hold(reason)) {
        let found: Option<MediaRecord> = met(reason).cloned().map(read).transpose()?;
        return Ok(Write::Refused(
            match found.filter(|found| found.is_there() && found.posts.len() >= MediaRecord::MAX_POSTS) {
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
    Err(StoreError::unexpected(format!("a post was refused for {reasons:?}")))
}
