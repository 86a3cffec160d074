//! A batch of messages: all that must be known is read together, all endpoints are called at the same time, and what came
//! of it is written as it comes in.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use jiff::Timestamp;
use slipway_contract::Time;
use slipway_contract::event::{WebhookDisabledData, place_of};
use slipway_contract::queue::{DeliveryMessage, Share};
use slipway_domain::schedule::seconds_until;
use slipway_domain::webhook::CALL_TAKES;
use slipway_domain::{DeliveryId, EventType};
use slipway_queue::Queue;
use slipway_runtime::Deadline;
use slipway_runtime::pause::dice;
use slipway_store::StoreError;
use slipway_store::events::{Happened, LogEntry};
use slipway_store::webhooks::{Found, Settled, Wanted, WebhookRecord, Webhooks};
use slipway_vault::{Context, VaultError};
use slipway_webhooks::{Attempt, Secret, Told};
use slipway_worker::Incoming;

use crate::Deliver;
use crate::decide::{Action, Call, decide, put_off};
use crate::fresh::Fresh;
use crate::settle::{is_lost, settle};

/// What is said of an endpoint that has failed for [`DISABLED_AFTER`](slipway_domain::webhook::DISABLED_AFTER).
const FAILED_TOO_LONG: &str =
    "It failed for five days. Mend it, then switch it on with PATCH /v1/webhooks/{id} and is_active.";

