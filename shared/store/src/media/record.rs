//! What is stored about a video or photo.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_contract::queue::ImportMessage;
use slipway_domain::media::type_of;
use slipway_domain::schedule::GRACE;
use slipway_domain::{BrandId, MediaId, Plan, PostId, TenantId, UploadId};

use super::{Import, Lifetimes, MediaState, SourceUrl};
use crate::Epoch;

/// A video or photo, uploaded or about to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaRecord {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: MediaId,
    /// What the caller calls it. Says nothing about the content.
    pub filename: String,
    /// What the caller says that it is. Says nothing about the content.
    pub declared_type: String,
    /// The size in bytes that the caller announced. S3 holds the caller to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_size: Option<u64>,
    /// SHA-256 of the content in hex, if the caller announced it. S3 holds the caller to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How it is fetched from where the caller said that it is, if it was not uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
    /// The object's key in the media bucket.
    pub s3_key: String,
    /// Whether S3 takes one file for it and no second one, because every upload demands that nothing is there. Else the
    /// object may be replaced after it was verified, as long as its upload URL lives and a PUT may take.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub write_once: bool,
    /// The upload in parts that may be under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<MultipartUpload>,
    /// What is known about the content.
    pub state: MediaState,
    /// Counts every write. A write that read an older version is lost.
    #[serde(default)]
    pub version: u64,
    /// What it takes of its tenant's storage, in bytes: what was announced, and once it was verified what is there.
    #[serde(default)]
    pub charged_bytes: u64,
    /// The tenant's own plan when it was made, which says how much there is room for; nothing if it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The brands that it belongs to: those of the key that made it. Without any it is the whole tenant's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<BrandId>,
    /// The posts made of it that may still need it. Ended posts are removed later, by the sweep.
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "BTreeSet::is_empty")]
    pub posts: BTreeSet<PostId>,
    /// When the last of the posts that were taken out ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_use_ended_at: Option<Timestamp>,
    /// Since when it is being deleted. It is gone for everybody but those who delete it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleting_since: Option<Timestamp>,
    /// Whether its object was removed, and the record stays only for a file that may still come.
    #[serde(rename = "emptied", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_tombstone: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its state changed last.
    pub updated_at: Timestamp,
    /// When the sweep looks whether it is still needed.
    pub due_at: Epoch,
}

/// An upload in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultipartUpload {
    /// S3's id of it.
    pub upload_id: UploadId,
    /// The size of every part but the last one, in bytes.
    pub part_size: u64,
}

impl MediaRecord {
    /// What the file is by its content; before it is verified, what the caller said.
    pub fn content_type(&self) -> &str {
        self.state.findings().map_or(self.declared_type.as_str(), |found| found.media_type.content_type())
    }

    /// What the key of every object begins with.
    pub const KEYS: &str = "media/";

    /// New media of which nothing is known but what the caller says.
    pub fn new(tenant: TenantId, id: MediaId, filename: String, declared_type: String, now: Timestamp) -> Self {
        Self {
            s3_key: format!("{}{tenant}/{id}", Self::KEYS),
            write_once: false,
            tenant,
            id,
            filename,
            declared_type,
            declared_size: None,
            sha256: None,
            multipart: None,
            import: None,
            state: MediaState::Pending,
            version: 1,
            charged_bytes: 0,
            plan: None,
            brands: Vec::new(),
            posts: BTreeSet::new(),
            last_use_ended_at: None,
            deleting_since: None,
            is_tombstone: false,
            created_at: now,
            updated_at: now,
            due_at: Epoch::from(now.saturating_add(Lifetimes::PENDING).unwrap_or(now)),
        }
    }

    /// New media that is to be fetched from there, of the type that its name promises.
    pub fn to_import(tenant: TenantId, id: MediaId, filename: String, url: SourceUrl, now: Timestamp) -> Self {
        let declared_type = type_of(&filename).to_owned();
        Self::new(tenant, id, filename, declared_type, now).imported_from(Import::from_url(url), now)
    }

    /// The same media, to be fetched from there. The sweep requeues it if nobody has begun by then.
    #[must_use]
    pub fn imported_from(self, import: Import, now: Timestamp) -> Self {
        let due = now.saturating_add(GRACE).unwrap_or(now);
        Self { import: Some(import), due_at: Epoch::from(due), ..self }
    }

    /// The same media of a tenant that has this plan of its own, or none.
    #[must_use]
    pub fn under(self, plan: Option<Plan>) -> Self {
        Self { plan, ..self }
    }

