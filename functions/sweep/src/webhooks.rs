//! Deliveries whose next attempt is due: the message about each is sent, delayed until then.

use std::time::Instant;

use futures_util::future::join_all;
use jiff::Timestamp;
use slipway_contract::queue::Share;
use slipway_domain::schedule::{DELIVERIES_AHEAD, seconds_until};
use slipway_domain::webhook::LEFT_BEHIND_AFTER;
use slipway_queue::Queue;
use slipway_store::webhooks::{DueDelivery, Webhooks};
use slipway_store::{Stale, StoreError, Write};
use slipway_worker::in_turns;

use crate::{MOST, groups};

/// The sweep of deliveries.
#[derive(Debug, Clone)]
pub struct WebhookSweep {
    /// Endpoints and deliveries.
    pub webhooks: Webhooks,
    /// Where deliveries are made.
    pub deliveries: Queue,
}

impl WebhookSweep {
    /// Hands over what is due, or will be before the next run. The tenants take turns. Begins nothing after `deadline`;
    /// the next run goes on. Answers how many messages were sent.
    pub async fn run(&self, now: Timestamp, deadline: Instant) -> Result<usize, StoreError> {
        let due = self.webhooks.due(now + DELIVERIES_AHEAD, MOST).await?;
        let found = due.len();
        let due = in_turns(due, |due| due.tenant.to_string());
        let mut sent = 0;
        for group in groups(&due, deadline) {
            sent += self.group(group, now).await;
        }
        if found > 0 {
            tracing::info!(due = found, sent, "deliveries swept");
        }
        Ok(sent)
    }

    /// Writes the next times of these deliveries, then sends the messages about them.
    async fn group(&self, due: &[DueDelivery], now: Timestamp) -> usize {
        let at = |due: &DueDelivery| due.at.moment().unwrap_or(now).max(now);
        let written = join_all(due.iter().map(|due| self.webhooks.hand_over(due, at(due) + LEFT_BEHIND_AFTER))).await;
        let mut messages = Vec::new();
        for (due, written) in due.iter().zip(written) {
            match written {
                Ok(Write::Done(())) => {
                    let message = due.message();
                    messages.push((message.group(Share::Again), message, seconds_until(at(due), now)));
                }
                // Somebody else has handed it over, or it has ended: the index lags.
                Ok(Write::Refused(Stale)) => {}
                Err(error) => tracing::error!(%error, delivery.id = %due.delivery, "not handed over; it stays due"),
            }
        }
        let sent = self.deliveries.send_all(&messages).await;
        for error in sent.iter().filter_map(|sent| sent.as_ref().err()) {
            tracing::error!(%error, "the message about a delivery was not sent; it is due again");
        }
        sent.iter().filter(|sent| sent.is_ok()).count()
    }
}
