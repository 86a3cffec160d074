//! What an account's life writes into the tenant's log, in the same transaction that makes it so: an entry is there
//! exactly if what it says has happened, whoever dies in between.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use serde_json::json;

use super::{AccountRecord, Accounts, ReconnectReason};
use crate::StoreError;
use crate::events::{Events, LogEntry, LogEntryKind};

impl Accounts {
    /// The table that records what happens to accounts. Whoever connects, loses or forgets accounts needs one.
    #[must_use]
    pub fn recording(self, events: Events) -> Self {
        Self { events: Some(events), ..self }
    }

    /// The writes that a transaction needs besides its own.
    pub(super) fn log(&self, entries: &[LogEntry]) -> Result<Vec<TransactWriteItem>, StoreError> {
        let Some(log) = &self.events else { return Ok(Vec::new()) };
        entries.iter().map(|entry| log.in_transaction(entry)).collect()
    }
}

/// Connected, or connected again.
pub(super) fn connected(account: &AccountRecord) -> LogEntry {
    let profile = &account.profile;
    let data = json!({
        "account_id": account.id,
        "brand_id": account.brand,
        "platform": "tiktok",
        "platform_user_id": account.open_id,
        "username": account.best_name(),
        "display_name": profile.display_name,
        "profile_picture_url": profile.avatar_url,
        "connected_at": account.connected_at,
    });
    of(account, LogEntryKind::AccountConnected, account.connected_at, data)
}

/// The caller disconnected it: nothing is left that could be connected again.
pub(super) fn disconnected(account: &AccountRecord, at: Timestamp) -> LogEntry {
    of(account, LogEntryKind::AccountDisconnected, at, ended(account, "disconnected", false))
}

/// It can't be used until its creator connects it again. Said twice: programs that know only
/// `account.disconnected` learn it from there.
pub(super) fn lost(account: &AccountRecord, reason: ReconnectReason, at: Timestamp) -> [LogEntry; 2] {
    let mut data = ended(account, reason.as_str(), true);
    data["message"] = json!(reason.explanation());
    [LogEntryKind::AccountDisconnected, LogEntryKind::AccountReconnectRequired]
        .map(|kind| of(account, kind, at, data.clone()))
}

fn ended(account: &AccountRecord, reason: &str, reconnect_required: bool) -> serde_json::Value {
    json!({
        "account_id": account.id,
        "brand_id": account.brand,
        "platform": "tiktok",
        "reason": reason,
        "reconnect_required": reconnect_required,
    })
}

fn of(account: &AccountRecord, kind: LogEntryKind, at: Timestamp, data: serde_json::Value) -> LogEntry {
    let occasion = format!("{} {}", account.id, at.as_millisecond());
    LogEntry::new(account.tenant.clone(), kind, &occasion, at, data)
}
