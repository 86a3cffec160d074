//! The function under test, and an endpoint that wants to know.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deliver::Deliver;
use jiff::Timestamp;
use serde_json::json;
use slipway_contract::queue::DeliveryMessage;
use slipway_domain::{EventType, Reach, WebhookId};
use slipway_fetch::TrustedOrigins;
use slipway_runtime::Deadline;
use slipway_store::events::{Happened, LogEntry};
use slipway_store::webhooks::{DeliveryRecord, WebhookRecord};
use slipway_vault::Context;
use slipway_webhooks::{Caller, Secret};
use slipway_worker::Incoming;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use workbench::Bench;

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) endpoint: Endpoint,
    function: Deliver,
}

/// An endpoint on loopback that takes whatever it is told.
pub(crate) struct Endpoint {
    url: String,
    calls: Arc<AtomicUsize>,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                // The request fits into one read: nothing depends on what is behind it.
                _ = connection.read(&mut [0; 16 * 1024]).await.unwrap();
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                connection.write_all(answer).await.unwrap();
            }
        });
        Self { url, calls }
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let endpoint = Endpoint::start().await;
        let bench = Bench::of("DeliverFunction").await;
        let origin: TrustedOrigins = endpoint.url.trim_end_matches("/hook").parse().unwrap();
        let role = &bench.role;
        let function = Deliver {
            webhooks: role.webhooks.as_ref().clone(),
            accounts: role.accounts.clone(),
            vault: role.vault.clone(),
            deliveries: bench.queue("DeliveriesQueue"),
            caller: Caller::new(origin).unwrap(),
        };
        Self { bench, endpoint, function }
    }

    /// The message about an event that an endpoint wants to know of which does well.
    pub(crate) async fn message(&self) -> DeliveryMessage {
        self.message_after(0).await
    }

    /// The same for an endpoint that has let time run out so many times in a row.
    pub(crate) async fn message_after(&self, slow_in_a_row: u32) -> DeliveryMessage {
        let (now, owner) = (Timestamp::now(), &self.bench.owner);
        let (tenant, id): (_, WebhookId) = (self.bench.tenant.clone(), "wh_1".parse().unwrap());
        let sealed = owner.vault.seal(&Context::of_webhook(&tenant, &id), Secret::of(&[7; 32]).text()).await.unwrap();
        let new = WebhookRecord::new(
            tenant,
            id,
            self.endpoint.url.clone().into(),
            vec![EventType::PostPublished],
            (sealed, "whsec_BwcH…".to_owned()),
            now,
        );
        let webhook = WebhookRecord { slow_in_a_row, ..new };
        let entry = |kind, resource: &str| {
            let happened = Happened { kind, resource: resource.to_owned(), accounts: Vec::new(), at: now };
            LogEntry::new(webhook.tenant.clone(), resource, happened, &json!({})).unwrap()
        };
        let (made, published) = (entry(EventType::WebhookCreated, "wh_1"), entry(EventType::PostPublished, "post_1"));
        assert!(owner.webhooks.add(&webhook, &made, None, now).await.unwrap().is_done());
        owner.events.append(&published).await.unwrap();
        DeliveryRecord::of(&webhook, &published).message(false)
    }

    /// Works on these messages, called `m0` and so on, as a batch for which so much time is left. Answers those that are to
    /// come again.
    pub(crate) async fn deliver(&self, messages: &[&DeliveryMessage], left: Duration) -> Vec<String> {
        let incoming = messages.iter().enumerate().map(|(number, message)| Incoming {
            id: format!("m{number}"),
            message: (*message).clone(),
            is_first: false,
        });
        self.function.deliver(incoming.collect(), Timestamp::now(), Deadline::after(left)).await
    }

    /// How many attempts of this delivery are noted; nothing if it is not on record.
    pub(crate) async fn attempts(&self, message: &DeliveryMessage) -> Option<u32> {
        let (reach, webhook) = (Reach::whole(&message.tenant), self.webhook(message).await);
        let found = self.bench.owner.webhooks.delivery(&reach, &webhook, &message.delivery).await.unwrap();
        found.map(|delivery| delivery.attempt_count)
    }

    /// The endpoint of this delivery.
    pub(crate) async fn webhook(&self, message: &DeliveryMessage) -> WebhookRecord {
        let reach = Reach::whole(&message.tenant);
        self.bench.owner.webhooks.get(&reach, &message.webhook).await.unwrap().unwrap()
    }
}