/// Why an endpoint was not called. Its message comes back.
#[derive(Debug, thiserror::Error)]
enum NotCalled {
    /// Nobody would note what came of it.
    #[error("too little time is left for a call")]
    TooLate,
    /// Its secret can't be had.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Whether somebody else calls it is not known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of one message.
struct Done {
    id: String,
    settled: Settled,
    /// The endpoint, if it is to be switched off.
    lost: Option<WebhookRecord>,
}

impl Deliver {
    /// Works on a batch of messages. Answers those that are to come again, because something of ours failed: an endpoint
    /// that fails is called again by a message of its own. No call is begun that the deadline could cut off: nobody would
    /// note what came of it.
    pub async fn deliver(
        &self,
        batch: Vec<Incoming<DeliveryMessage>>,
        now: Timestamp,
        deadline: Deadline,
    ) -> Vec<String> {
        let (mut again, mut messages) = (Vec::new(), Vec::new());
        let (mut fresh, mut unknown) = (Vec::new(), Vec::new());
        for Incoming { id, message, is_first } in batch {
            match Fresh::of(&message, now).filter(|_| is_first) {
                Some(carried) => fresh.push(carried),
                None => unknown.push(wanted(&message)),
            }
            messages.push((id, message));
        }
        let mut found = match self.webhooks.read(&unknown).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "nothing is known of the deliveries; the messages come back");
                return ids(messages);
            }
        };
        for fresh in fresh {
            fresh.found(&mut found);
        }
        let foreign = match self.foreign(&messages, &found).await {
            Ok(foreign) => foreign,
            Err(error) => {
                tracing::warn!(%error, "whose events these are is not known; the messages come back");
                return ids(messages);
            }
        };
        let mut calls = FuturesUnordered::new();
        let (mut noted, mut begun) = (Vec::new(), BTreeSet::new());
        // What an owner wants told again comes first: its twin has nothing to add.
        messages.sort_by_key(|(_, message)| !message.again);
        for (id, message) in messages {
            let action = decide(&message, &found, &foreign, now);
            // Two results of one delivery can't be written together, and one call is enough for both messages.
            if !matches!(action, Action::Drop(_)) && !begun.insert(message.delivery.clone()) {
                continue;
            }
            let action = match action {
                Action::Probe(call) => match self.probe(*call, deadline).await {
                    Ok((action, until)) => {
                        // Nor does anybody else of this batch call it.
                        if let Some(webhook) = found.webhooks.get_mut(&message.webhook) {
                            webhook.rests_until = Some(until);
                        }
                        action
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the endpoint is not called; the message comes back");
                        again.push(id);
                        continue;
                    }
                },
                action => action,
            };
            match action {
                Action::Drop(why) => tracing::info!(delivery.id = %message.delivery, why, "nothing to deliver"),
                Action::Note(delivery) => {
                    let settled = Settled { delivery: *delivery, health: None };
                    noted.push(Done { id, settled, lost: None });
                }
                Action::Call(call) | Action::Probe(call) => {
                    calls.push(async move { (id.clone(), self.call(id, *call, deadline).await) });
                }
            }
        }
        again.extend(self.write(noted).await);
        // Whoever is fast does not wait for the slow ones to be written: a batch is what has come in meanwhile.
        let mut finished = calls.by_ref().ready_chunks(Webhooks::MOST_RESULTS);
        while let Some(chunk) = finished.next().await {
            let mut done = Vec::new();
            for (id, called) in chunk {
                match called {
                    Ok(called) => done.push(called),
                    Err(error) => {
                        tracing::warn!(%error, message.id = %id, "the endpoint was not called; the message comes back");
                        again.push(id);
                    }
                }
            }
            again.extend(self.write(done).await);
        }
        again
    }

    /// The deliveries that are not for their endpoints any more: those were narrowed to other brands meanwhile, and may
    /// have another address. Most endpoints never were, and cost nothing here.
    async fn foreign(
        &self,
        messages: &[(String, DeliveryMessage)],
        found: &Found,
    ) -> Result<BTreeSet<DeliveryId>, StoreError> {
        // What its owner wants told again, they were asked about then.
        let doubtful = messages.iter().filter(|(_, message)| !message.again).filter_map(|(_, message)| {
            let (webhook, entry) = (found.webhooks.get(&message.webhook)?, found.event_of(message)?);
            webhook.may_be_of_others(entry.at).then_some((&message.delivery, webhook, entry))
        });
        let doubtful: Vec<_> = doubtful.collect();
        let entries: Vec<_> = doubtful.iter().map(|(.., entry)| *entry).collect();
        let brands = self.accounts.brands_of(&entries).await?;
        let foreign = doubtful.into_iter().zip(brands).filter(|((_, webhook, _), brands)| !webhook.is_told_of(brands));
        Ok(foreign.map(|((delivery, ..), _)| delivery.clone()).collect())
    }

    /// What is to be done about a call of an endpoint that has let time run out, and until when it is called by nobody
    /// else. Whoever is first calls it, and the others wait until that has ended: so it holds up one call and no more.
    async fn probe(&self, call: Call, deadline: Deadline) -> Result<(Action, Timestamp), NotCalled> {
        in_time(deadline)?;
        let until = Timestamp::now() + CALL_TAKES;
        let is_first = self.webhooks.probe(&call.webhook, until).await?.is_done();
        let call = Box::new(call);
        let action = if is_first { Action::Call(call) } else { Action::Note(Box::new(put_off(call.delivery, until))) };
        Ok((action, until))
    }

    /// Calls an endpoint once.
    async fn call(&self, id: String, call: Call, deadline: Deadline) -> Result<Done, NotCalled> {
        let began = Timestamp::now();
        let context = Context::of_webhook(&call.webhook.tenant, &call.webhook.id);
        let secrets = Secret::opened(&self.vault, &context, call.webhook.secrets_at(began)).await?;
        in_time(deadline)?;
        let attempt = match self.caller.parse(&call.webhook.url) {
            Ok(url) => {
                let told = Told { delivery: &call.delivery.id, event: call.delivery.event_type, data: &call.data };
                self.caller.attempt(&url, &secrets, told).await
            }
            // It was fine when it was made; what is trusted has changed.
            Err(refused) => Attempt::refused(began, refused),
        };
        let now = Timestamp::now();
        tracing::info!(
            delivery.id = %call.delivery.id, webhook.id = %call.webhook.id, event = %call.delivery.event_type,
            status = attempt.answered.as_ref().ok().map(|answered| answered.status),
            problem = attempt.problem(), duration_ms = u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
            "delivery attempted"
        );
        let lost = is_lost(&call.webhook, &attempt, now).then(|| call.webhook.clone());
        let settled = settle(call, &attempt, now, dice().into(), |at| wait(at, now).is_some());
        Ok(Done { id, settled, lost })
    }

    /// Writes what came of calls, and sends the messages for the next ones. Answers the messages that are to come again.
    async fn write(&self, done: Vec<Done>) -> Vec<String> {
        if done.is_empty() {
            return Vec::new();
        }
        let now = Timestamp::now();
        let settled: Vec<_> = done.iter().map(|done| done.settled.clone()).collect();
        let dice = dice().to_be_bytes()[0];
        let written = match self.webhooks.record(&settled, now, dice).await {
            Ok(written) => written,
            Err(error) => {
                tracing::warn!(%error, "what came of deliveries is not written; they are made again, under the same ids");
                return done.into_iter().map(|done| done.id).collect();
            }
        };
        let next = done.iter().zip(&written).filter(|(_, written)| written.is_done()).filter_map(|(done, _)| {
            let delivery = &done.settled.delivery;
            let wait = wait(delivery.next_attempt_at?, now)?;
            Some((delivery.message(false), wait))
        });
        let next: Vec<_> = next.collect();
        let messages: Vec<_> =
            next.iter().map(|(message, wait)| (message.group(Share::Again), message, *wait)).collect();
        for error in self.deliveries.send_all(&messages).await.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "the message for the next attempt is not sent; the sweep will do it");
        }
        for webhook in done.iter().filter_map(|done| done.lost.as_ref()) {
            if let Err(error) = self.switch_off(webhook, now).await {
                tracing::warn!(%error, webhook.id = %webhook.id, "an endpoint that fails is not switched off yet");
            }
        }
        Vec::new()
    }

    /// Tells the endpoint nothing any more, and its owner that this is so.
    async fn switch_off(&self, webhook: &WebhookRecord, now: Timestamp) -> Result<(), StoreError> {
        let data = WebhookDisabledData {
            webhook_id: webhook.id.clone(),
            url: place_of(&webhook.url),
            failing_since: webhook.failing_since.map(Time::from),
            message: FAILED_TOO_LONG,
        };
        let happened = Happened {
            kind: EventType::WebhookDisabled,
            resource: webhook.id.to_string(),
            accounts: Vec::new(),
            at: now,
        };
        let occasion = format!("{} {}", webhook.id, webhook.version);
        let entry = LogEntry::new(webhook.tenant.clone(), &occasion, happened, &data)?;
        if self.webhooks.disable(webhook, &entry).await?.is_done() {
            tracing::warn!(webhook.id = %webhook.id, "an endpoint is switched off");
        }
        Ok(())
    }
}

