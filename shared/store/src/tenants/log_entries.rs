//! What the log says of keys.

use jiff::Timestamp;
use slipway_contract::event::KeyChangedData;
use slipway_domain::EventType;

use super::KeyRecord;
use crate::StoreError;
use crate::events::{Happened, LogEntry};

/// What the log says of a change of a key. It is kept for as long as the longest plan says, and shown as the tenant's does.
pub fn key_changed(key: &KeyRecord, kind: EventType, at: Timestamp) -> Result<LogEntry, StoreError> {
    let data = KeyChangedData {
        key_id: key.id.clone(),
        name: key.name.clone(),
        preview: key.preview.clone(),
        scopes: key.scopes.clone(),
        brand_ids: key.brand_ids.clone(),
        is_active: key.is_active,
    };
    let happened = Happened { kind, resource: key.id.to_string(), accounts: Vec::new(), at };
    LogEntry::new(key.tenant.clone(), &format!("{} {}", key.id, key.version), happened, &data)
}
