//! What is stored about a post and its targets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::limits::{FORMER_PUBLISHES_PER_TARGET, STEPS_PER_TARGET};
use slipway_domain::{
    AccountId, BrandId, Content, Hidden, LogId, MediaId, PostId, PublishId, StatusWord, StepState, TargetRef,
    TargetState, TenantId,
};

use super::{AwaitedMedia, MediaRef, TargetMedia};
use crate::Epoch;
use crate::guards::{Guard, GuardKind};

/// A post: what all its targets share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRecord {
    /// Its id.
    pub id: PostId,
    /// Whose.
    pub tenant: TenantId,
    /// The caption as the caller gave it for all targets.
    pub text: Hidden<String>,
    /// The title as the caller gave it.
    pub title: Option<Hidden<String>>,
    /// The media, in their order.
    pub media_ids: Vec<MediaId>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it is to be published, if that was asked for.
    pub scheduled_at: Option<Timestamp>,
    /// What was assumed or ignored.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// How often the caller had it tried again.
    #[serde(default)]
    pub retry_count: u32,
    /// The caller has put it away; nothing else follows from that.
    #[serde(default)]
    pub hidden: bool,
    /// The guard that keeps a client's own retry from making the post twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_guard: Option<OwnGuard>,
    /// Whether it was accepted for publishing, and counts as a post of its tenant's plan.
    #[serde(default)]
    pub accepted: bool,
    /// Counts every write of what the targets share. A write that read an older one is lost.
    #[serde(default)]
    pub revision: u64,
}

/// A step in a target's life, for people who want to know what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// The state it was in afterwards.
    pub state: StepState,
    /// What happened, in a few words.
    pub note: String,
    /// TikTok's log id of the call, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<LogId>,
    /// How many steps right before it were not kept.
    #[serde(default, skip_serializing_if = "is_none")]
    pub left_out: u32,
}

impl TimelineEntry {
    /// A step that follows on the one before.
    pub fn new(at: Timestamp, state: &TargetState, note: impl Into<String>, log_id: Option<LogId>) -> Self {
        Self { at, state: state.name().into(), note: note.into(), log_id, left_out: 0 }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_none(left_out: &u32) -> bool {
    *left_out == 0
}

impl PostRecord {
    /// The guard of its request, as long as it stands.
    pub fn request_guard(&self, now: Timestamp) -> Option<OwnGuard> {
        self.request_guard.clone().filter(|guard| guard.stands(now))
    }
}

/// A guard of a post's own, as far as the post has to know it to lift it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnGuard {
    /// What it protects from.
    pub kind: GuardKind,
    /// Its name.
    pub name: String,
    /// Until when it stands. Before that nobody else's can have its name.
    pub until: Epoch,
}

impl OwnGuard {
    /// Whether it still protects from something.
    pub fn stands(&self, now: Timestamp) -> bool {
        self.until > Epoch::from(now)
    }
}

impl From<&Guard> for OwnGuard {
    fn from(guard: &Guard) -> Self {
        Self { kind: guard.kind, name: guard.name.clone(), until: guard.expires_at }
    }
}

/// One account's publish of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// Whose.
    pub tenant: TenantId,
    /// The post.
    pub post: PostId,
    /// The account.
    pub account: AccountId,
    /// The account's brand, which stays the same. Targets of an earlier version do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<BrandId>,
    /// Counts every write. A write that read an older version is lost.
    pub version: u64,
    /// Where it stands.
    pub state: TargetState,
    /// What is to be sent, and what the creator chose for it.
    #[serde(flatten)]
    pub content: Content<TargetMedia>,
    /// The creator's handle when the post was made, for links.
    #[serde(default)]
    pub username: Option<String>,
    /// When the caller's request was accepted.
    pub accepted_at: Timestamp,
    /// When to stop trying to get it started: a day after its time.
    pub give_up_at: Timestamp,
    /// Its place in its account's line, until TikTok has accepted it: from this time on it may begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Timestamp>,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// Until when a worker says that it is at work on it.
    #[serde(default)]
    pub claimed_until: Option<Timestamp>,
    /// When the sweep has to look at it if nothing happens before.
    #[serde(default)]
    pub due_at: Option<Epoch>,
    /// How often in a row the sweep had to requeue it.
    #[serde(default, rename = "nudges")]
    pub requeues: u32,
    /// The last status that TikTok reported.
    #[serde(default)]
    pub tiktok_status: Option<StatusWord>,
    /// The guard that keeps the same from being posted twice.
    #[serde(default)]
    pub guarded_by: Option<OwnGuard>,
    /// It was not the post's only target when it was made or changed. Only a hint: what counts is the post's own count.
    #[serde(default)]
    pub has_siblings: bool,
    /// TikTok's ids of the publishes that came to nothing before the one that counts, the latest
    /// [`FORMER_PUBLISHES_PER_TARGET`] of them. Webhooks about them may still come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<PublishId>,
    /// The steps so far, at most [`STEPS_PER_TARGET`].
    #[serde(default)]
    pub timeline: Vec<TimelineEntry>,
}

