//! Creating a post: the post, its targets and the guards against doing it twice, in one transaction or not at all.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::{from_item, to_item};
use slipway_domain::MediaId;

use super::{Place, PostRecord, Posts, TargetRecord, due, pk, target_sk, waiting};
use crate::StoreError;
use crate::media::{Media, MediaRecord, MediaUse};
use crate::transact::{Transacted, did_not_hold, met, transact};

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
    pub post: String,
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

/// What came of creating a post.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// It is there, every part of it.
    New,
    /// It is the repeat of an earlier request; nothing was written. The guard is the one that the first request left.
    Repeat(Guard),
    /// A twin is being written at this very moment; nothing was written.
    Busy,
    /// This media was deleted since it was looked at; nothing was written.
    MediaGone(MediaId),
    /// This media has [`MediaRecord::MAX_POSTS`] posts already, as this record of it says; nothing was written.
    MediaFull(Box<MediaRecord>),
}

impl Posts {
    /// Creates the post and takes its media into use, unless one of its guards stands. The first guard that stands
    /// decides.
    pub async fn create(&self, new: &NewPost, media: &Media, now: Timestamp) -> Result<Created, StoreError> {
        let mut items = Vec::new();
        for guard in &new.guards {
            items.push(self.put(to_item(guard)?, guard.pk(), "GUARD".to_owned(), Some(now))?);
        }
        for usage in &new.media {
            items.push(media.use_in_transaction(usage, &new.post.id)?);
        }
        items.extend(media.import_in_transaction(&new.imports, &new.post.id)?);
        let mut post: HashMap<String, AttributeValue> = to_item(&new.post)?;
        post.insert("listed_at".to_owned(), AttributeValue::S(Place::of(&new.post).as_str().to_owned()));
        items.push(self.put(post, pk(&new.post.id), "POST".to_owned(), None)?);
        for target in &new.targets {
            let mut item: HashMap<String, AttributeValue> = to_item(target)?;
            // Absent, not null: an index takes no item whose key is null.
            item.retain(|_, value| !value.is_null());
            if target.due_at.is_some() {
                item.insert("due_shard".to_owned(), AttributeValue::S(due::shard(&target.post)));
            }
            item.extend(waiting::waits_for(target).map(|account| (waiting::ATTRIBUTE.to_owned(), account)));
            items.push(self.put(item, pk(&target.post), target_sk(&target.account), None)?);
        }
        let reasons = match transact(&self.client, items).await? {
            Transacted::Written => return Ok(Created::New),
            Transacted::Met(_) => return Ok(Created::Busy),
            Transacted::Refused(reasons) => reasons,
        };
        let (guards, rest) = reasons.split_at(new.guards.len().min(reasons.len()));
        for reason in guards.iter().filter(|reason| did_not_hold(reason)) {
            if let Some(item) = met(reason) {
                let standing: Guard = from_item(item.clone())?;
                // An SDK retry after a lost answer meets its own write: that is no repeat.
                let own = standing.post == new.post.id.as_str();
                return Ok(if own { Created::New } else { Created::Repeat(standing) });
            }
        }
        if let Some((reason, usage)) = rest.iter().zip(&new.media).find(|(reason, _)| did_not_hold(reason)) {
            let found: Option<MediaRecord> = met(reason).cloned().map(from_item).transpose()?;
            return Ok(match found.filter(|found| found.is_there() && found.posts.len() >= MediaRecord::MAX_POSTS) {
                Some(full) => Created::MediaFull(Box::new(full)),
                None => Created::MediaGone(usage.media.clone()),
            });
        }
        Err(StoreError::Aws(format!("a new post was refused for {reasons:?}")))
    }

    /// The guard that stands under this kind and name, if it has not expired.
    pub async fn guard(&self, guard: &Guard, now: Timestamp) -> Result<Option<Guard>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(guard.pk()))
            .key("sk", AttributeValue::S("GUARD".to_owned()))
            .consistent_read(true)
            .send()
            .await?;
        let found: Option<Guard> = answer.item.map(from_item).transpose()?;
        Ok(found.filter(|guard| guard.expires_at > now.as_second()))
    }

    fn put(
        &self,
        item: HashMap<String, AttributeValue>,
        pk: String,
        sk: String,
        unless_valid_at: Option<Timestamp>,
    ) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .item("pk", AttributeValue::S(pk))
            .item("sk", AttributeValue::S(sk))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match unless_valid_at {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(now) => put
                .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
                .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string())),
        };
        let put = put.build().map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
