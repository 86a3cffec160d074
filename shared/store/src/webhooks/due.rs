//! The `due` index: deliveries that are to be tried again, or whose message may be lost.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use slipway_contract::queue::DeliveryMessage;
use slipway_domain::{DeliveryId, DeliveryStatus, TenantId, WebhookId};

use super::{WEBHOOK, Webhooks, delivery_key};
use crate::item::{seconds, text, text_of};
use crate::update::Update;
use crate::{Epoch, Stale, StoreError, Write, shards};

/// A delivery that is due. The index lags: what is done about it is done on a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Whose.
    pub tenant: TenantId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Which.
    pub delivery: DeliveryId,
    /// When.
    pub at: Epoch,
}

impl DueDelivery {
    /// The message that has it made.
    pub fn message(&self) -> DeliveryMessage {
        DeliveryMessage {
            tenant: self.tenant.clone(),
            webhook: self.webhook.clone(),
            delivery: self.delivery.clone(),
            place: None,
            again: false,
            carried: None,
        }
    }
}

impl Webhooks {
    /// Deliveries that are due by `by`, the oldest first, at most `most` a shard and some of the newest.
    pub async fn due(&self, by: Timestamp, most: usize) -> Result<Vec<DueDelivery>, StoreError> {
        let items = shards::due(&self.client, &self.table, shards::DUE, by, most).await?;
        let due = items.iter().filter_map(|item| {
            let webhook = text_of(item, "pk")?.strip_prefix(WEBHOOK)?.parse().ok()?;
            let (delivery, tenant) = (text_of(item, "sk")?.parse().ok()?, text_of(item, "tenant")?.parse().ok()?);
            Some(DueDelivery { tenant, webhook, delivery, at: shards::due_at(item)? })
        });
        Ok(due.collect())
    }

    /// Notes that the message about a delivery is under way, if it is still due at its time: from now on it is due at
    /// `net`. The delivery's version stays: what comes of an attempt that is being made at this moment is to be written.
    pub async fn hand_over(&self, due: &DueDelivery, net: Timestamp) -> Result<Write<(), Stale>, StoreError> {
        let update = Update::of(&self.table, delivery_key(&due.webhook, &due.delivery))
            .set("due_at", seconds(net))
            .when("#due_at = :seen AND #status = :pending")
            .with(":seen", seconds(due.at))
            .with(":pending", text(DeliveryStatus::Pending.as_str()));
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }
}