impl TargetRecord {
    /// Its guard, as long as it stands. Where nothing of the target got to TikTok it may be lifted, so that the same may be
    /// posted again.
    pub fn own_guard(&self, now: Timestamp) -> Option<OwnGuard> {
        self.guarded_by.clone().filter(|guard| guard.stands(now))
    }

    /// TikTok's id of the publish that counts, or of the last one that did: what the target is found by.
    pub(super) fn publish_id(&self) -> Option<&PublishId> {
        self.state.publish_id().or(self.former.last())
    }

    /// Keeps the id of the publish that counted in this state before, if it does not count any more.
    pub(super) fn leave_publish_of(&mut self, before: &TargetState) {
        let Some(left) = before.publish_id().filter(|left| self.state.publish_id() != Some(*left)) else { return };
        self.former.retain(|former| former != left);
        self.former.push(left.clone());
        if self.former.len() > FORMER_PUBLISHES_PER_TARGET {
            self.former.remove(0);
        }
    }

    /// Adds a step. Where there are too many the middle goes: how it began is kept, and how it ended.
    pub(super) fn step(&mut self, step: TimelineEntry) {
        self.timeline.push(step);
        if self.timeline.len() > STEPS_PER_TARGET {
            let gone = self.timeline.remove(STEPS_PER_TARGET / 2);
            self.timeline[STEPS_PER_TARGET / 2].left_out += gone.left_out + 1;
        }
    }

    /// The files that it sends, in their order.
    pub fn media(&self) -> &[TargetMedia] {
        self.content.media()
    }

    /// Whether it is made of this media.
    pub fn uses(&self, media: &MediaId) -> bool {
        self.media().iter().any(|used| used.id() == media)
    }

    /// The files that it still waits for.
    pub fn awaited(&self) -> impl Iterator<Item = &AwaitedMedia> {
        self.media().iter().filter_map(TargetMedia::awaited)
    }

    /// Whether it still waits for a file.
    pub fn is_awaiting(&self) -> bool {
        self.awaited().next().is_some()
    }

    /// Whether it waits for this file.
    pub fn awaits(&self, media: &MediaId) -> bool {
        self.awaited().any(|awaited| awaited.awaited == *media)
    }

    /// The size of all files together in bytes, as far as it is known.
    pub fn size_bytes(&self) -> u64 {
        self.media().iter().map(TargetMedia::size_bytes).sum()
    }

    /// Puts these bytes in the place of the media with their id.
    pub fn put(&mut self, media: &MediaRef) {
        for place in self.content.media_mut().iter_mut().filter(|place| *place.id() == media.id) {
            *place = TargetMedia::Verified(media.clone());
        }
    }

