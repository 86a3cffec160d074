//! Webhooks: signed, at least once, retried with doubling waits for 72 hours, in no promised order.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use http::header;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::clock::Moment;
use crate::endpoint::Endpoint;
use crate::fault::{Action, Occasion};
use crate::ledger::{AttemptRecord, WebhookRecord, WebhookState};
use crate::shared::Shared;
use crate::world::{Event, Job, World};

/// Wait before the second attempt of a webhook; doubles each time.
const RETRY_BASE: Duration = Duration::from_secs(1);
/// Time after which an undelivered webhook is dropped.
const RETRY_WINDOW: Duration = Duration::from_hours(72);
/// Time the receiver has to answer, in real time.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a reordered webhook waits for another one to overtake it.
const OVERTAKING_WAIT: Duration = Duration::from_secs(30);

/// All webhooks, and those that wait for something other than time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Deliveries {
    all: Vec<Delivery>,
    made: u64,
    /// Reordered ones that wait for the next.
    overtaken: Vec<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Delivery {
    key: u64,
    record: WebhookRecord,
    in_flight: bool,
    first_attempt: Option<Moment>,
    /// Webhooks that follow once this one has been tried.
    followers: Vec<u64>,
}

impl Deliveries {
    pub(crate) fn records(&self) -> Vec<WebhookRecord> {
        self.all.iter().map(|delivery| delivery.record.clone()).collect()
    }

    /// Those that were under way when the simulator stopped. Nobody is under way with them any more.
    pub(crate) fn interrupted(&mut self) -> Vec<u64> {
        let mut interrupted = Vec::new();
        for delivery in self.all.iter_mut().filter(|delivery| delivery.in_flight) {
            delivery.in_flight = false;
            interrupted.push(delivery.key);
        }
        interrupted
    }

    /// An empty list whose keys go on counting, so that jobs under way find nothing.
    pub(crate) fn emptied(&self) -> Self {
        Self { made: self.made, ..Self::default() }
    }

    /// Whether every webhook about this publish has been tried, or never will be.
    pub(crate) fn all_tried(&self, publish_id: &str) -> bool {
        let mut about = self.all.iter().filter(|delivery| delivery.record.publish_id.as_deref() == Some(publish_id));
        about.all(|delivery| delivery.record.state != WebhookState::Pending || !delivery.record.attempts.is_empty())
    }

    fn get(&mut self, key: u64) -> Option<&mut Delivery> {
        self.all.iter_mut().rev().find(|delivery| delivery.key == key)
    }

    fn add(&mut self, record: WebhookRecord) -> u64 {
        self.made += 1;
        let key = self.made;
        self.all.push(Delivery { key, record, in_flight: false, first_attempt: None, followers: Vec::new() });
        key
    }
}

impl World {
    /// An event happened: one webhook for it, or what the fault rules make of that.
    pub(crate) fn emit(&mut self, event: &str, open_id: &str, publish_id: Option<&str>, content: &Value, now: Moment) {
        let occasion =
            Occasion { endpoint: Endpoint::Webhook, user: Some(open_id), publish_id, chunk: None, event: Some(event) };
        let actions = self.faults.fire(occasion);
        let body = json!({
            "client_key": self.config.client_key,
            "event": event,
            "create_time": now.seconds(),
            "user_openid": open_id,
            "content": content.to_string(),
        });
        let state = if self.config.webhook_url.is_none() {
            WebhookState::NoCallback
        } else if actions.contains(&Action::WithholdWebhook) {
            WebhookState::Withheld
        } else {
            WebhookState::Pending
        };
        let record = WebhookRecord {
            event: event.to_owned(),
            user_openid: open_id.to_owned(),
            publish_id: publish_id.map(str::to_owned),
            body: body.to_string(),
            created_at: now,
            attempts: Vec::new(),
            state,
        };
        if actions.contains(&Action::DuplicateWebhook) {
            self.send(record.clone(), false, now);
        }
        self.send(record, actions.contains(&Action::ReorderWebhook), now);
    }

    fn send(&mut self, record: WebhookRecord, reorder: bool, now: Moment) {
        let pending = record.state == WebhookState::Pending;
        let key = self.deliveries.add(record);
        if !pending {
            return;
        }
        if reorder {
            self.deliveries.overtaken.push(key);
            self.at(now.plus(OVERTAKING_WAIT), Event::Attempt { delivery: key });
        } else {
            let followers = std::mem::take(&mut self.deliveries.overtaken);
            if let Some(delivery) = self.deliveries.get(key) {
                delivery.followers = followers;
            }
            self.at(now, Event::Attempt { delivery: key });
        }
    }

    /// A webhook's time has come: hands it to the background task.
    pub(crate) fn attempt_due(&mut self, key: u64) {
        let Some(delivery) = self.deliveries.get(key) else { return };
        if delivery.in_flight || delivery.record.state != WebhookState::Pending {
            return;
        }
        delivery.in_flight = true;
        self.outbox.push(Job::Deliver { delivery: key });
    }

    fn attempted(&mut self, key: u64, status: Option<u16>) {
        let now = self.clock.now();
        let Some(delivery) = self.deliveries.get(key) else { return };
        delivery.in_flight = false;
        delivery.record.attempts.push(AttemptRecord { at: now, status });
        let first = *delivery.first_attempt.get_or_insert(now);
        let followers = std::mem::take(&mut delivery.followers);
        let doublings = u32::try_from(delivery.record.attempts.len() - 1).unwrap_or(u32::MAX);
        let due = now.plus(RETRY_BASE.saturating_mul(2_u32.saturating_pow(doublings)));
        if status == Some(200) {
            delivery.record.state = WebhookState::Delivered;
        } else if due.since(first) > RETRY_WINDOW {
            delivery.record.state = WebhookState::Dropped;
        } else {
            self.at(due, Event::Attempt { delivery: key });
        }
        for follower in followers {
            self.at(now, Event::Attempt { delivery: follower });
        }
    }
}

/// Tries a webhook once.
pub(crate) async fn deliver(shared: Arc<Shared>, key: u64) {
    let request = {
        let mut world = shared.world();
        let url = world.config.webhook_url.clone();
        let secret = world.config.client_secret.clone();
        let Some(delivery) = world.deliveries.get(key) else { return };
        let body = delivery.record.body.clone();
        // The receiver lives in real time and judges the signature's age by its own clock.
        let signature = sign(secret.expose(), Moment::real_now().seconds(), body.as_bytes());
        url.map(|url| {
            let request = shared.http.post(url).timeout(TIMEOUT).header("TikTok-Signature", signature);
            request.header(header::CONTENT_TYPE, "application/json").body(body)
        })
    };
    let status = match request {
        Some(request) => request.send().await.ok().map(|response| response.status().as_u16()),
        None => None,
    };
    shared.world().attempted(key, status);
    shared.attempted.notify_waiters();
    shared.changed.notify_one();
}

/// The signature header: `t=` seconds, `s=` lower-case hex of HMAC-SHA256 over `t.body` with the client secret.
pub(crate) fn sign(secret: &str, seconds: u64, body: &[u8]) -> String {
    let tag = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    });
    // HMAC takes keys of any length, so there is always a tag.
    format!("t={seconds},s={}", tag.unwrap_or_default())
}
