//! Changing a target: one conditional write, or nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;
use serde_dynamo::{from_item, to_attribute_value};
use slipway_domain::{AccountId, PostId, PublishId, TargetState};

use super::{MediaRef, Posts, TargetMedia, TargetRecord, TimelineEntry, due, pk, record::Epoch, target_sk, waiting};
use crate::StoreError;

/// What a write changes. Everything else of the target stays.
#[derive(Debug, Clone)]
pub struct Change {
    /// The new state.
    pub state: TargetState,
    /// Now.
    pub at: Timestamp,
    /// Until when the writer will be at work on it; nothing means it lets go.
    pub claimed_until: Option<Timestamp>,
    /// When the sweep has to look if nothing happens before; nothing means never.
    pub due_at: Option<Timestamp>,
    /// How often in a row the sweep had to set it going.
    pub nudges: u32,
    /// What TikTok's status said, if it said something new.
    pub tiktok_status: Option<String>,
    /// What to add to the timeline: a note, and TikTok's log id.
    pub note: Option<(String, Option<String>)>,
    /// The video, once it is known.
    pub media: Option<MediaRef>,
}

impl Change {
    /// A change to this state, let go of, with the sweep's time that the state suggests.
    pub fn to(state: TargetState, at: Timestamp) -> Self {
        let due_at = due::due_at(&state, at);
        Self { state, at, claimed_until: None, due_at, nudges: 0, tiktok_status: None, note: None, media: None }
    }

    /// The writer goes on working on it until then; the sweep looks a little later.
    #[must_use]
    pub fn held_until(mut self, until: Timestamp) -> Self {
        self.claimed_until = Some(until);
        self.due_at = Some(until + due::GRACE);
        self
    }

    /// The sweep looks at this time.
    #[must_use]
    pub fn due(mut self, at: Timestamp) -> Self {
        self.due_at = Some(at);
        self
    }

    /// The video that was waited for is known.
    #[must_use]
    pub fn media(mut self, media: MediaRef) -> Self {
        self.media = Some(media);
        self
    }

    /// Adds a step to the timeline.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>, log_id: Option<&str>) -> Self {
        self.note = Some((note.into(), log_id.map(str::to_owned)));
        self
    }
}

/// Somebody else wrote first. Here is what they wrote, if it is still there: read it, never overwrite it.
#[derive(Debug)]
pub struct Lost(pub Option<Box<TargetRecord>>);

impl Posts {
    /// Writes the change if the target is still as `read`; answers it as it is then.
    pub async fn change(&self, read: &TargetRecord, change: Change) -> Result<Result<TargetRecord, Lost>, StoreError> {
        let mut next = read.clone();
        next.version += 1;
        next.state = change.state;
        next.updated_at = change.at;
        next.claimed_until = change.claimed_until;
        next.due_at = change.due_at.map(Epoch::from);
        next.nudges = change.nudges;
        if change.tiktok_status.is_some() {
            next.tiktok_status = change.tiktok_status;
        }
        let mut update = Update::default();
        if let Some((note, log_id)) = change.note
            && read.timeline.len() < TargetRecord::MAX_TIMELINE
        {
            let entry = TimelineEntry { at: change.at, state: next.state.name().to_owned(), note, log_id };
            update.append("timeline", to_attribute_value(vec![&entry])?);
            next.timeline.push(entry);
        }
        if let Some(media) = change.media {
            next.media = TargetMedia::Verified(media);
            update.set("media", to_attribute_value(&next.media)?);
        }
        update.set("version", to_attribute_value(next.version)?);
        update.set("state", to_attribute_value(&next.state)?);
        update.set("updated_at", to_attribute_value(next.updated_at)?);
        update.set("nudges", to_attribute_value(next.nudges)?);
        update.set_or_remove("claimed_until", next.claimed_until.map(to_attribute_value).transpose()?);
        update.set_or_remove("tiktok_status", next.tiktok_status.as_ref().map(to_attribute_value).transpose()?);
        update.set_or_remove("due_at", next.due_at.map(to_attribute_value).transpose()?);
        update.set_or_remove("due_shard", next.due_at.map(|_| AttributeValue::S(due::shard(&next.post))));
        update.set_or_remove("publish_id", next.state.publish_id().map(|id| AttributeValue::S(id.as_str().to_owned())));
        update.set_or_remove(waiting::ATTRIBUTE, waiting::waits_for(&next));
        update.values.insert(":read".to_owned(), to_attribute_value(read.version)?);

        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(pk(&read.post)))
            .key("sk", AttributeValue::S(target_sk(&read.account)))
            .update_expression(update.expression())
            .condition_expression("version = :read")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Ok(next)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(lost)) => {
                    let now: Option<TargetRecord> = lost.item.clone().map(from_item).transpose()?;
                    // An SDK retry after a lost answer meets its own write: that is a win.
                    if now.as_ref() == Some(&next) { Ok(Ok(next)) } else { Ok(Err(Lost(now.map(Box::new)))) }
                }
                _ => Err(error.into()),
            },
        }
    }

    /// The target whose publish this is. The index lags a little behind the table: nothing found is not proof.
    pub async fn by_publish_id(&self, publish_id: &PublishId) -> Result<Option<TargetRecord>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_publish_id")
            .key_condition_expression("publish_id = :id")
            .expression_attribute_values(":id", AttributeValue::S(publish_id.as_str().to_owned()))
            .limit(1)
            .send()
            .await?;
        match page.items.unwrap_or_default().first().and_then(key_of) {
            Some((post, account)) => self.target(&post, &account).await,
            None => Ok(None),
        }
    }
}

/// Reads the post and the account out of a target's key.
pub(super) fn key_of(item: &HashMap<String, AttributeValue>) -> Option<(PostId, AccountId)> {
    let text = |name: &str| item.get(name)?.as_s().ok();
    let post = text("pk")?.strip_prefix("POST#")?.parse().ok()?;
    let account = text("sk")?.strip_prefix("TARGET#")?.parse().ok()?;
    Some((post, account))
}

/// Builds an update expression; every name goes through a placeholder, since many are reserved words.
#[derive(Default)]
struct Update {
    sets: Vec<String>,
    removes: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Update {
    fn name(&mut self, name: &str) {
        self.names.insert(format!("#{name}"), name.to_owned());
    }

    fn set(&mut self, name: &str, value: AttributeValue) {
        self.name(name);
        self.sets.push(format!("#{name} = :{name}"));
        self.values.insert(format!(":{name}"), value);
    }

    fn set_or_remove(&mut self, name: &str, value: Option<AttributeValue>) {
        if let Some(value) = value {
            self.set(name, value);
        } else {
            self.name(name);
            self.removes.push(format!("#{name}"));
        }
    }

    fn append(&mut self, name: &str, list: AttributeValue) {
        self.name(name);
        self.sets.push(format!("#{name} = list_append(if_not_exists(#{name}, :empty), :{name})"));
        self.values.insert(format!(":{name}"), list);
        self.values.insert(":empty".to_owned(), AttributeValue::L(Vec::new()));
    }

    fn expression(&self) -> String {
        let mut text = format!("SET {}", self.sets.join(", "));
        if !self.removes.is_empty() {
            text.push_str(" REMOVE ");
            text.push_str(&self.removes.join(", "));
        }
        text
    }
}