    /// How messages name it.
    pub fn target(&self) -> TargetRef {
        TargetRef { tenant: self.tenant.clone(), post: self.post.clone(), account: self.account.clone() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use slipway_domain::{FileKind, MediaKind};

    use super::*;
    use crate::item::{Item, read};

    /// A target as it was stored when there were only videos, verbatim.
    fn old() -> Value {
        json!({
            "tenant": "ten_1", "post": "post_1", "account": "acc_1", "version": 3,
            "state": {"name": "draft"},
            "settings": {
                "post_mode": "direct", "caption": "Hello", "privacy_level": "SELF_ONLY",
                "disclosure": {"brand_content_toggle": false, "brand_organic_toggle": false},
                "interactions": {"disable_comment": true, "disable_duet": true, "disable_stitch": true},
                "is_aigc": false, "video_cover_timestamp_ms": 1500,
            },
            "media": {"id": "med_1", "s3_key": "media/ten_1/med_1", "etag": "\"e\"", "size_bytes": 4_000_000_000_u64,
                "video_type": "web_m"},
            "username": "creator", "accepted_at": "2026-11-22T12:00:00Z", "give_up_at": "2026-11-23T12:00:00Z",
            "updated_at": "2026-11-22T12:00:00Z", "due_at": 1_790_000_000, "nudges": 2,
            "timeline": [
                {"at": "2026-11-22T12:00:00Z", "state": "draft", "note": "accepted"},
                {"at": "2026-11-22T12:00:00Z", "state": "of_a_later_version", "note": "done before a rollback"},
            ],
        })
    }

    fn photos(media: Value) -> Value {
        let mut photos = old();
        photos["settings"] = json!({
            "post_mode": "direct", "title": "A title", "description": "Hello", "privacy_level": "SELF_ONLY",
            "disclosure": {"brand_content_toggle": false, "brand_organic_toggle": false},
            "disable_comment": true, "auto_add_music": false, "is_aigc": false,
        });
        photos["media"] = media;
        photos
    }

    fn stored(record: &Value) -> Item {
        let mut item: Item = serde_dynamo::to_item(record).unwrap();
        item.extend(crate::item::key("POST#post_1", "TARGET#acc_1"));
        item
    }

    #[test]
    fn a_target_of_the_time_when_there_were_only_videos_is_read_as_it_was() {
        let record: TargetRecord = read(stored(&old())).unwrap();
        let Content::Video { settings, media } = &record.content else { panic!("{record:?}") };
        assert_eq!((settings.caption.as_str(), settings.video_cover_timestamp_ms), ("Hello", Some(1500)));
        let media = media.verified().unwrap();
        assert_eq!((media.kind, media.size_bytes, record.requeues), (FileKind::WebM, 4_000_000_000, 2));
        // And it is written under the same names, so that a version that is rolled back reads it, too.
        let written = serde_json::to_value(&record).unwrap();
        for (name, value) in old().as_object().unwrap() {
            assert_eq!(written.get(name), Some(value), "{name}");
        }
        assert_eq!(read::<TargetRecord>(serde_dynamo::to_item(&record).unwrap()).unwrap(), record);
    }

    #[test]
    fn photos_come_back_as_they_were_stored_and_take_what_arrives() {
        let one =
            json!({"id": "med_1", "s3_key": "media/ten_1/med_1", "etag": "e", "size_bytes": 5, "video_type": "jpeg"});
        let media = json!({"images": [one, {"awaited": "med_2"}, {"awaited": "med_2"}], "cover": 1});
        let mut record: TargetRecord = read(stored(&photos(media))).unwrap();
        assert_eq!((record.content.kind(), record.size_bytes()), (MediaKind::Photo, 5));
        let med_2: MediaId = "med_2".parse().unwrap();
        assert!(record.is_awaiting() && record.awaits(&med_2) && record.uses(&med_2));
        let first = record.media()[0].verified().unwrap().clone();
        record.put(&MediaRef { id: med_2.clone(), size_bytes: 7, ..first });
        assert!(!record.is_awaiting() && !record.awaits(&med_2) && record.uses(&med_2));
        assert_eq!(record.size_bytes(), 19);
        assert_eq!(read::<TargetRecord>(serde_dynamo::to_item(&record).unwrap()).unwrap(), record);
    }

    #[test]
    fn photos_whose_cover_is_none_of_them_are_not_read() {
        for (count, cover, is_read) in [(2, 1, true), (2, 2, false), (0, 0, false), (36, 0, false)] {
            let images: Vec<_> = (0..count).map(|_| json!({"awaited": "med_1"})).collect();
            let found = read::<TargetRecord>(stored(&photos(json!({"images": images, "cover": cover}))));
            assert_eq!(found.is_ok(), is_read, "{count} {cover}");
        }
    }
}
