//! An event comes out of the log's stream: each endpoint that wants it gets a message of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::Value;
use slipway_contract::queue::DeliveryMessage;
use slipway_domain::{AccountId, BrandId, TenantId};
use slipway_store::StoreError;
use slipway_store::events::LogEntry;
use slipway_store::webhooks::{DeliveryRecord, WebhookRecord};

use crate::Deliver;

/// Changes of the log, as Lambda hands them on.
#[derive(Debug, Deserialize)]
pub(crate) struct Changes {
    #[serde(rename = "Records")]
    records: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct Change {
    dynamodb: Item,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    sequence_number: String,
    new_image: Option<Value>,
}

impl Deliver {
    /// Sends the messages about these events. Answers the place of the first one of which not all were sent: from there
    /// on the stream is brought again. Who gets a message twice calls its endpoint under the same id.
    pub(crate) async fn hand_out(&self, changes: Changes) -> Vec<String> {
        let mut entries = Vec::new();
        for change in changes.records {
            let Item { sequence_number, new_image: Some(image) } = change.dynamodb else { continue };
            match LogEntry::from_image(image) {
                Ok(entry) if entry.kind.is_delivered() => entries.push((sequence_number, entry)),
                Ok(_) => {}
                // Nobody can ever read it, and nothing behind it is to wait.
                Err(error) => {
                    tracing::error!(%error, sequence_number, "an entry of the log does not read; nobody is told");
                }
            }
        }
        let Some((first, _)) = entries.first() else { return Vec::new() };
        match self.messages(&entries).await {
            Ok(messages) => {
                let sent: Vec<_> = messages.iter().map(|(_, message)| sent(message)).collect();
                let sent = self.deliveries.send_all(&sent);
                let failed =
                    sent.await.into_iter().zip(&messages).find_map(|(sent, (place, _))| Some((sent.err()?, place)));
                let Some((error, place)) = failed else { return Vec::new() };
                tracing::warn!(%error, "not all messages were sent; the stream is brought again");
                vec![(*place).clone()]
            }
            Err(error) => {
                tracing::warn!(%error, "endpoints could not be read; the stream is brought again");
                vec![first.clone()]
            }
        }
    }

    /// The messages, each with the place of its event.
    async fn messages<'a>(
        &self,
        entries: &'a [(String, LogEntry)],
    ) -> Result<Vec<(&'a String, DeliveryMessage)>, StoreError> {
        let tenants: BTreeSet<&TenantId> = entries.iter().map(|(_, entry)| &entry.tenant).collect();
        let endpoints =
            tenants.iter().map(async |tenant| Ok::<_, StoreError>((*tenant, self.webhooks.list(tenant).await?)));
        let endpoints: BTreeMap<_, _> = try_join_all(endpoints).await?.into_iter().collect();
        // One after the other: a batch may concern thousands of accounts, and only brands are asked for.
        let mut told = Vec::new();
        for (place, entry) in entries {
            let endpoints = endpoints.get(&entry.tenant).map_or(&[][..], Vec::as_slice);
            told.push((place, entry, self.who_wants(endpoints, entry).await?));
        }
        let mut messages = Vec::new();
        for (place, entry, webhooks) in told {
            messages.extend(webhooks.into_iter().map(|webhook| (place, message(webhook, entry))));
        }
        Ok(messages)
    }

    /// The endpoints that are to be told of this.
    pub(crate) async fn who_wants<'a>(
        &self,
        endpoints: &'a [WebhookRecord],
        entry: &LogEntry,
    ) -> Result<Vec<&'a WebhookRecord>, StoreError> {
        let asks_for_brands = endpoints.iter().any(|endpoint| !endpoint.brands.is_empty());
        let brands = if asks_for_brands { self.brands(entry).await? } else { Vec::new() };
        Ok(endpoints.iter().filter(|endpoint| endpoint.wants(entry, &brands)).collect())
    }

    /// The brands that the event concerns. An event about an account's end says it itself.
    async fn brands(&self, entry: &LogEntry) -> Result<Vec<BrandId>, StoreError> {
        if let Some(brand) = entry.data["brand_id"].as_str().and_then(|text| text.parse().ok()) {
            return Ok(vec![brand]);
        }
        let brand = async |account: &AccountId| {
            let found = self.accounts.get(&entry.tenant, account).await?;
            Ok::<_, StoreError>(found.map(|account| account.brand_or_default()))
        };
        let found = try_join_all(entry.accounts.iter().map(brand)).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

fn message(webhook: &WebhookRecord, entry: &LogEntry) -> DeliveryMessage {
    let delivery = DeliveryRecord::of(webhook, entry);
    DeliveryMessage {
        tenant: delivery.tenant,
        webhook: delivery.webhook,
        delivery: delivery.id,
        place: delivery.event.map(|event| event.place),
        again: false,
    }
}

/// The message in its group: an endpoint with a thousand messages does not hold up another one's first.
pub(crate) fn sent(message: &DeliveryMessage) -> (&str, &DeliveryMessage, Duration) {
    (message.webhook.as_str(), message, Duration::ZERO)
}
