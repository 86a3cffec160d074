//! The bucket, compared with what is on record: what nobody has counted is counted, and what nobody may keep goes.
//!
//! An upload URL lives on after its file was verified or its media deleted, and nobody has to have a file verified. So
//! the bucket itself is asked what is in it, page after page.

use std::collections::HashMap;
use std::time::Instant;

use futures_util::future::join_all;
use jiff::Timestamp;
use slipway_domain::{MediaId, Reach, TenantId};
use slipway_media::{Bucket, Listed, MediaError, refuse, remove};
use slipway_store::Write;
use slipway_store::media::{BucketRound, Media, MediaRecord, MediaState, ObjectNotCounted, StoredObject};

use crate::groups;

/// What comparing the bucket needs. Built once a process.
#[derive(Debug, Clone)]
pub struct BucketSweep {
    /// The media table.
    pub media: Media,
    /// The media bucket.
    pub bucket: Bucket,
}

/// What a run found and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects that were compared.
    pub objects: usize,
    /// Objects that nobody had counted, and that are counted now.
    pub counted: usize,
    /// Objects that were removed.
    pub removed: usize,
    /// Objects that could not be dealt with: the next round does it.
    pub failed: usize,
}

/// What became of an object that is not as the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// It is as the table says after all, or somebody else is at it.
    Left,
    /// It counts.
    Counted,
    /// It is gone.
    Removed,
}

impl BucketSweep {
    /// Compares page after page of the bucket. Begins nothing after `deadline`; the next run goes on where it is.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Result<Swept, MediaError> {
        let mut swept = Swept::default();
        let Some(mut round) = self.media.bucket_round().await?.at(now) else { return Ok(swept) };
        loop {
            let is_done = self.page(&mut round, &mut swept, now, deadline).await?;
            if is_done {
                round.after = None;
            }
            // After each page: a run that dies loses no more than one.
            self.media.note_bucket_round(&round).await?;
            if is_done || Instant::now() >= deadline {
                break;
            }
        }
        let Swept { objects, counted, removed, failed } = swept;
        tracing::info!(objects, counted, removed, failed, "bucket compared");
        Ok(swept)
    }

    /// Compares the next page; answers whether it was the last one, and all of it was dealt with.
    async fn page(
        &self,
        round: &mut BucketRound,
        swept: &mut Swept,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<bool, MediaError> {
        let page = self.bucket.page(MediaRecord::KEYS, round.after.as_deref()).await?;
        for listed in page.objects.chunks(Media::MOST_AT_ONCE) {
            let uncounted = self.uncounted(listed).await?;
            for group in groups(&uncounted, deadline) {
                for settled in join_all(group.iter().map(|listed| self.settle(listed, now))).await {
                    swept.count(settled);
                }
            }
            if Instant::now() >= deadline {
                // Perhaps not all of these were dealt with.
                return Ok(false);
            }
            swept.objects += listed.len();
            round.after = listed.last().map(|last| last.key.clone());
        }
        Ok(page.is_last)
    }

    /// Those that are not as the table says.
    async fn uncounted<'a>(&self, listed: &'a [Listed]) -> Result<Vec<&'a Listed>, MediaError> {
        // A key of another form is none of ours.
        let ours: Vec<_> = listed.iter().filter_map(ids).collect();
        let records = self.media.all_of(&ours).await?;
        let records: HashMap<&str, &MediaRecord> =
            records.iter().map(|record| (record.s3_key.as_str(), record)).collect();
        let is_counted =
            |listed: &Listed| records.get(listed.key.as_str()).is_some_and(|record| is_counted(record, &listed.object));
        Ok(listed.iter().filter(|listed| ids(listed).is_some() && !is_counted(listed)).collect())
    }

    /// Settles one object, and says in the log if that was not possible.
    async fn settle(&self, listed: &Listed, now: Timestamp) -> Option<Settled> {
        let (tenant, id) = ids(listed)?;
        match self.compare(&tenant, &id, &listed.key, now).await {
            Ok(settled) => {
                if settled != Settled::Left {
                    tracing::warn!(media.id = %id, tenant.id = %tenant, ?settled, "an object that nobody had counted");
                }
                Some(settled)
            }
            Err(error) => {
                tracing::error!(media.id = %id, tenant.id = %tenant, %error, "an object could not be dealt with");
                None
            }
        }
    }

    /// Compares one object with its record, both as they are now. Whatever it writes, it writes on the condition that the
    /// record is still as it was read.
    async fn compare(&self, tenant: &TenantId, id: &MediaId, key: &str, now: Timestamp) -> Result<Settled, MediaError> {
        let object = self.bucket.object(key);
        // The record is written before its object can come, so there will be none.
        let Some(record) = self.media.get_also_deleting(&Reach::whole(tenant), id).await? else {
            object.delete().await?;
            return Ok(Settled::Removed);
        };
        if !record.is_there() {
            remove(&self.media, &self.bucket, &record).await?;
            return Ok(Settled::Removed);
        }
        // The object after the record: so whoever has verified another one since has changed the record, too.
        let Some(found) = object.head().await? else { return Ok(Settled::Left) };
        if let (MediaState::Pending, Some(upload)) = (&record.state, &record.multipart) {
            // Parts are not joined where an object is, so nobody needs them.
            object.abort(&upload.upload_id).await?;
        }
        if takes(&record, &found) {
            return Ok(Settled::Left);
        }
        if matches!(record.state, MediaState::Failed { object: None, .. }) {
            object.delete().await?;
            return Ok(Settled::Removed);
        }
        Ok(match self.media.count_object(&record, &found, now).await? {
            Write::Done(_) => Settled::Counted,
            Write::Refused(ObjectNotCounted::Conflict) => Settled::Left,
            Write::Refused(ObjectNotCounted::NoRoom(no_room)) => {
                let is_refused = refuse(&self.media, &self.bucket, &record, &no_room, now).await?;
                if is_refused { Settled::Removed } else { Settled::Left }
            }
        })
    }
}

impl Swept {
    fn count(&mut self, settled: Option<Settled>) {
        match settled {
            Some(Settled::Left) => {}
            Some(Settled::Counted) => self.counted += 1,
            Some(Settled::Removed) => self.removed += 1,
            None => self.failed += 1,
        }
    }
}

fn ids(listed: &Listed) -> Option<(TenantId, MediaId)> {
    MediaRecord::ids_of(&listed.key)
}

/// Whether all is as the table says, so that there is nothing to do.
fn is_counted(record: &MediaRecord, object: &StoredObject) -> bool {
    let has_parts = matches!(record.state, MediaState::Pending) && record.multipart.is_some();
    record.is_there() && !has_parts && takes(record, object)
}

/// Whether the media takes of its tenant's storage what this object is.
fn takes(record: &MediaRecord, object: &StoredObject) -> bool {
    match &record.state {
        // Whoever imports it verifies it, and counts it then.
        MediaState::Pending => record.import.is_some() || record.charged_bytes >= object.size_bytes,
        MediaState::Ready { object: own, .. } | MediaState::Failed { object: Some(own), .. } => {
            own.etag == object.etag && record.charged_bytes == object.size_bytes
        }
        // An import or upload of which nothing is kept.
        MediaState::Failed { object: None, .. } => false,
    }
}
