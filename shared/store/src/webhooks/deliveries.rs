//! What an endpoint was told, the newest first.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use slipway_domain::webhook::DELIVERY_KEPT_FOR;
use slipway_domain::{DeliveryId, DeliveryStatus, EventType, Reach};

use super::{DeliveryRecord, WebhookRecord, Webhooks, deliveries_pk, delivery_key};
use crate::guards::Guard;
use crate::item::{EXPIRES_AT, Item, get, key, read, seconds, text, text_of};
use crate::pages::{self, Most};
use crate::transact::{put_new, put_over};
use crate::{Stale, StoreError, Write, shards};

/// Part of an endpoint's deliveries.
#[derive(Debug, Clone)]
pub struct DeliveryPage {
    /// The deliveries, the newest first.
    pub deliveries: Vec<DeliveryRecord>,
    /// Where to go on, if there may be more.
    pub next: Option<DeliveryId>,
}

/// The most deliveries that one call reads.
const MOST_EXAMINED: usize = 500;

/// Whether a delivery of an endpoint is within reach: one who is limited to brands sees nothing of the time in which the
/// endpoint was told of others.
fn is_within(reach: &Reach, webhook: &WebhookRecord, delivery: &DeliveryRecord) -> bool {
    reach.is_whole() || (reach.owns(&webhook.brands) && !webhook.may_be_of_others(delivery.created_at))
}

impl Webhooks {
    /// One delivery of this endpoint, if it is within reach.
    pub async fn delivery(
        &self,
        reach: &Reach,
        webhook: &WebhookRecord,
        delivery: &DeliveryId,
    ) -> Result<Option<DeliveryRecord>, StoreError> {
        let item = get(&self.client, &self.table, delivery_key(&webhook.id, delivery)).await?;
        let found: Option<DeliveryRecord> = item.map(read).transpose()?;
        Ok(found.filter(|delivery| is_within(reach, webhook, delivery)))
    }

    /// Up to `limit` deliveries within reach behind `after`, the newest first, of this status and type if one is given. They
    /// may be fewer although there are more: only so many are read.
    pub async fn deliveries(
        &self,
        reach: &Reach,
        webhook: &WebhookRecord,
        status: Option<DeliveryStatus>,
        event_type: Option<EventType>,
        after: Option<&DeliveryId>,
        limit: usize,
    ) -> Result<DeliveryPage, StoreError> {
        let query = pages::under(&self.client, &self.table, &deliveries_pk(&webhook.id), DeliveryId::PREFIX)
            .scan_index_forward(false);
        let wanted = |delivery: &DeliveryRecord| {
            status.is_none_or(|status| delivery.status == status)
                && event_type.is_none_or(|event| delivery.event_type == event)
        };
        let after = after.map(|after| delivery_key(&webhook.id, after));
        let most = Most { limit, at_once: Some(limit + 1), examined: MOST_EXAMINED };
        let (mut deliveries, next) =
            pages::kept(query, after, most, |item| Ok(Some(read(item)?).filter(wanted))).await?;
        let next = next.and_then(|key| text_of(&key, "sk")?.parse().ok());
        let all = deliveries.len();
        deliveries.retain(|delivery| is_within(reach, webhook, delivery));
        // The newest come first: behind one that is beyond reach none is within.
        let next = next.filter(|_| deliveries.len() == all);
        Ok(DeliveryPage { deliveries, next })
    }

    /// Keeps a delivery that a caller asked for, as it is now, if it is still the one that was read, and the guard of the
    /// request, if that does not stand.
    pub async fn keep(
        &self,
        delivery: &DeliveryRecord,
        guard: Option<&Guard>,
        now: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let items = vec![self.delivery_in_transaction(delivery)?];
        Ok(self.guards().transact(guard, items, now).await?.bare())
    }

    /// The write of a delivery as a part of a transaction: its version is one more than the one that was read.
    pub(super) fn delivery_in_transaction(&self, delivery: &DeliveryRecord) -> Result<TransactWriteItem, StoreError> {
        let mut item: Item = serde_dynamo::to_item(delivery)?;
        item.extend(key(deliveries_pk(&delivery.webhook), delivery.id.as_str()));
        if delivery.due_at.is_some() {
            item.insert("due_shard".to_owned(), text(shards::DUE.of(delivery.id.as_str())));
        }
        // An old event that is told again lives as long as a new one.
        let last = delivery.attempts.last().map(|attempt| attempt.at).max(delivery.next_attempt_at);
        let expires_at = last.unwrap_or(delivery.created_at).max(delivery.created_at) + DELIVERY_KEPT_FOR;
        item.insert(EXPIRES_AT.to_owned(), seconds(expires_at));
        match delivery.version {
            0 | 1 => put_new(&self.table, item),
            version => put_over(&self.table, item, "version", version - 1),
        }
    }
}
