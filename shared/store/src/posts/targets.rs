//! Changing a target: one conditional write, or nothing.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use serde_dynamo::to_attribute_value;
use slipway_domain::schedule::{GRACE, due_at};
use slipway_domain::{Chain, Content, EventType, LogId, PostId, PublishId, StatusWord, TargetState, VideoId};

use super::{MediaRef, Posts, TargetMedia, TargetRecord, TimelineEntry, alias, due, key_of, pk, target_sk, waiting};
use crate::accounts::{AccountRecord, PaceWrite};
use crate::conflicts::{Tried, despite_conflicts, pause};
use crate::item::{Item, key, read as record, text};
use crate::transact::{did_not_hold, met, try_transact};
use crate::update::Update;
use crate::{Conflict, Epoch, StoreError, Write};

/// What a write changes. Everything else of the target stays.
#[derive(Debug, Clone)]
pub struct Change {
    /// The new state.
    pub state: TargetState,
    /// Now.
    pub at: Timestamp,
    /// Until when the writer will be at work on it; nothing means that it releases the target.
    pub claimed_until: Option<Timestamp>,
    /// When the sweep has to look if nothing happens before; nothing means never.
    pub due_at: Option<Timestamp>,
    /// How often in a row the sweep had to requeue it.
    pub requeues: u32,
    /// The status that TikTok reported, if it is a new one.
    pub tiktok_status: Option<StatusWord>,
    /// What to add to the timeline, in this order.
    pub notes: Vec<Note>,
    /// The files that were waited for, once they are known.
    pub media: Vec<MediaRef>,
    /// The place in its account's line that it has taken. Without a new one it keeps its old one, until TikTok has
    /// accepted it or it ends.
    pub place: Option<Timestamp>,
    /// When to stop trying to get it started, if that is another time now.
    pub give_up_at: Option<Timestamp>,
    /// What the change is told as besides what its state says.
    pub told: Option<EventType>,
}

/// A step for the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// What happened, in a few words.
    pub text: String,
    /// TikTok's log id of the call, if there was one.
    pub log_id: Option<LogId>,
}

impl Note {
    /// What happened at this time.
    pub fn new(at: Timestamp, text: impl Into<String>, log_id: Option<&LogId>) -> Self {
        Self { at, text: text.into(), log_id: log_id.cloned() }
    }
}

/// How often a target that ends is written while others of its post end, too: a post has 32 at most.
const SIBLING_TRIES: u32 = 40;

/// Why a target did not take a place in its account's line.
#[derive(Debug)]
pub enum NotInLine {
    /// Another writer of the target was first.
    Target(Conflict<TargetRecord>),
    /// Somebody else took a place in the account's line, or the account is gone.
    Pace(Conflict<AccountRecord>),
}

impl Change {
    /// A change to this state, released, with the sweep's time that the state suggests.
    pub fn to(state: TargetState, at: Timestamp) -> Self {
        let due_at = due_at(&state, at);
        Self {
            state,
            at,
            claimed_until: None,
            due_at,
            requeues: 0,
            tiktok_status: None,
            notes: Vec::new(),
            media: Vec::new(),
            place: None,
            give_up_at: None,
            told: None,
        }
    }

    /// The writer goes on working on it until then; the sweep looks a little later.
    #[must_use]
    pub fn held_until(mut self, until: Timestamp) -> Self {
        self.claimed_until = Some(until);
        self.due_at = Some(until + GRACE);
        self
    }

    /// The sweep looks at this time.
    #[must_use]
    pub fn due(mut self, at: Timestamp) -> Self {
        self.due_at = Some(at);
        self
    }

    /// The files that were waited for are known.
    #[must_use]
    pub fn media(mut self, media: Vec<MediaRef>) -> Self {
        self.media = media;
        self
    }

    /// It has taken this place in its account's line.
    #[must_use]
    pub fn place(mut self, place: Option<Timestamp>) -> Self {
        self.place = place;
        self
    }

