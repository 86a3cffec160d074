//! How endpoints look to callers, and what the log says of them.

use jiff::Timestamp;
use slipway_contract::event::{WebhookChangedData, place_of};
use slipway_contract::webhook::WebhookView;
use slipway_domain::EventType;

use super::WebhookRecord;
use crate::StoreError;
use crate::events::{Happened, LogEntry};

/// What the log says of a change by its owner.
pub fn changed(webhook: &WebhookRecord, kind: EventType, at: Timestamp) -> Result<LogEntry, StoreError> {
    let data = WebhookChangedData {
        webhook_id: webhook.id.clone(),
        url: place_of(&webhook.url),
        events: webhook.events.clone(),
        is_active: webhook.is_active,
    };
    let happened = Happened { kind, resource: webhook.id.to_string(), accounts: webhook.accounts.clone(), at };
    let occasion = format!("{} {}", webhook.id, webhook.version);
    LogEntry::new(webhook.tenant.clone(), &occasion, happened, &data)
}

/// The endpoint, without its secret.
pub fn webhook(webhook: &WebhookRecord) -> WebhookView {
    WebhookView {
        id: webhook.id.clone(),
        url: webhook.url.clone(),
        events: webhook.events.clone(),
        account_ids: webhook.accounts.clone(),
        brand_ids: webhook.brands.clone(),
        is_active: webhook.is_active,
        created_at: webhook.created_at.into(),
        warnings: Vec::new(),
    }
}