/// Whether a call that begins now has ended, and what came of it is written, before Lambda ends us.
fn in_time(deadline: Deadline) -> Result<(), NotCalled> {
    if deadline.left() < CALL_TAKES.unsigned_abs() { Err(NotCalled::TooLate) } else { Ok(()) }
}

fn ids(messages: Vec<(String, DeliveryMessage)>) -> Vec<String> {
    messages.into_iter().map(|(id, _)| id).collect()
}

fn wanted(message: &DeliveryMessage) -> Wanted {
    Wanted {
        tenant: message.tenant.clone(),
        webhook: message.webhook.clone(),
        delivery: message.delivery.clone(),
        place: message.place.clone(),
    }
}

/// How long until then, if a message can be sent for it now.
fn wait(at: Timestamp, now: Timestamp) -> Option<Duration> {
    let wait = seconds_until(at, now);
    (wait <= Queue::MAX_DELAY).then_some(wait)
}

#[cfg(test)]
mod tests {
    use slipway_domain::webhook::DISABLED_AFTER;

    use super::*;

    #[test]
    fn how_long_an_endpoint_may_fail_is_what_its_owner_is_told() {
        assert_eq!((DISABLED_AFTER.as_hours(), FAILED_TOO_LONG.contains("five days")), (5 * 24, true));
    }
}
