//! What an account's life writes into the tenant's log, in the same transaction that makes it so: an entry is there
//! exactly if what it says has happened, whoever dies in between.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use serde::Serialize;
use slipway_contract::Platform;
use slipway_contract::event::{AccountConnectedData, AccountEndedData, EndReason};
use slipway_domain::{EventType, ReconnectReason};

use super::{AccountRecord, Accounts};
use crate::StoreError;
use crate::events::{Events, Happened, LogEntry};

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
pub(super) fn connected(account: &AccountRecord) -> Result<LogEntry, StoreError> {
    let profile = &account.profile;
    let data = AccountConnectedData {
        account_id: account.id.clone(),
        brand_id: Some(account.brand_or_default()),
        platform: Platform::TikTok,
        platform_user_id: account.open_id.clone(),
        username: account.best_name().to_owned(),
        display_name: profile.display_name.clone(),
        profile_picture_url: profile.avatar_url.clone(),
        connected_at: account.connected_at.into(),
    };
    of(account, EventType::AccountConnected, account.connected_at, &data)
}

/// The caller disconnected it: nothing is left that could be connected again.
pub(super) fn disconnected(account: &AccountRecord, at: Timestamp) -> Result<LogEntry, StoreError> {
    of(account, EventType::AccountDisconnected, at, &ended(account, EndReason::Disconnected))
}

/// It can't be used until its creator connects it again. Said twice: programs that know only
/// `account.disconnected` learn it from there.
pub(super) fn lost(
    account: &AccountRecord,
    reason: ReconnectReason,
    at: Timestamp,
) -> Result<[LogEntry; 2], StoreError> {
    let data = ended(account, EndReason::Lost(reason));
    let entry = |kind| of(account, kind, at, &data);
    Ok([entry(EventType::AccountDisconnected)?, entry(EventType::AccountReconnectRequired)?])
}

fn ended(account: &AccountRecord, reason: EndReason) -> AccountEndedData {
    let message = match reason {
        EndReason::Disconnected => None,
        EndReason::Lost(reason) => Some(reason.explanation()),
    };
    AccountEndedData {
        account_id: account.id.clone(),
        brand_id: Some(account.brand_or_default()),
        platform: Platform::TikTok,
        reason,
        reconnect_required: message.is_some(),
        message,
    }
}

fn of(account: &AccountRecord, kind: EventType, at: Timestamp, data: &impl Serialize) -> Result<LogEntry, StoreError> {
    let occasion = format!("{} {}", account.id, at.as_millisecond());
    let happened = Happened { kind, resource: account.id.to_string(), accounts: vec![account.id.clone()], at };
    LogEntry::new(account.tenant.clone(), &occasion, happened, data)
}