    /// The target as it is after this change of the one that was read.
    pub fn applied_to(self, read: &TargetRecord) -> TargetRecord {
        let mut next = read.clone();
        next.version += 1;
        next.state = self.state;
        next.updated_at = self.at;
        next.claimed_until = self.claimed_until;
        next.due_at = self.due_at.map(Epoch::from);
        next.requeues = self.requeues;
        next.place = self.place.or(read.place).filter(|_| next.state.name().keeps_its_place());
        next.give_up_at = self.give_up_at.unwrap_or(read.give_up_at);
        if self.tiktok_status.is_some() {
            next.tiktok_status = self.tiktok_status;
        }
        next.leave_publish_of(&read.state);
        for Note { at, text, log_id } in self.notes {
            next.step(TimelineEntry::new(at, &next.state, text, log_id));
        }
        for media in &self.media {
            next.put(media);
        }
        next
    }

    /// Adds a step to the timeline.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>, log_id: Option<&LogId>) -> Self {
        self.notes.push(Note::new(self.at, note, log_id));
        self
    }

    /// What was seen before the change itself comes before it in the timeline, too.
    #[must_use]
    pub fn after(mut self, seen: impl IntoIterator<Item = Note>) -> Self {
        self.notes.splice(..0, seen);
        self
    }
}

impl Posts {
    /// Writes the change if the target is still as `read`, together with what it is told as; answers it as it is then.
    pub async fn change(&self, read: &TargetRecord, change: Change) -> Result<Write<TargetRecord>, StoreError> {
        let mut alone = !read.has_siblings;
        for tries in 1..=SIBLING_TRIES {
            let once = || self.change_once(read, change.clone(), alone);
            if let Some(written) = despite_conflicts(once).await? {
                return Ok(written);
            }
            alone = false;
            tokio::time::sleep(pause(tries)).await;
        }
        Err(StoreError::Busy(Chain::of("the post's other targets kept ending")))
    }

    /// One try. Answers nothing if the post has more targets than was thought, or another one has ended meanwhile.
    async fn change_once(
        &self,
        read: &TargetRecord,
        change: Change,
        alone: bool,
    ) -> Result<Tried<Option<Write<TargetRecord>>>, StoreError> {
        let also = change.told;
        let (update, next) = self.update(read, change)?;
        let aliases = alias::of(&self.table, read, &next)?;
        // On the heap: whoever awaits this awaits it inside of much else.
        let told = Box::pin(self.told_with(read, &next, also, alone)).await?;
        if told.is_none() && aliases.is_empty() {
            let sent = update.try_send(&self.client, ReturnValue::None).await?;
            return sent.and_then(|written| {
                Ok(Some(match written {
                    Write::Done(_) => Write::Done(next),
                    Write::Refused(met) => not_written(met, next)?,
                }))
            });
        }
        let items = std::iter::once(update.in_transaction()?);
        let items = items.chain(aliases).chain(told.into_iter().flatten()).collect();
        let tried = try_transact(&self.client, items).await?;
        tried.and_then(|written| match written {
            Write::Done(()) => Ok(Some(Write::Done(next))),
            Write::Refused(reasons) => {
                let reason = reasons.first().filter(|reason| did_not_hold(reason));
                reason.map(|reason| not_written(met(reason).cloned(), next)).transpose()
            }
        })
    }

    /// The same, together with the place that the target takes in its account's line, or neither.
    pub async fn change_in_line(
        &self,
        read: &TargetRecord,
        change: Change,
        place: &PaceWrite,
    ) -> Result<Write<TargetRecord, NotInLine>, StoreError> {
        let once = || async {
            let (update, next) = self.update(read, change.clone())?;
            let items = vec![update.in_transaction()?, place.item.clone()];
            try_transact(&self.client, items).await?.and_then(|written| Ok((written, next)))
        };
        let (reasons, next) = match despite_conflicts(once).await? {
            (Write::Done(()), next) => return Ok(Write::Done(next)),
            (Write::Refused(reasons), next) => (reasons, next),
        };
        let met =
            |index: usize| reasons.get(index).filter(|reason| did_not_hold(reason)).map(|reason| met(reason).cloned());
        if let Some(target) = met(0) {
            return Ok(match not_written(target, next)? {
                Write::Done(next) => Write::Done(next),
                Write::Refused(conflict) => Write::Refused(NotInLine::Target(conflict)),
            });
        }
        let account: Option<AccountRecord> = met(1).flatten().map(record).transpose()?;
        Ok(Write::Refused(NotInLine::Pace(account.into())))
    }

