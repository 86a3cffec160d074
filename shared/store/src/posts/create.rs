//! Creating a post: the post, its targets and the guards against doing it twice, in one transaction or not at all.

use jiff::Timestamp;
use serde_dynamo::to_item;
use slipway_domain::{AccountId, MediaId};

use super::{PageKey, PostRecord, Posts, TargetRecord, pk, target_sk, waiting};
use crate::accounts::{AccountRecord, PaceWrite};
use crate::guards::{Guard, Hindrance, Repeated};
use crate::item::{Item, key, read, text};
use crate::media::{Media, MediaRecord, MediaUse};
use crate::transact::{did_not_hold, met, put_new};
use crate::{StoreError, Write, shards};

/// A post to be created.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// The post.
    pub post: PostRecord,
    /// Its targets, at most [`NewPost::MAX_TARGETS`].
    pub targets: Vec<TargetRecord>,
    /// The media that it is made of, each once.
    pub media: Vec<MediaUse>,
    /// The media that is to be imported for it, each once. It is made with the post, and in use from the beginning.
    pub imports: Vec<MediaRecord>,
    /// What it may be a repeat of.
    pub guards: Vec<Guard>,
    /// The places that its targets take in their accounts' lines. A target that has none takes one when its turn comes.
    pub places: Vec<PaceWrite>,
}

impl NewPost {
    /// A transaction has at most 100 items: the post, three for each target (itself, its guard and its media), the
    /// guard of the request, and the tenant's usage.
    pub const MAX_TARGETS: usize = 32;

    /// How many targets may take their places in the post's own transaction: as many as it has room for, which is all of
    /// them if they share their media.
    pub fn room_for_places(&self) -> usize {
        const MOST: usize = 100;
        let usage = usize::from(!self.imports.is_empty());
        MOST.saturating_sub(1 + self.targets.len() + self.guards.len() + self.media.len() + self.imports.len() + usage)
    }
}

/// Why a post was not created.
#[derive(Debug, Clone, PartialEq)]
pub enum NotCreated {
    /// It is the repeat of an earlier request.
    Repeated(Repeated),
    /// This media was deleted since it was looked at.
    MediaGone(MediaId),
    /// This media has [`MediaRecord::MAX_POSTS`] posts already, as this record of it says.
    MediaFull(Box<MediaRecord>),
    /// There is no room for so many more items of media.
    TooManyMedia,
    /// Somebody else took places in these accounts' lines: each as it is now, or nothing if it is gone.
    PaceChanged(Vec<(AccountId, Option<AccountRecord>)>),
}

impl Posts {
    /// Creates the post and takes its media into use, unless one of its guards stands. The first guard that stands
    /// decides.
    pub async fn create(
        &self,
        new: &NewPost,
        media: &Media,
        now: Timestamp,
    ) -> Result<Write<(), NotCreated>, StoreError> {
        let mut items = Vec::new();
        for usage in &new.media {
            items.push(media.use_in_transaction(usage, &new.post.id)?);
        }
        items.extend(media.import_in_transaction(&new.imports, &new.post.id)?);
        let mut post: Item = to_item(&new.post)?;
        post.insert("listed_at".to_owned(), text(PageKey::of(&new.post).as_str()));
        post.extend(key(pk(&new.post.id), "POST"));
        items.push(put_new(&self.table, post)?);
        for target in &new.targets {
            let mut item: Item = to_item(target)?;
            // Absent, not null: an index takes no item whose key is null.
            item.retain(|_, value| !value.is_null());
            if target.due_at.is_some() {
                item.insert("due_shard".to_owned(), text(shards::DUE.of(target.post.as_str())));
            }
            item.extend(waiting::waits_for(target).map(|account| (waiting::ATTRIBUTE.to_owned(), account)));
            item.extend(key(pk(&target.post), target_sk(&target.account)));
            items.push(put_new(&self.table, item)?);
        }
        items.extend(new.places.iter().map(|place| place.item.clone()));
        let reasons = match self.guards().transact(&new.guards, items, now).await? {
            Write::Done(()) => return Ok(Write::Done(())),
            Write::Refused(Hindrance::Repeated(repeated)) => {
                return Ok(Write::Refused(NotCreated::Repeated(repeated)));
            }
            Write::Refused(Hindrance::Reasons(reasons)) => reasons,
        };
        if let Some((reason, usage)) = reasons.iter().zip(&new.media).find(|(reason, _)| did_not_hold(reason)) {
            let found: Option<MediaRecord> = met(reason).cloned().map(read).transpose()?;
            return Ok(Write::Refused(
                match found.filter(|found| found.is_there() && found.posts.len() >= MediaRecord::MAX_POSTS) {
                    Some(full) => NotCreated::MediaFull(Box::new(full)),
                    None => NotCreated::MediaGone(usage.media.clone()),
                },
            ));
        }
        // Behind the media that is there, and that which is to be made, stands the count of it.
        let count = new.media.len() + new.imports.len();
        if !new.imports.is_empty() && reasons.get(count).is_some_and(did_not_hold) {
            return Ok(Write::Refused(NotCreated::TooManyMedia));
        }
        let paces = reasons.get(reasons.len().saturating_sub(new.places.len())..).unwrap_or_default();
        let changed = paces.iter().zip(&new.places).filter(|(reason, _)| did_not_hold(reason));
        let changed =
            changed.map(|(reason, place)| Ok((place.account.clone(), met(reason).cloned().map(read).transpose()?)));
        let changed: Vec<_> = changed.collect::<Result<_, StoreError>>()?;
        if !changed.is_empty() {
            return Ok(Write::Refused(NotCreated::PaceChanged(changed)));
        }
        Err(StoreError::unexpected(format!("a new post was refused for {reasons:?}")))
    }
}
