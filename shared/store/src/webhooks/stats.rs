//! How an endpoint does: how many deliveries arrived and how many were given up, hour by hour.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use slipway_domain::webhook::DELIVERY_KEPT_FOR;
use slipway_domain::{DeliveryStatus, WebhookId};

use super::{Webhooks, deliveries_pk};
use crate::item::{EXPIRES_AT, count_of, key, number, seconds, text_of};
use crate::pages::{self, all_items};
use crate::update::Update;
use crate::{Hour, StoreError};

/// How deliveries ended within a time. One that is told again ends again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Deliveries that the endpoint took.
    pub delivered: u64,
    /// Deliveries that are not tried any more.
    pub failed: u64,
}

/// What the sort keys of an hour's counts begin with.
const HOUR: &str = "HOUR#";
/// Over how many items an hour's counts are spread, so that workers side by side seldom write the same one.
const SHARDS: u8 = 8;

impl Webhooks {
    /// How deliveries ended since `since`, by the hour.
    pub async fn stats(&self, webhook: &WebhookId, since: Timestamp) -> Result<BTreeMap<Hour, Stats>, StoreError> {
        let since = format!("{:010}", Hour::of(since));
        let query = pages::from(&self.client, &self.table, &deliveries_pk(webhook), HOUR, &since);
        let mut hours: BTreeMap<Hour, Stats> = BTreeMap::new();
        for item in all_items(query).await? {
            let hour = text_of(&item, "sk").and_then(|sk| sk.split('#').nth(1)?.parse().ok()).unwrap_or_default();
            let counts = hours.entry(hour).or_default();
            counts.delivered += count_of::<u64>(&item, "delivered")?;
            counts.failed += count_of::<u64>(&item, "failed")?;
        }
        Ok(hours)
    }

    /// The write that counts these.
    pub(super) fn count_in_transaction(
        &self,
        webhook: &WebhookId,
        stats: Stats,
        now: Timestamp,
        dice: u8,
    ) -> Result<TransactWriteItem, StoreError> {
        let sk = format!("{HOUR}{:010}#{}", Hour::of(now), dice % SHARDS);
        let mut update =
            Update::of(&self.table, key(deliveries_pk(webhook), sk)).set(EXPIRES_AT, seconds(now + DELIVERY_KEPT_FOR));
        for (name, count) in [("delivered", stats.delivered), ("failed", stats.failed)] {
            if count > 0 {
                update = update.add(name, number(count));
            }
        }
        update.in_transaction()
    }
}

impl Stats {
    /// One delivery that is in this status now. What is still to be tried has not ended.
    pub fn of(status: DeliveryStatus) -> Self {
        let is = |which| u64::from(status == which);
        Self { delivered: is(DeliveryStatus::Delivered), failed: is(DeliveryStatus::Failed) }
    }

    /// The sum of the hours that began at `since` or later, and of the hour in which `since` is.
    pub fn since(hours: &BTreeMap<Hour, Self>, since: Timestamp) -> Self {
        let mut sum = Self::default();
        for (_, stats) in hours.range(Hour::of(since)..) {
            sum += *stats;
        }
        sum
    }
}

impl AddAssign for Stats {
    fn add_assign(&mut self, more: Self) {
        self.delivered += more.delivered;
        self.failed += more.failed;
    }
}
