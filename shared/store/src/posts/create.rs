//! Creating a post: the post, its targets and the guards against doing it twice, in one transaction or not at all.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::to_item;
use slipway_domain::{MediaId, PostId};

use super::{PageKey, PostRecord, Posts, TargetRecord, pk, target_sk, waiting};
use crate::item::{Item, key, number, read, text};
use crate::media::{Media, MediaRecord, MediaUse};
use crate::transact::{did_not_hold, met, put_new, transact};
use crate::{StoreError, Write, shards};

/// What a guard protects from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardKind {
    /// The same `Idempotency-Key`.
    IdempotencyKey,
    /// The same body with the same API key, moments apart: a client's own retry.
    SameRequest,
    /// The same account, media and text within a day.
    SameContent,
}

/// One way in which a request may be the repeat of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What it protects from.
    pub kind: GuardKind,
    /// What makes two requests the same, such as a hash; unique within kind and tenant.
    pub name: String,
    /// What must be equal besides the name, such as a hash of the body.
    pub fingerprint: String,
    /// Until when, in seconds since 1970. Also the item's TTL; TTL deletes late, so it is checked, too.
    pub expires_at: i64,
    /// The post that came of the first request.
    pub post: PostId,
    /// The first request's answer, to be given again.
    pub answer: Option<String>,
}

impl Guard {
    fn pk(&self) -> String {
        let kind = match self.kind {
            GuardKind::IdempotencyKey => "IDEMPOTENCY",
            GuardKind::SameRequest => "REQUEST",
            GuardKind::SameContent => "CONTENT",
        };
        format!("GUARD#{kind}#{}", self.name)
    }
}

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
}

impl NewPost {
    /// A transaction has at most 100 items: the post, three for each target (itself, its guard and its media), the
    /// guard of the request, and the tenant's usage.
    pub const MAX_TARGETS: usize = 32;
}

/// Why a post was not created.
#[derive(Debug, Clone, PartialEq)]
pub enum NotCreated {
    /// It is the repeat of an earlier request. The guard is the one that the first request left.
    Repeat(Guard),
    /// A twin is being written at this very moment.
    Busy,
    /// This media was deleted since it was looked at.
    MediaGone(MediaId),
    /// This media has [`MediaRecord::MAX_POSTS`] posts already, as this record of it says.
    MediaFull(Box<MediaRecord>),
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
        for guard in &new.guards {
            items.push(self.put_guard(guard, now)?);
        }
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
        let reasons = match transact(&self.client, items).await {
            Ok(Write::Done(())) => return Ok(Write::Done(())),
            Ok(Write::Refused(reasons)) => reasons,
            Err(StoreError::Busy(_)) => return Ok(Write::Refused(NotCreated::Busy)),
            Err(error) => return Err(error),
        };
        let (guards, rest) = reasons.split_at(new.guards.len().min(reasons.len()));
        for reason in guards.iter().filter(|reason| did_not_hold(reason)) {
            if let Some(item) = met(reason) {
                let standing: Guard = read(item.clone())?;
                // An SDK retry after a lost answer meets its own write: that is no repeat.
                let own = standing.post == new.post.id;
                return Ok(if own { Write::Done(()) } else { Write::Refused(NotCreated::Repeat(standing)) });
            }
        }
        if let Some((reason, usage)) = rest.iter().zip(&new.media).find(|(reason, _)| did_not_hold(reason)) {
            let found: Option<MediaRecord> = met(reason).cloned().map(read).transpose()?;
            return Ok(Write::Refused(
                match found.filter(|found| found.is_there() && found.posts.len() >= MediaRecord::MAX_POSTS) {
                    Some(full) => NotCreated::MediaFull(Box::new(full)),
                    None => NotCreated::MediaGone(usage.media.clone()),
                },
            ));
        }
        Err(StoreError::unexpected(format!("a new post was refused for {reasons:?}")))
    }

    /// The guard that stands under this kind and name, if it has not expired.
    pub async fn guard(&self, guard: &Guard, now: Timestamp) -> Result<Option<Guard>, StoreError> {
        let key = key(guard.pk(), "GUARD");
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let found: Option<Guard> = get.send().await?.item.map(read).transpose()?;
        Ok(found.filter(|guard| guard.expires_at > now.as_second()))
    }

    fn put_guard(&self, guard: &Guard, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = to_item(guard)?;
        item.extend(key(guard.pk(), "GUARD"));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", number(now.as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
