//! What is stored about endpoints and deliveries.

use std::iter;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_contract::queue::DeliveryMessage;
use slipway_domain::reach::are_all_among;
use slipway_domain::{
    AccountId, BrandId, DeliveryId, DeliveryStatus, EventId, EventType, Hidden, LogKey, Reach, Sealed, TenantId,
    WebhookId,
};

use crate::Epoch;
use crate::events::LogEntry;

/// An endpoint: an address of a customer's that is told what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRecord {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub tenant: TenantId,
    /// Where.
    pub url: Hidden<String>,
    /// Of what it is told.
    pub events: Vec<EventType>,
    /// Only what concerns these accounts; all if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountId>,
    /// Only what concerns accounts of these brands; all if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brands: Vec<BrandId>,
    /// Since when it is told of none but these brands, if it was told of others before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrowed_at: Option<Timestamp>,
    /// What deliveries are signed with.
    pub secret: Sealed,
    /// The beginning of it, by which its owner knows it again.
    pub secret_hint: String,
    /// The secret before, as long as it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousSecret>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner changed it last.
    pub updated_at: Timestamp,
    /// Whether it is told anything.
    pub is_active: bool,
    /// Since when every attempt fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// How many attempts in a row ran out of time.
    #[serde(default)]
    pub slow_in_a_row: u32,
    /// Until when it is left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Timestamp>,
    /// Counts its owner's changes. What deliveries note does not count.
    pub version: u64,
}

/// A secret that has a successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: Sealed,
    /// Until when it signs, too.
    pub until: Timestamp,
}

/// What one endpoint is told of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryRecord {
    /// Its id.
    pub id: DeliveryId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Whose.
    pub tenant: TenantId,
    /// The event's type.
    pub event_type: EventType,
    /// The event, where it stands in the log; nothing for a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventRef>,
    /// What a test tells, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_data: Option<Hidden<String>>,
    /// How far it is.
    pub status: DeliveryStatus,
    /// The attempts so far, at most [`slipway_domain::webhook::MAX_ATTEMPTS`] of the latest.
    #[serde(default)]
    pub attempts: Vec<AttemptRecord>,
    /// How many attempts there were.
    pub attempt_count: u32,
    /// How many have failed since it was begun, or begun again.
    pub failures: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the next attempt is to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// When the sweep sends the message about it, if nobody has before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Epoch>,
    /// Counts every write.
    pub version: u64,
}

/// An event's place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRef {
    /// Its id.
    pub id: EventId,
    /// Its key there.
    pub place: LogKey,
}

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Which, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What the endpoint answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    /// The first kilobyte of the answer.
    #[serde(default)]
    pub response_body: Hidden<String>,
    /// Why it failed; empty if it did not.
    #[serde(default)]
    pub error_message: String,
}

impl AttemptRecord {
    /// The attempt of this number: what the endpoint answered, and why it failed.
    pub fn new(
        number: u32,
        at: Timestamp,
        took: Duration,
        answered: Option<(u16, Hidden<String>)>,
        error_message: String,
    ) -> Self {
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let (status_code, response_body) =
            answered.map_or((None, Hidden::default()), |(status, body)| (Some(status), body));
        Self { number, at, duration_ms, status_code, response_body, error_message }
    }
}

impl WebhookRecord {
    /// A new endpoint at this address that is told of these events, whatever they concern; its secret as the vault has
    /// sealed it, and the beginning of it.
    pub fn new(
        tenant: TenantId,
        id: WebhookId,
        url: Hidden<String>,
        events: Vec<EventType>,
        (secret, secret_hint): (Sealed, String),
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant,
            url,
            events,
            accounts: Vec::new(),
            brands: Vec::new(),
            narrowed_at: None,
            secret,
            secret_hint,
            previous: None,
            created_at: now,
            updated_at: now,
            is_active: true,
            failing_since: None,
            slow_in_a_row: 0,
            rests_until: None,
            version: 1,
        }
    }

    /// The secrets that sign at this time, the newest first.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &Sealed> {
        let previous = self.previous.as_ref().filter(|previous| previous.until > now);
        iter::once(&self.secret).chain(previous.map(|previous| &previous.secret))
    }

    /// The endpoint, told of these brands from now on.
    #[must_use]
    pub fn with_brands(self, brands: Vec<BrandId>, now: Timestamp) -> Self {
        let is_left_out = |brand| !brands.contains(brand);
        let is_narrower = !brands.is_empty() && (self.brands.is_empty() || self.brands.iter().any(is_left_out));
        Self { narrowed_at: if is_narrower { Some(now) } else { self.narrowed_at }, brands, ..self }
    }

    /// Whether it is told of what is of these brands.
    pub fn is_told_of(&self, of_entry: &[BrandId]) -> bool {
        are_all_among(&self.brands, of_entry)
    }

    /// What it is told of.
    pub fn reach(&self) -> Reach {
        Reach::limited_to(self.tenant.clone(), self.brands.clone())
    }

    /// Whether what it is told of this time may be of other brands than it is told of now.
    pub fn may_be_of_others(&self, at: Timestamp) -> bool {
        self.narrowed_at.is_some_and(|narrowed_at| at <= narrowed_at)
    }

    /// Whether it is to be told of this, given what brands the event's accounts are of.
    pub fn wants(&self, entry: &LogEntry, brands: &[BrandId]) -> bool {
        // That another endpoint is told nothing any more is told whether it was asked for or not.
        let is_notice = entry.kind == EventType::WebhookDisabled;
        let events = if is_notice { &[EventType::WebhookDisabled][..] } else { &self.events };
        self.is_active && wants(events, &self.accounts, &self.brands, entry, brands)
    }
}

/// Whether somebody is to be told of this entry, which concerns these brands, who wants these events, and only what
/// concerns one of the accounts, and none but the brands, that are named, if any are.
pub fn wants(
    events: &[EventType],
    accounts: &[AccountId],
    brands: &[BrandId],
    entry: &LogEntry,
    of_entry: &[BrandId],
) -> bool {
    let concerns = accounts.is_empty() || entry.accounts.iter().any(|account| accounts.contains(account));
    entry.kind.is_delivered() && events.contains(&entry.kind) && concerns && are_all_among(brands, of_entry)
}

impl DeliveryRecord {
    /// The message that has it made; `again` says that its owner wants it although it was.
    pub fn message(&self, again: bool) -> DeliveryMessage {
        DeliveryMessage {
            tenant: self.tenant.clone(),
            webhook: self.webhook.clone(),
            delivery: self.id.clone(),
            place: self.event.as_ref().map(|event| event.place.clone()),
            again,
            carried: None,
        }
    }

    /// The delivery of this event to this endpoint, before its first attempt.
    pub fn of(webhook: &WebhookRecord, entry: &LogEntry) -> Self {
        let event = EventRef { id: entry.id.clone(), place: entry.key() };
        Self {
            id: DeliveryId::of(&entry.id, &webhook.id, entry.at),
            webhook: webhook.id.clone(),
            tenant: webhook.tenant.clone(),
            event_type: entry.kind,
            event: Some(event),
            test_data: None,
            status: DeliveryStatus::Pending,
            attempts: Vec::new(),
            attempt_count: 0,
            failures: 0,
            created_at: entry.at,
            next_attempt_at: None,
            due_at: None,
            version: 0,
        }
    }
}