    /// The same media of these brands, or of the whole tenant without any.
    #[must_use]
    pub fn of_brands(self, brands: &[BrandId]) -> Self {
        Self { brands: brands.to_vec(), ..self }
    }

    /// The message that has a worker import it.
    pub fn import_message(&self) -> ImportMessage {
        ImportMessage { tenant: self.tenant.clone(), media: self.id.clone() }
    }

    /// Its brands but for this one.
    pub fn brands_without(&self, brand: &BrandId) -> Vec<BrandId> {
        self.brands.iter().filter(|known| *known != brand).cloned().collect()
    }

    /// The same media with the size that the caller announced, which is charged from now on.
    #[must_use]
    pub fn announced(self, size_bytes: Option<u64>) -> Self {
        Self { declared_size: size_bytes, charged_bytes: size_bytes.unwrap_or(0), ..self }
    }

    /// Whose object has this key, and which; nothing if it is none of ours.
    pub fn ids_of(key: &str) -> Option<(TenantId, MediaId)> {
        let (tenant, id) = key.strip_prefix(Self::KEYS)?.split_once('/')?;
        tenant.parse().ok().zip(id.parse().ok())
    }

    /// Whether another object may take the place of the one that was verified.
    pub const fn can_be_replaced(&self) -> bool {
        !self.write_once && self.import.is_none()
    }

    /// The same media once it was verified: what is there is charged, and its time begins.
    #[must_use]
    pub(super) fn verified(self, state: MediaState, lifetimes: &Lifetimes, now: Timestamp) -> Self {
        let charged_bytes = state.object().map_or(0, |object| object.size_bytes);
        self.found(state, charged_bytes, lifetimes, now)
    }

    /// The same media in this state, of which so much is charged.
    #[must_use]
    pub(super) fn found(self, state: MediaState, charged_bytes: u64, lifetimes: &Lifetimes, now: Timestamp) -> Self {
        let next = Self { charged_bytes, state, version: self.version.saturating_add(1), updated_at: now, ..self };
        Self { due_at: Epoch::from(next.kept_until(lifetimes)), ..next }
    }

    /// The size in bytes: the object's once it was verified, before that what the caller announced.
    pub fn size_bytes(&self) -> Option<u64> {
        self.state.object().map(|object| object.size_bytes).or(self.declared_size)
    }

    /// Until when it is kept if no post needs it any more.
    pub fn kept_until(&self, lifetimes: &Lifetimes) -> Timestamp {
        lifetimes.end_of(&self.state, self.created_at, self.last_use_ended_at)
    }

    /// Whether it is there for callers.
    pub const fn is_there(&self) -> bool {
        self.deleting_since.is_none()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use slipway_domain::FileKind;

    use super::super::{Findings, StoredObject};
    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn made() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn ready() -> MediaState {
        let object = StoredObject { etag: "\"e\"".to_owned(), size_bytes: 1 };
        let findings = Findings::of(FileKind::Mp4);
        MediaState::Ready { object, findings, warnings: Vec::new() }
    }

    #[test]
    fn a_key_names_its_media_and_no_other_key_does() {
        let (tenant, id): (TenantId, MediaId) = ("ten_1".parse().unwrap(), "med_1".parse().unwrap());
        let media = MediaRecord::new(tenant, id, "a.mp4".to_owned(), "video/mp4".to_owned(), made());
        assert_eq!(MediaRecord::ids_of(&media.s3_key), Some((media.tenant, media.id)));
        for key in
            ["", "media/", "media/ten_1", "media/ten_1/", "media/med_1/ten_1", "media/ten_1/med_1/a", "x/ten_1/med_1"]
        {
            assert_eq!(MediaRecord::ids_of(key), None, "{key}");
        }
    }

    #[test]
    fn the_record_is_checked_when_its_time_is_over() {
        let (tenant, id) = ("ten_1".parse().unwrap(), "med_1".parse().unwrap());
        let media = MediaRecord::new(tenant, id, "a.mp4".to_owned(), "video/mp4".to_owned(), made());
        let end_of = |media: &MediaRecord| media.kept_until(&Lifetimes::default()).as_second();
        assert_eq!(media.due_at.as_second(), end_of(&media));
        let ready = media.verified(ready(), &Lifetimes::default(), made() + DAY);
        assert_eq!(
            (ready.due_at.as_second(), ready.due_at.as_second()),
            (end_of(&ready), (made() + DAY * 90).as_second())
        );
    }
}
