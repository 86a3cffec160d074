//! How the log looks to callers.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use slipway_contract::Platform;
use slipway_contract::log::{EventStatus, EventView};
use slipway_contract::post::ErrorCategory;
use slipway_domain::JsonText;

use super::LogEntry;

/// An entry of the log.
pub fn event(entry: &LogEntry) -> EventView {
    let kind = entry.kind;
    let error = first_error(&entry.data);
    EventView {
        id: entry.id.clone(),
        category: kind.category(),
        action: kind.action(),
        status: if kind.is_failure() { EventStatus::Failed } else { EventStatus::Success },
        platform: kind.category().is_of_tiktok().then_some(Platform::TikTok),
        account_id: entry.accounts.first().cloned(),
        resource_id: entry.resource.clone(),
        summary: kind.description(),
        error_message: error.message,
        error_category: error.category,
        metadata: entry.data.clone(),
        created_at: entry.at.into(),
    }
}

/// What is read of a post's results in an entry's data.
#[derive(Default, Deserialize)]
struct Results {
    #[serde(default)]
    results: Vec<TargetResult>,
}

#[derive(Deserialize)]
struct TargetResult {
    error: Option<ResultError>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct ResultError {
    message: Option<String>,
    #[serde(default, deserialize_with = "known")]
    category: Option<ErrorCategory>,
}

/// Why the first target of which the data tells has failed; without anything in it if it has not, or tells of none.
fn first_error(data: &JsonText) -> ResultError {
    let told: Results = data.read().unwrap_or_default();
    told.results.into_iter().next().and_then(|target| target.error).unwrap_or_default()
}

/// Nothing for a category of another version.
fn known<'de, D: Deserializer<'de>>(category: D) -> Result<Option<ErrorCategory>, D::Error> {
    Ok(ErrorCategory::deserialize(Value::deserialize(category)?).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_data_does_not_tell_or_another_version_wrote_is_nothing() {
        let error = |message: &str, category| ResultError { message: Some(message.to_owned()), category };
        for (data, expected) in [
            (json!(null), ResultError::default()),
            (json!({"media_id": "med_1"}), ResultError::default()),
            (json!({"results": []}), ResultError::default()),
            (json!({"results": [{"error": null}, {"error": {"message": "No."}}]}), ResultError::default()),
            (json!({"results": [{"error": {"message": "No."}}]}), error("No.", None)),
            (json!({"results": [{"error": {"message": "No.", "category": "other"}}]}), error("No.", None)),
            (
                json!({"results": [{"error": {"message": "No.", "category": "auth", "retryable": false}}, {}]}),
                error("No.", Some(ErrorCategory::Auth)),
            ),
        ] {
            assert_eq!(first_error(&JsonText::of(&data).unwrap()), expected, "{data}");
        }
    }
}