    /// The change as an update of the target as it was `read`, and the target after it.
    fn update(&self, read: &TargetRecord, change: Change) -> Result<(Update, TargetRecord), StoreError> {
        let next = change.applied_to(read);
        let mut update = Update::of(&self.table, key(pk(&read.post), target_sk(&read.account)))
            .when("#version = :read")
            .with(":read", to_attribute_value(read.version)?);
        match next.timeline.strip_prefix(&read.timeline[..]) {
            Some([]) => {}
            Some(added) => update = update.append("timeline", to_attribute_value(added)?),
            // The middle had to go.
            None => update = update.set("timeline", to_attribute_value(&next.timeline)?),
        }
        if next.content != read.content {
            update = update.set("media", media_of(&next.content)?);
        }
        if next.give_up_at != read.give_up_at {
            update = update.set("give_up_at", to_attribute_value(next.give_up_at)?);
        }
        if next.former != read.former {
            update = update.set("former", to_attribute_value(&next.former)?);
        }
        // Whether they differ or not: who changes a target may have applied an event to what was read before.
        let update = update
            .set("version", to_attribute_value(next.version)?)
            .set("state", to_attribute_value(&next.state)?)
            .set("updated_at", to_attribute_value(next.updated_at)?)
            .set("nudges", to_attribute_value(next.requeues)?)
            .set_or_remove("claimed_until", next.claimed_until.map(to_attribute_value).transpose()?)
            .set_or_remove("place", next.place.map(to_attribute_value).transpose()?)
            .set_or_remove("tiktok_status", next.tiktok_status.as_ref().map(to_attribute_value).transpose()?)
            .set_or_remove("due_at", next.due_at.map(to_attribute_value).transpose()?)
            .set_or_remove("due_shard", due::shard_of(&next))
            .set_or_remove("video_id", next.state.video_id().map(|id| text(id.as_str())))
            .set_or_remove("publish_id", next.publish_id().map(|id| text(id.as_str())))
            .set_or_remove(waiting::ATTRIBUTE, waiting::waits_for(&next));
        Ok((update, next))
    }

    /// The post whose video this is at TikTok, of any tenant. The index lags a little behind the table.
    pub async fn by_video_id(&self, video: &VideoId) -> Result<Option<PostId>, StoreError> {
        let video = video.as_str();
        // TikTok's have 19 digits; a key of DynamoDB's has a limit that no id comes near.
        if !(1..=32).contains(&video.len()) || !video.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_video_id")
            .key_condition_expression("video_id = :id")
            .expression_attribute_values(":id", text(video))
            .limit(1)
            .send()
            .await?;
        Ok(page.items.unwrap_or_default().first().and_then(key_of).map(|(post, _)| post))
    }

    /// Whose publish this is. The index lags a little behind the table.
    pub async fn by_publish_id(&self, publish_id: &PublishId) -> Result<PublishOf, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_publish_id")
            .key_condition_expression("publish_id = :id")
            .expression_attribute_values(":id", text(publish_id.as_str()))
            .limit(1)
            .send()
            .await?;
        let Some((post, account)) = page.items.unwrap_or_default().first().and_then(key_of) else {
            return Ok(PublishOf::Unknown);
        };
        let target = self.target(&post, &account).await?;
        Ok(target.map_or(PublishOf::Forgotten, |target| PublishOf::Target(Box::new(target))))
    }
}

/// Whose a publish is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishOf {
    /// This target's, now or formerly.
    Target(Box<TargetRecord>),
    /// That of a target that was deleted: no other one's.
    Forgotten,
    /// Nobody's that is known, which is no proof.
    Unknown,
}

/// What a target's media is stored as. Its settings never change.
fn media_of(content: &Content<TargetMedia>) -> Result<AttributeValue, StoreError> {
    Ok(match content {
        Content::Video { media, .. } => to_attribute_value(media)?,
        Content::Photos { media, .. } => to_attribute_value(media)?,
    })
}

/// What a condition that did not hold means for the target that would have been written.
fn not_written(met: Option<Item>, next: TargetRecord) -> Result<Write<TargetRecord>, StoreError> {
    let now: Option<TargetRecord> = met.map(record).transpose()?;
    // An SDK retry after a lost answer meets its own write: that is a win.
    Ok(if now.as_ref() == Some(&next) { Write::Done(next) } else { Write::Refused(now.into()) })
}
