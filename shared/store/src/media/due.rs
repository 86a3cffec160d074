//! The `due` index: all media, by the time at which the sweep looks whether it is still needed.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use slipway_domain::{MediaId, PostId, TenantId};

use super::{MEDIA, Media, MediaRecord, TENANT, key};
use crate::item::{ids, number, read, seconds, text, texts};
use crate::update::Update;
use crate::{Epoch, Stale, StoreError, Write, shards};

impl Media {
    /// Media that is due by `now`, the oldest first, at most `most` a shard and some of the newest. The index lags: read
    /// the media itself before acting.
    pub async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(TenantId, MediaId)>, StoreError> {
        let keys = shards::due(&self.client, &self.table, shards::DUE, now, most).await?;
        Ok(keys.iter().filter_map(|item| ids(item, TENANT, MEDIA)).collect())
    }

    /// Notes that these posts no longer need the media, and that the last of them ended at `ended`; the sweep looks
    /// again at `due`. Nothing happens if the media changed since it was read.
    pub async fn released(
        &self,
        record: &MediaRecord,
        by: &[PostId],
        ended: Option<Timestamp>,
        due: Timestamp,
    ) -> Result<Write<MediaRecord>, StoreError> {
        let mut next = record.clone();
        next.version = record.version.saturating_add(1);
        next.due_at = Epoch::from(due);
        next.last_use_ended_at = record.last_use_ended_at.max(ended);
        next.posts.retain(|post| !by.contains(post));
        let mut update =
            self.update_unchanged(record).set("version", number(next.version)).set("due_at", seconds(next.due_at));
        if let Some(at) = next.last_use_ended_at {
            update = update.set("last_use_ended_at", text(at.to_string()));
        }
        if !by.is_empty() {
            update = update.delete("posts", texts(by));
        }
        match update.send(&self.client, ReturnValue::None).await? {
            Write::Done(_) => Ok(Write::Done(next)),
            Write::Refused(met) => Ok(Write::Refused(met.map(read::<MediaRecord>).transpose()?.into())),
        }
    }

    /// Lets the sweep look at it at `until` only, whatever it is: what can't be dealt with now must not stand in the
    /// way of the rest. Refused if it is gone.
    pub async fn put_off(
        &self,
        tenant: &TenantId,
        id: &MediaId,
        until: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let update =
            Update::of(&self.table, key(tenant, id)).set("due_at", seconds(until)).when("attribute_exists(pk)");
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }
}
