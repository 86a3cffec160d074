//! What a caller's request changes of a post, in one transaction or not at all: what its targets share, the targets
//! themselves, the media that it takes into use, and the guards against doing it twice.

mod transaction;

use std::collections::BTreeMap;

use jiff::Timestamp;
use slipway_domain::limits::TARGETS_PER_POST;
use slipway_domain::post::told;
use slipway_domain::{AccountId, MediaId, PostAct, PostId};

use super::log_entries::Changed;
use super::{OwnGuard, PostRecord, PostWithTargets, TargetRecord};
use crate::StoreError;
use crate::accounts::{AccountRecord, PaceWrite};
use crate::events::LogEntry;
use crate::guards::{Guard, Repeated};
use crate::media::{MediaRecord, MediaUse};

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

/// What was written.
#[must_use]
#[derive(Debug, Default)]
pub struct Committed {
    /// Why the post is not counted among those that were accepted, if that failed after it was made.
    pub uncounted: Option<StoreError>,
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq)]
pub enum NotCommitted {
    /// It is the repeat of an earlier request.
    Repeated(Repeated),
    /// This media was deleted since it was read.
    MediaGone(MediaId),
    /// This media has [`POSTS_PER_MEDIA`](slipway_domain::limits::POSTS_PER_MEDIA) posts already, as this record of it
    /// says.
    MediaFull(Box<MediaRecord>),
    /// There is no room for so many more items of media.
    TooManyMedia,
    /// Somebody else took places in these accounts' lines: each as it is now, or nothing if it is gone.
    PaceChanged(Vec<(AccountId, Option<AccountRecord>)>),
    /// The post is another one now than was read.
    Changed,
    /// So many posts were accepted in the days that the tenant's plan counts, and it allows no more; there is room then,
    /// if ever.
    TooManyPosts(u64, Option<Timestamp>),
    /// Another post of the tenant's was accepted since they were counted. It is counted again, and nobody is told.
    Recount,
}

const _: () = {
    let items = Commit::items_of(TARGETS_PER_POST, TARGETS_PER_POST);
    assert!(items <= Commit::MAX_ITEMS, "a post's targets, each with a file of its own, fit into a transaction");
};

impl Commit {
    /// The most items of one transaction (DynamoDB's `TransactWriteItems`).
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

    /// How many items a new post with so many targets and files is at most, without places in lines: itself, the guard of the
    /// request, the tenant's usage, what it is told as, each target with its guard, and each file.
    pub const fn items_of(targets: usize, files: usize) -> usize {
        4 + 2 * targets + files
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
