//! An event comes out of the log's stream: each endpoint that wants it gets a message of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use slipway_contract::queue::{DeliveryMessage, Share};
use slipway_domain::{Hidden, Reach, TenantId};
use slipway_store::StoreError;
use slipway_store::events::LogEntry;
use slipway_store::webhooks::DeliveryRecord;

use crate::Deliver;
use crate::fresh::Fresh;

/// Changes of the log, as Lambda hands them on.
#[derive(Debug, Deserialize)]
pub struct Changes {
    #[serde(rename = "Records")]
    records: Vec<StreamRecord>,
}

#[derive(Debug, Deserialize)]
struct StreamRecord {
    dynamodb: Item,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    sequence_number: String,
    new_image: Option<Hidden<Value>>,
}

impl Deliver {
    /// Sends the messages about these events. Answers the place of the first one of which not all were sent: from there
    /// on the stream is brought again. Who gets a message twice calls its endpoint under the same id.
    pub async fn hand_out(&self, changes: Changes, now: Timestamp) -> Option<String> {
        let mut entries = Vec::new();
        for change in changes.records {
            let Item { sequence_number, new_image: Some(Hidden(image)) } = change.dynamodb else { continue };
            match LogEntry::from_image(image) {
                Ok(entry) if entry.kind.is_delivered() => entries.push((sequence_number, entry)),
                Ok(_) => {}
                // Nobody can ever read it, and nothing behind it is to wait.
                Err(error) => {
                    tracing::error!(%error, sequence_number, "an entry of the log does not read; nobody is told");
                }
            }
        }
        let (first, _) = entries.first()?;
        match self.messages(&entries, now).await {
            Ok(messages) => {
                let sent: Vec<_> = messages
                    .iter()
                    .map(|(_, share, message)| (message.group(*share), message, Duration::ZERO))
                    .collect();
                let sent = self.deliveries.send_all(&sent);
                let failed =
                    sent.await.into_iter().zip(&messages).find_map(|(sent, (place, ..))| Some((sent.err()?, place)));
                let (error, place) = failed?;
                tracing::warn!(%error, "not all messages were sent; the stream is brought again");
                Some((*place).clone())
            }
            Err(error) => {
                tracing::warn!(%error, "endpoints could not be read; the stream is brought again");
                Some(first.clone())
            }
        }
    }

    /// The messages, each with the place of its event and its share of the queue.
    async fn messages<'a>(
        &self,
        entries: &'a [(String, LogEntry)],
        now: Timestamp,
    ) -> Result<Vec<(&'a String, Share, DeliveryMessage)>, StoreError> {
        let tenants: BTreeSet<&TenantId> = entries.iter().map(|(_, entry)| &entry.tenant).collect();
        let endpoints = tenants.iter().map(async |tenant| (*tenant, self.webhooks.list(&Reach::whole(tenant)).await));
        let mut all = BTreeMap::new();
        for (tenant, endpoints) in join_all(endpoints).await {
            match endpoints {
                Ok(endpoints) => _ = all.insert(tenant, endpoints),
                // It stays so however often it is read, and the others are not to wait for it.
                Err(error @ StoreError::Record(_)) => {
                    tracing::error!(%error, tenant.id = %tenant, "endpoints do not read; their owner is told nothing");
                }
                Err(error) => return Err(error),
            }
        }
        let of = |entry: &LogEntry| all.get(&entry.tenant).map_or(&[][..], Vec::as_slice);
        let asks = |entry: &LogEntry| of(entry).iter().any(|endpoint| !endpoint.brands.is_empty());
        let asked: Vec<&LogEntry> = entries.iter().map(|(_, entry)| entry).filter(|entry| asks(entry)).collect();
        let mut brands = self.accounts.brands_of(&asked).await?.into_iter();
        let mut messages = Vec::new();
        for (place, entry) in entries {
            let brands = if asks(entry) { brands.next().unwrap_or_default() } else { Vec::new() };
            let wants = of(entry).iter().filter(|endpoint| endpoint.wants(entry, &brands));
            messages.extend(wants.map(|webhook| {
                let share = if webhook.slow_in_a_row == 0 { Share::Fresh } else { Share::Again };
                let fresh = Fresh { read_at: now, webhook: webhook.clone(), entry: entry.clone() };
                (place, share, fresh.carried_by(DeliveryRecord::of(webhook, entry).message(false)))
            }));
        }
        Ok(messages)
    }
}
