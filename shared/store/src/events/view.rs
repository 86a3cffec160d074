//! How the log looks to callers.

use serde::Deserialize as _;
use slipway_contract::Platform;
use slipway_contract::log::{EventStatus, EventView};
use slipway_contract::post::ErrorCategory;
use slipway_domain::EventCategory;

use super::LogEntry;

/// An entry of the log.
pub fn event(entry: &LogEntry) -> EventView {
    let kind = entry.kind;
    let is_of_tiktok = matches!(kind.category(), EventCategory::Post | EventCategory::Account);
    let error = &entry.data["results"][0]["error"];
    EventView {
        id: entry.id.clone(),
        category: kind.category(),
        action: kind.action(),
        status: if kind.is_failure() { EventStatus::Failed } else { EventStatus::Success },
        platform: is_of_tiktok.then_some(Platform::TikTok),
        account_id: entry.accounts.first().cloned(),
        resource_id: entry.resource.clone(),
        summary: kind.description(),
        error_message: error["message"].as_str().map(str::to_owned),
        error_category: ErrorCategory::deserialize(&error["category"]).ok(),
        metadata: entry.data.clone(),
        created_at: entry.at.into(),
    }
}
