//! How many posts of a tenant were accepted for publishing, day by day. A post counts once, in the transaction that
//! accepts it, whatever becomes of it.
//!
//! Where a plan limits it, what was accepted in the days before is read first, and the day's count must still be what was
//! read: two posts at the same moment are not both the last one. Where no plan does, nothing is read, and the count is
//! spread over several items, so that posts do not get into each other's way.

use std::time::Instant;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use slipway_domain::{POST_DAYS, PostId, TenantId};

use super::{PostRecord, Posts, SharedWrite, TargetRecord};
use crate::erase::{self, Erased};
use crate::item::{EXPIRES_AT, Item, count_of, key, number, seconds, tenant_pk, text_of};
use crate::pages::{self, all_items};
use crate::update::Update;
use crate::{Day, StoreError};

/// How many posts were accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// In all of the days.
    pub all: u64,
    /// On the last of them, in the item that limited plans count in.
    pub(super) today: u64,
    /// On each of the days, the oldest first. A day may be there several times.
    days: Vec<(Day, u64)>,
}

impl Accepted {
    /// When there is room for one more again where a plan allows so many: as soon as enough of the days no longer count.
    /// Nothing if there never is.
    pub fn room_at(&self, most: u64) -> Option<Timestamp> {
        let mut left = self.all;
        self.days.iter().find_map(|(day, count)| {
            left = left.saturating_sub(*count);
            (left < most).then(|| day.ahead(POST_DAYS - 1).end())
        })
    }
}

/// Among how many items a day's count is spread.
const SHARDS: u8 = 8;

impl Posts {
    /// Erases how many posts of a space were accepted. Begins no page after `until`.
    pub async fn erase_accepted(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        erase::partition(&self.client, &self.table, &tenant_pk(space), &[], until).await
    }

    /// What was accepted since the beginning of this day, as of `now`.
    pub async fn accepted_since(&self, tenant: &TenantId, first: Day, now: Timestamp) -> Result<Accepted, StoreError> {
        let query = pages::from(&self.client, &self.table, &tenant_pk(tenant), ACCEPTED, &format!("{first:06}"));
        let today = sk(Day::of(now), 0);
        let mut accepted = Accepted::default();
        for item in all_items(query).await? {
            let count: u64 = count_of(&item, "count")?;
            accepted.all += count;
            if text_of(&item, "sk") == Some(today.as_str()) {
                accepted.today = count;
            }
            accepted.days.extend(day_of(&item).map(|day| (day, count)));
        }
        Ok(accepted)
    }

    /// What was accepted in the days that a plan counts.
    pub async fn accepted(&self, tenant: &TenantId, now: Timestamp) -> Result<Accepted, StoreError> {
        self.accepted_since(tenant, Day::of(now).back(POST_DAYS - 1), now).await
    }

    /// The write that counts one post more, if what was `read` for a limited plan is still so.
    pub(super) fn one_more(&self, tenant: &TenantId, post: &PostId, read: Option<&Accepted>, now: Timestamp) -> Update {
        let day = Day::of(now);
        let shard = if read.is_some() { 0 } else { counted_in(post) };
        let update = Update::of(&self.table, key(tenant_pk(tenant), sk(day, shard)))
            .add("count", number(1))
            .set(EXPIRES_AT, seconds(day.ahead(POST_DAYS).end()));
        match read {
            None => update,
            // One that was taken back is there, too.
            Some(Accepted { today: 0, .. }) => {
                update.when("(attribute_not_exists(#count) OR #count = :today)").with(":today", number(0))
            }
            Some(Accepted { today, .. }) => update.when("#count = :today").with(":today", number(*today)),
        }
    }

    /// The write that takes back one that was counted for a limited plan, and not made.
    pub(super) fn one_less(&self, tenant: &TenantId, now: Timestamp) -> Update {
        Update::of(&self.table, key(tenant_pk(tenant), sk(Day::of(now), 0))).add("count", number(-1))
    }
}

/// The post as it is written if this write is the one that accepts it for publishing.
pub(super) fn accepting(
    shared: &SharedWrite,
    read: Option<&PostRecord>,
    targets: &[TargetRecord],
) -> Option<SharedWrite> {
    if !targets.iter().any(|target| target.state.name().is_to_be_published()) {
        return None;
    }
    match (shared, read) {
        (SharedWrite::New(post), _) if !post.accepted => {
            Some(SharedWrite::New(PostRecord { accepted: true, ..post.clone() }))
        }
        (SharedWrite::Replace(post), _) if !post.accepted => {
            Some(SharedWrite::Replace(PostRecord { accepted: true, ..post.clone() }))
        }
        (SharedWrite::Keep, Some(post)) if !post.accepted => {
            let revision = post.revision + 1;
            Some(SharedWrite::Replace(PostRecord { accepted: true, revision, ..post.clone() }))
        }
        _ => None,
    }
}

const ACCEPTED: &str = "ACCEPTED#";

fn sk(day: Day, shard: u8) -> String {
    format!("{ACCEPTED}{day:06}#{shard}")
}

fn day_of(item: &Item) -> Option<Day> {
    let day = text_of(item, "sk")?.strip_prefix(ACCEPTED)?.split('#').next()?;
    day.parse().ok()
}

/// In which of the day's items. Old counts are kept by this rule, and so it is not that of other shards.
fn counted_in(post: &PostId) -> u8 {
    Sha256::digest(post.as_str()).first().map_or(0, |byte| byte % SHARDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_as_soon_as_enough_days_have_passed() {
        let today = Day::of(Timestamp::now());
        let days = vec![(today.back(9), 5), (today.back(9), 1), (today.back(4), 3), (today, 2)];
        let accepted = Accepted { all: 11, today: 2, days };
        let ends = |back| Some(today.back(back).ahead(POST_DAYS - 1).end());
        for (most, expected) in
            [(0, None), (1, ends(0)), (2, ends(0)), (3, ends(4)), (5, ends(4)), (6, ends(9)), (11, ends(9))]
        {
            assert_eq!(accepted.room_at(most), expected, "{most}");
        }
    }
}
