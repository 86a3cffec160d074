//! The events table: what happened, by tenant and in the order of time.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | event | `TENANT#{tenant}` | `{milliseconds since 1970, 15 digits}#{event id}` |
//!
//! An event's id follows from what happened, so that recording it twice is recording it once. Where that is possible
//! an event is written in the very transaction that makes it true.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use slipway_domain::{EventId, TenantId};

use crate::StoreError;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// A creator connected an account, for the first time or again.
    #[serde(rename = "account.connected")]
    AccountConnected,
    /// An account can't be used any more: the caller disconnected it, or it was lost.
    #[serde(rename = "account.disconnected")]
    AccountDisconnected,
    /// An account was lost, and its creator can bring it back by connecting again.
    #[serde(rename = "account.reconnect_required")]
    AccountReconnectRequired,
    /// Media was looked at, and TikTok would take it.
    #[serde(rename = "media.ready")]
    MediaReady,
    /// Media was looked at, and TikTok would refuse it; or it could not be fetched.
    #[serde(rename = "media.failed")]
    MediaFailed,
}

impl EventKind {
    /// The name that callers see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountConnected => "account.connected",
            Self::AccountDisconnected => "account.disconnected",
            Self::AccountReconnectRequired => "account.reconnect_required",
            Self::MediaReady => "media.ready",
            Self::MediaFailed => "media.failed",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id, the same however often it is recorded.
    pub id: EventId,
    /// To whom.
    pub tenant: TenantId,
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// What a webhook's `data` holds.
    pub data: Value,
}

/// The events table.
#[derive(Debug, Clone)]
pub struct Events {
    client: Client,
    table: String,
}

/// A part of a tenant's events.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, the newest first.
    pub events: Vec<Event>,
    /// Where to go on, if there is more.
    pub next: Option<Place>,
}

/// A place in a tenant's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

/// How long events are kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

#[derive(Serialize, Deserialize)]
struct Stored {
    pk: String,
    sk: String,
    id: EventId,
    tenant: TenantId,
    kind: EventKind,
    at: Timestamp,
    /// JSON text: numbers keep their form.
    data: String,
    /// The time-to-live attribute, in seconds of the Unix epoch.
    expires_at: i64,
}

impl Event {
    /// `occasion` is what makes it this event and no other of its kind in this tenant; with `at` it must come out the
    /// same when the event is recorded again, so both are taken from what is stored and not from the clock.
    pub fn new(tenant: TenantId, kind: EventKind, occasion: &str, at: Timestamp, data: Value) -> Self {
        let digest = Sha256::digest(format!("{tenant} {} {occasion}", kind.as_str()));
        Self { id: EventId::from_digest(&digest.into()), tenant, kind, at, data }
    }

    /// Its place in its tenant's log.
    pub fn place(&self) -> Place {
        Place(format!("{:015}#{}", self.at.as_millisecond().max(0), self.id))
    }

    fn stored(&self) -> Stored {
        Stored {
            pk: pk(&self.tenant),
            sk: self.place().0,
            id: self.id.clone(),
            tenant: self.tenant.clone(),
            kind: self.kind,
            at: self.at,
            data: self.data.to_string(),
            expires_at: (self.at + KEPT_FOR).as_second(),
        }
    }

    fn read(stored: Stored) -> Result<Self, StoreError> {
        let Stored { id, tenant, kind, at, data, .. } = stored;
        let data = serde_json::from_str(&data).map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(Self { id, tenant, kind, at, data })
    }
}

impl Place {
    /// As [`as_str`](Self::as_str) wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('#')?;
        let fits = at.len() == 15 && at.bytes().all(|b| b.is_ascii_digit()) && id.parse::<EventId>().is_ok();
        fits.then(|| Self(text.to_owned()))
    }

    /// As text, for a cursor.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Events {
    /// The table by its physical name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Records an event. Recording it again, or next to a twin, changes nothing.
    pub async fn append(&self, event: &Event) -> Result<(), StoreError> {
        let item = serde_dynamo::to_item(event.stored())?;
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// The write of an event as a part of a transaction.
    pub fn in_transaction(&self, event: &Event) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(event.stored())?))
            .build()
            .map_err(|error| StoreError::Record(error.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Up to `limit` events behind `after`, the newest first.
    pub async fn list(&self, tenant: &TenantId, after: Option<&Place>, limit: usize) -> Result<EventPage, StoreError> {
        let mut events = Vec::new();
        let mut start = after.map(|place| {
            [("pk", pk(tenant)), ("sk", place.0.clone())]
                .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
                .into()
        });
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(pk(tenant)))
                .scan_index_forward(false)
                .consistent_read(true)
                // One more than wanted tells whether there is more.
                .set_limit(i32::try_from(limit + 1).ok())
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for item in answer.items.unwrap_or_default() {
                if events.len() == limit {
                    let next = events.last().map(Event::place);
                    return Ok(EventPage { events, next });
                }
                events.push(Event::read(serde_dynamo::from_item(item)?)?);
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                return Ok(EventPage { events, next: None });
            }
        }
    }
}

fn pk(tenant: &TenantId) -> String {
    format!("TENANT#{tenant}")
}
