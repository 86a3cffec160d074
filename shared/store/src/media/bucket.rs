//! What is in the bucket and what is on record about it: how far a comparison has come, and what it writes down.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::schedule::BUCKET_ROUND_EVERY;
use slipway_domain::{MediaId, TenantId};

use super::verification::Unsettled;
use super::{Media, MediaReason, MediaRecord, MediaState, NoRoom, StoredObject, key};
use crate::batch::{self, Freshness};
use crate::item::{Item, read, text};
use crate::update::Update;
use crate::{Conflict, StoreError, Write};

/// How far the bucket was compared with the table. A round takes as many runs as it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRound {
    /// When the round began; nothing before the very first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// The key behind which it goes on; nothing if it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl BucketRound {
    /// The round to go on with at `now`, or the next one; nothing if that has time.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Option<Self> {
        let is_next_due = self.began_at.is_none_or(|at| now.duration_since(at) >= BUCKET_ROUND_EVERY);
        match self.after {
            Some(_) => Some(self),
            None if is_next_due => Some(Self { began_at: Some(now), after: None }),
            None => None,
        }
    }
}

/// Why an object was not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectNotCounted {
    /// The media was changed since it was read, or is gone.
    Conflict,
    /// The plan has no room for it.
    NoRoom(NoRoom),
}

impl Media {
    /// How many media [`all_of`](Self::all_of) reads at once, at most.
    pub const MOST_AT_ONCE: usize = batch::MOST_KEYS;

    /// How far the bucket was compared.
    pub async fn bucket_round(&self) -> Result<BucketRound, StoreError> {
        self.item(round_key()).await?.map_or(Ok(BucketRound::default()), read)
    }

    /// Writes down how far the bucket was compared. Of two runs at the same time the last one wins: what was compared
    /// is then compared again.
    pub async fn note_bucket_round(&self, round: &BucketRound) -> Result<(), StoreError> {
        let update = Update::of(&self.table, round_key())
            .set_or_remove("began_at", round.began_at.map(|at| text(at.to_string())))
            .set_or_remove("after", round.after.clone().map(text));
        update.send(&self.client, ReturnValue::None).await.map(drop)
    }

    /// These media, as far as they are there, also those that are being deleted. They may be some moments old: read one
    /// again before acting.
    pub async fn all_of(&self, ids: &[(TenantId, MediaId)]) -> Result<Vec<MediaRecord>, StoreError> {
        // DynamoDB refuses a batch that names an item twice.
        let ids: HashSet<_> = ids.iter().collect();
        let keys = ids.into_iter().map(|(tenant, id)| (&self.table, key(tenant, id)));
        let found = batch::read(&self.client, keys, Freshness::Lately).await?;
        found.into_iter().map(|(_, item)| read(item)).collect()
    }

    /// Counts the object that is there, if the media is still as `record` says. If it is not the one that was verified,
    /// the media has to be verified again. Safe to run twice and next to a twin.
    pub async fn count_object(
        &self,
        record: &MediaRecord,
        object: &StoredObject,
        now: Timestamp,
    ) -> Result<Write<MediaRecord, ObjectNotCounted>, StoreError> {
        let is_verified = record.state.object().is_some_and(|verified| verified.etag == object.etag);
        let state = if is_verified { record.state.clone() } else { MediaState::Pending };
        let counted = record.clone().found(state, object.size_bytes, &self.rules.lifetimes, now);
        Ok(match self.write_state(record, counted).await? {
            Write::Done(media) => Write::Done(media),
            Write::Refused(Unsettled::Conflict(_)) => Write::Refused(ObjectNotCounted::Conflict),
            Write::Refused(Unsettled::NoRoom(no_room)) => Write::Refused(ObjectNotCounted::NoRoom(no_room)),
        })
    }

    /// Notes that nothing is kept for this media, and why, if it is still as `record` says; it takes nothing of the
    /// storage. That is final: whatever is under its key from then on may be deleted.
    pub async fn refuse(
        &self,
        record: &MediaRecord,
        reasons: Vec<MediaReason>,
        now: Timestamp,
    ) -> Result<Write<MediaRecord>, StoreError> {
        let state = MediaState::Failed { object: None, findings: None, reasons };
        let refused = record.clone().found(state, 0, &self.rules.lifetimes, now);
        match self.write_state(record, refused).await? {
            Write::Done(media) => Ok(Write::Done(media)),
            Write::Refused(Unsettled::Conflict(conflict)) => Ok(Write::Refused(conflict)),
            // Who takes nothing is never refused.
            Write::Refused(Unsettled::NoRoom(_)) => Ok(Write::Refused(Conflict::Gone)),
        }
    }
}

fn round_key() -> Item {
    crate::item::key("BUCKET", "ROUND")
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_round_goes_on_until_it_is_done_and_the_next_one_comes_an_hour_later() {
        let now = Timestamp::UNIX_EPOCH;
        let first = BucketRound::default().at(now).unwrap();
        assert_eq!(first, BucketRound { began_at: Some(now), after: None });
        for (after, later, goes_on) in [(None, 3599, None), (None, 3600, Some(true)), (Some("media/a"), 1, Some(false))]
        {
            let round = BucketRound { after: after.map(str::to_owned), ..first.clone() };
            let next = round.clone().at(now + SignedDuration::from_secs(later));
            assert_eq!(next.as_ref().map(|next| *next != round), goes_on, "{after:?} {later}");
        }
    }
}
