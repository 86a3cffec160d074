//! The posts table: posts, their targets, and what keeps a request from making the same post twice.
//!
//! | item | pk | sk | indexes |
//! |---|---|---|---|
//! | post | `POST#{post}` | `POST` | `by_tenant`: `tenant`, `listed_at`; `by_schedule`: `tenant`, `scheduled_at` |
//! | target | `POST#{post}` | `TARGET#{account}` | `by_publish_id`: `publish_id`; `by_video_id`: `video_id`; `due`: `due_shard`, `due_at`; `waiting`: `waits_for`, `pk` |
//! | a target's former publish, another video of it, or for some days a publish of one that was deleted | `POST#{post}` | `ALIAS#{account}#{id}` | `by_publish_id`, `by_video_id` |
//! | posts accepted on a day | `TENANT#{tenant}` | `ACCEPTED#{days since 1970}#{shard}` | |
//! | guard against a repeated request | `GUARD#{what}` | `GUARD` | |
//!
//! What a change is told as in the tenant's log, and to its webhooks, is written in the transaction that changes it. So
//! that it is known when all targets of a post have ended, a target that ends is written together with what the post's
//! item says: that the target is its only one (`target_count`), or that no other one has ended since they were read
//! (`revision`).
//!
//! A target is written only under the condition that its version is still the one that was read. That condition is
//! claim, fence and guard against a worker that was thought dead, in one.

mod accepted;
mod advance;
mod alias;
mod commit;
mod due;
mod list;
mod log_entries;
mod media;
mod record;
mod target_media;
mod targets;
pub mod view;
mod waiting;

pub use accepted::Accepted;
pub use advance::NotAdvanced;
use aws_sdk_dynamodb::Client;
pub use commit::{Commit, Committed, NotCommitted, SharedWrite, TargetWrite};
pub use due::DueTarget;
pub use list::{By, Order, PageKey, Span};
pub use media::MediaNeed;
pub use record::{OwnGuard, PostRecord, TargetRecord, TimelineEntry};
pub use slipway_domain::schedule::due_at;
use slipway_domain::{AccountId, PostId, Reach};
pub use target_media::{AwaitedMedia, MediaRef, TargetMedia};
pub use targets::{Change, NotInLine, Note, PublishOf};
pub use waiting::{Waiting, WaitingCursor, WaitingPage};

use crate::StoreError;
use crate::error::unrestricted;
use crate::events::Events;
use crate::guards::Guards;
use crate::item::{Item, get, ids, key, read, text_of};
use crate::pages::{self, all_items};

/// The posts table.
#[derive(Debug, Clone)]
pub struct Posts {
    client: Client,
    table: String,
    events: Option<Events>,
}

/// A post with its targets, in the order of their accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct PostWithTargets {
    /// The post.
    pub post: PostRecord,
    /// Its targets.
    pub targets: Vec<TargetRecord>,
}

impl Posts {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, events: None }
    }

    /// A post with its targets, if there is one of this id within reach. Whose brands' a post is goes by its accounts, which
    /// are elsewhere: who is limited to brands can't ask here.
    pub async fn get(&self, reach: &Reach, post: &PostId) -> Result<Option<PostWithTargets>, StoreError> {
        let tenant = unrestricted(reach)?;
        Ok(self.whole(post).await?.filter(|found| found.post.tenant == *tenant))
    }

    /// A post with its targets, whosever it is.
    async fn whole(&self, post: &PostId) -> Result<Option<PostWithTargets>, StoreError> {
        let mut found = None;
        let mut targets: Vec<TargetRecord> = Vec::new();
        for item in all_items(pages::partition(&self.client, &self.table, &pk(post))).await? {
            match text_of(&item, "sk") {
                Some("POST") => found = Some(read::<PostRecord>(item)?),
                Some(sk) if sk.starts_with(TARGET) => targets.push(read(item)?),
                _ => {}
            }
        }
        Ok(found.map(|post| PostWithTargets { post, targets }))
    }

    /// The guards against making the same post twice.
    pub fn guards(&self) -> Guards {
        Guards::of(&self.client, &self.table)
    }

    /// One target as it is now.
    pub async fn target(&self, post: &PostId, account: &AccountId) -> Result<Option<TargetRecord>, StoreError> {
        get(&self.client, &self.table, key(pk(post), target_sk(account))).await?.map(read).transpose()
    }
}

const POST: &str = "POST#";
const TARGET: &str = "TARGET#";

fn pk(post: &PostId) -> String {
    format!("{POST}{post}")
}

fn target_sk(account: &AccountId) -> String {
    format!("{TARGET}{account}")
}

/// The post and the account in a target's key, or in that of one of its aliases.
fn key_of(item: &Item) -> Option<(PostId, AccountId)> {
    ids(item, POST, TARGET).or_else(|| alias::ids(item))
}
