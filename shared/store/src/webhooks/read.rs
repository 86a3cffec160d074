//! What a worker must know to deliver, of many deliveries in one call.

use std::collections::{BTreeMap, BTreeSet};

use slipway_contract::queue::DeliveryMessage;
use slipway_domain::{DeliveryId, LogKey, TenantId, WebhookId};

use super::{DeliveryRecord, WEBHOOK, WebhookRecord, Webhooks, delivery_key, endpoint_key};
use crate::StoreError;
use crate::batch::{self, Freshness};
use crate::events::{Events, LogEntry};
use crate::item::{Item, read, text_of};

/// A delivery that is wanted, with its endpoint and its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Whose.
    pub tenant: TenantId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Which.
    pub delivery: DeliveryId,
    /// The event's place in the log, if that is known already.
    pub place: Option<LogKey>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Endpoints.
    pub webhooks: BTreeMap<WebhookId, WebhookRecord>,
    /// Deliveries that were tried before.
    pub deliveries: BTreeMap<DeliveryId, DeliveryRecord>,
    /// Events by their places.
    pub events: BTreeMap<(TenantId, LogKey), LogEntry>,
}

impl Found {
    /// The event that a message is about, by the place that it names or its delivery knows.
    pub fn event_of(&self, message: &DeliveryMessage) -> Option<&LogEntry> {
        let known = || Some(&self.deliveries.get(&message.delivery)?.event.as_ref()?.place);
        let place = message.place.as_ref().or_else(known)?;
        self.events.get(&(message.tenant.clone(), place.clone()))
    }
}

impl Webhooks {
    /// Reads endpoints, deliveries and events, as many as fit into one call with one call. Events that were not known by
    /// their place are read after their deliveries, with another one.
    pub async fn read(&self, wanted: &[Wanted]) -> Result<Found, StoreError> {
        let mut found = Found::default();
        let mut keys = Vec::new();
        // DynamoDB refuses a call that names a key twice, and messages come twice.
        let (mut endpoints, mut deliveries, mut events) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for Wanted { tenant, webhook, delivery, place } in wanted {
            if endpoints.insert(webhook) {
                keys.push((&self.table, endpoint_key(tenant, webhook)));
            }
            if deliveries.insert((webhook, delivery)) {
                keys.push((&self.table, delivery_key(webhook, delivery)));
            }
            if let Some(place) = place
                && events.insert((tenant.clone(), place.clone()))
            {
                keys.push((self.events.table(), Events::key(tenant, place)));
            }
        }
        self.read_keys(keys, &mut found).await?;
        let named = found.deliveries.values().filter_map(|delivery| {
            let place = (delivery.tenant.clone(), delivery.event.as_ref()?.place.clone());
            (!events.contains(&place)).then_some(place)
        });
        let named: BTreeSet<_> = named.collect();
        let keys = named.iter().map(|(tenant, place)| (self.events.table(), Events::key(tenant, place)));
        self.read_keys(keys.collect(), &mut found).await?;
        Ok(found)
    }

    async fn read_keys(&self, keys: Vec<(&String, Item)>, found: &mut Found) -> Result<(), StoreError> {
        for (table, item) in batch::read(&self.client, keys, Freshness::Now).await? {
            self.sort(&table, item, found)?;
        }
        Ok(())
    }

    fn sort(&self, table: &str, item: Item, found: &mut Found) -> Result<(), StoreError> {
        if table == self.events.table() {
            let entry = LogEntry::of_item(item)?;
            found.events.insert((entry.tenant.clone(), entry.key()), entry);
        } else if text_of(&item, "sk").is_some_and(|sk| sk.starts_with(WEBHOOK)) {
            let webhook: WebhookRecord = read(item)?;
            found.webhooks.insert(webhook.id.clone(), webhook);
        } else {
            let delivery: DeliveryRecord = read(item)?;
            found.deliveries.insert(delivery.id.clone(), delivery);
        }
        Ok(())
    }
}
