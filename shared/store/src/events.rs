//! The events table: what happened, by tenant and in the order of time.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | log entry | `TENANT#{tenant}` | `{milliseconds since 1970, 15 digits}#{event id}` |
//!
//! An entry's id follows from what happened, so that recording it twice is recording it once. Where that is possible
//! an entry is written in the very transaction that makes it true.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use slipway_domain::{Chain, EventId, TenantId};

use crate::StoreError;
use crate::item::{key, read, text};
use crate::pages::first_items;
use crate::transact::put;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LogEntryKind {
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

impl LogEntryKind {
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

/// Something that happened to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id, the same however often it is recorded.
    pub id: EventId,
    /// To whom.
    pub tenant: TenantId,
    /// What.
    pub kind: LogEntryKind,
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

/// A part of a tenant's log.
#[derive(Debug, Clone)]
pub struct LogPage {
    /// The entries, the newest first.
    pub entries: Vec<LogEntry>,
    /// Where to go on, if there is more.
    pub next: Option<PageKey>,
}

/// A place in a tenant's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageKey(String);

/// How long entries are kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

#[derive(Serialize, Deserialize)]
struct Stored {
    pk: String,
    sk: String,
    id: EventId,
    tenant: TenantId,
    kind: LogEntryKind,
    at: Timestamp,
    /// JSON text: numbers keep their form.
    data: String,
    /// The time-to-live attribute, in seconds of the Unix epoch.
    expires_at: i64,
}

impl LogEntry {
    /// `occasion` is what makes it this entry and no other of its kind in this tenant; with `at` it must come out the
    /// same when the entry is recorded again, so both are taken from what is stored and not from the clock.
    pub fn new(tenant: TenantId, kind: LogEntryKind, occasion: &str, at: Timestamp, data: Value) -> Self {
        let digest = Sha256::digest(format!("{tenant} {} {occasion}", kind.as_str()));
        Self { id: EventId::from_digest(&digest.into()), tenant, kind, at, data }
    }

    /// Its place in its tenant's log.
    pub fn page_key(&self) -> PageKey {
        PageKey(format!("{:015}#{}", self.at.as_millisecond().max(0), self.id))
    }

    fn stored(&self) -> Stored {
        Stored {
            pk: pk(&self.tenant),
            sk: self.page_key().0,
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
        let data = serde_json::from_str(&data).map_err(|error| StoreError::Record(Chain::of(error)))?;
        Ok(Self { id, tenant, kind, at, data })
    }
}

impl PageKey {
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

    /// Records an entry. Recording it again, or next to a twin, changes nothing.
    pub async fn append(&self, entry: &LogEntry) -> Result<(), StoreError> {
        let item = serde_dynamo::to_item(entry.stored())?;
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// The write of an entry as a part of a transaction.
    pub fn in_transaction(&self, entry: &LogEntry) -> Result<TransactWriteItem, StoreError> {
        put(&self.table, serde_dynamo::to_item(entry.stored())?)
    }

    /// Up to `limit` entries behind `after`, the newest first.
    pub async fn list(&self, tenant: &TenantId, after: Option<&PageKey>, limit: usize) -> Result<LogPage, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk(tenant)))
            .scan_index_forward(false)
            .consistent_read(true);
        let (items, more) = first_items(query, after.map(|place| key(pk(tenant), &place.0)), limit).await?;
        let entries = items.into_iter().map(|item| LogEntry::read(read(item)?)).collect::<Result<Vec<_>, _>>()?;
        let next = entries.last().filter(|_| more).map(LogEntry::page_key);
        Ok(LogPage { entries, next })
    }
}

fn pk(tenant: &TenantId) -> String {
    format!("TENANT#{tenant}")
}
