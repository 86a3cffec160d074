//! What the log says of keys.

use jiff::Timestamp;
use slipway_contract::event::KeyChangedData;
use slipway_domain::EventType;

use super::{KeyRecord, Tenants};
use crate::StoreError;
use crate::events::{Happened, LogEntry};

impl Tenants {
    /// What the log says of a change of a key.
    pub fn key_changed(&self, key: &KeyRecord, kind: EventType, at: Timestamp) -> Result<LogEntry, StoreError> {
        let data = KeyChangedData {
            key_id: key.id.clone(),
            name: key.name.clone(),
            preview: key.preview.clone(),
            scopes: key.scopes.clone(),
            brand_ids: key.brand_ids.clone(),
            is_active: key.is_active,
        };
        let happened = Happened { kind, resource: key.id.to_string(), accounts: Vec::new(), at };
        let entry = LogEntry::new(key.tenant.clone(), &format!("{} {}", key.id, key.version), happened, &data)?;
        Ok(LogEntry { terms: self.plans.as_ref().map(|plans| plans.of(key.plan)), ..entry })
    }
}
