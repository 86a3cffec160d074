//! What came of attempts: written together with what it says of the endpoint.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use slipway_domain::{TenantId, WebhookId};

use super::{DeliveryRecord, Stats, Webhooks, endpoint_key};
use crate::item::{number, text};
use crate::transact::transact;
use crate::update::Update;
use crate::{Stale, StoreError, Write};

/// What came of one attempt.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The delivery as it is now: its version is one more than the one that was read.
    pub delivery: DeliveryRecord,
    /// What the endpoint's health is now, if it is another one.
    pub health: Option<Health>,
}

/// How an endpoint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Since when every attempt fails.
    pub failing_since: Option<Timestamp>,
    /// How many attempts in a row ran out of time.
    pub slow_in_a_row: u32,
    /// Until when it is left alone.
    pub rests_until: Option<Timestamp>,
    /// The endpoint's version when it was called: what is known of an address says nothing of the one that followed it.
    pub version: u64,
}

impl Webhooks {
    /// The most results of one write: each is three items, and a transaction has a hundred at most.
    pub const MOST_RESULTS: usize = 33;

    /// Writes the results, as many together as fit. What somebody else has written first is left as it is. Answers each in
    /// its place.
    pub async fn record(
        &self,
        results: &[Settled],
        now: Timestamp,
        dice: u8,
    ) -> Result<Vec<Write<(), Stale>>, StoreError> {
        let mut written = Vec::with_capacity(results.len());
        for results in results.chunks(Self::MOST_RESULTS) {
            if transact(&self.client, self.items(results, now, dice)?).await?.is_done() {
                written.extend(results.iter().map(|_| Write::Done(())));
                continue;
            }
            // One of them was written by somebody else, or an endpoint was changed or deleted. The others hold, and what
            // came of a call holds whatever became of its endpoint.
            for result in results {
                let mut write = self.one(result, now, dice).await?;
                if !write.is_done() && result.health.is_some() {
                    write = self.one(&Settled { health: None, ..result.clone() }, now, dice).await?;
                }
                written.push(write);
            }
        }
        Ok(written)
    }

    async fn one(&self, result: &Settled, now: Timestamp, dice: u8) -> Result<Write<(), Stale>, StoreError> {
        let items = self.items(std::slice::from_ref(result), now, dice)?;
        Ok(transact(&self.client, items).await?.bare())
    }

    fn items(&self, results: &[Settled], now: Timestamp, dice: u8) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut items = Vec::new();
        let mut stats: BTreeMap<&WebhookId, Stats> = BTreeMap::new();
        let mut health: BTreeMap<&WebhookId, (&TenantId, Health)> = BTreeMap::new();
        for result in results {
            items.push(self.delivery_in_transaction(&result.delivery)?);
            *stats.entry(&result.delivery.webhook).or_default() += Stats::of(result.delivery.status);
            if let Some(now) = result.health {
                health.insert(&result.delivery.webhook, (&result.delivery.tenant, now));
            }
        }
        for (webhook, stats) in stats.into_iter().filter(|(_, stats)| *stats != Stats::default()) {
            items.push(self.count_in_transaction(webhook, stats, now, dice)?);
        }
        for (webhook, (tenant, health)) in health {
            let update = Update::of(&self.table, endpoint_key(tenant, webhook))
                .set("slow_in_a_row", number(health.slow_in_a_row))
                .set_or_remove("failing_since", health.failing_since.map(|at| text(at.to_string())))
                .set_or_remove("rests_until", health.rests_until.map(|at| text(at.to_string())))
                .when("#version = :read")
                .with(":read", number(health.version));
            items.push(update.in_transaction()?);
        }
        Ok(items)
    }
}
