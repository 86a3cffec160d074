//! Creating a post: the post, its targets and the guards against doing it twice, in one transaction or not at all.

use jiff::Timestamp;
use slipway_domain::PostAct;

use super::{Commit, NotCommitted, PostRecord, Posts, SharedWrite, TargetRecord, TargetWrite};
use crate::accounts::PaceWrite;
use crate::guards::Guard;
use crate::media::{Media, MediaRecord, MediaUse};
use crate::{StoreError, Write};

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
    /// The most items of one transaction.
    pub const MAX_ITEMS: usize = 100;
    /// The most that one change by a caller is told as: what was done, and what the post is then.
    pub const MAX_TOLD: usize = 2;
}

impl From<&NewPost> for Commit {
    fn from(new: &NewPost) -> Self {
        Self {
            post: new.post.id.clone(),
            shared: SharedWrite::New(new.post.clone()),
            targets: new.targets.iter().cloned().map(TargetWrite::New).collect(),
            media: new.media.clone(),
            imports: new.imports.clone(),
            guards: new.guards.clone(),
            lifted: Vec::new(),
            places: new.places.clone(),
            most_posts: None,
            act: PostAct::Create,
            read: None,
        }
    }
}

impl Posts {
    /// Creates the post and takes its media into use, unless one of its guards stands. The first guard that stands
    /// decides.
    pub async fn create(
        &self,
        new: &NewPost,
        media: &Media,
        now: Timestamp,
    ) -> Result<Write<(), NotCommitted>, StoreError> {
        self.commit(&new.into(), media, now).await
    }
}
