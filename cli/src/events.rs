//! `slipway events`: the log, the newest first.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use url::form_urlencoded::Serializer;

use crate::Session;
use crate::accounts;
use crate::args::Events;
use crate::problem::Problem;
use crate::text;

/// A page of the log.
#[derive(Deserialize)]
struct Page {
    events: Vec<Json>,
}

/// An entry.
#[derive(Deserialize)]
struct Entry {
    category: String,
    action: String,
    resource_id: String,
    summary: String,
    #[serde(default)]
    error_message: Option<String>,
    created_at: Timestamp,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Events) -> Result<(), Problem> {
    let mut query = Serializer::new(String::new());
    query.append_pair("limit", &wanted.limit.to_string());
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let account = match wanted.account.as_deref() {
        Some(account) => Some(accounts::find(session, Some(account)).await?.id),
        None => None,
    };
    for (name, value) in [
        ("category", wanted.category.clone()),
        ("action", wanted.action.clone()),
        ("status", wanted.status.clone()),
        ("account_id", account),
        ("resource_id", wanted.resource.clone()),
        ("from", time(wanted.from)),
        ("to", time(wanted.to)),
    ] {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    let page: Page = session.api.get(&format!("/v1/events?{}", query.finish())).await?.read()?;
    for entry in &page.events {
        session.say.event(&json!({"event": "entry", "entry": entry}));
    }
    let entries = page.events.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() {
        session.say.note("Nothing of the kind has happened.");
    }
    for line in table(&entries) {
        session.say.result(&line);
    }
    Ok(())
}

fn read(entry: Json) -> Result<Entry, Problem> {
    serde_json::from_value(entry)
        .map_err(|error| Problem::failure(format!("the API describes an event in a way that makes no sense: {error}")))
}

fn table(entries: &[Entry]) -> Vec<String> {
    let rows = entries.iter().map(|entry| {
        let what = entry.error_message.as_ref().unwrap_or(&entry.summary);
        let name = format!("{}.{}", entry.category, entry.action);
        [text::second(entry.created_at), name, entry.resource_id.clone(), text::cut(what, 80)]
    });
    text::table(["TIME (UTC)", "EVENT", "OF", "WHAT HAPPENED"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_its_time_its_name_and_what_went_wrong() {
        let entry = |action: &str, error: Json| {
            read(json!({
                "category": "post", "action": action, "resource_id": "post_1", "summary": "It is so.",
                "error_message": error, "created_at": "1970-01-01T00:00:01Z",
            }))
            .unwrap()
        };
        assert_eq!(
            table(&[entry("failed", json!("Too long.")), entry("published", Json::Null)]),
            [
                "TIME (UTC)           EVENT           OF      WHAT HAPPENED",
                "1970-01-01 00:00:01  post.failed     post_1  Too long.",
                "1970-01-01 00:00:01  post.published  post_1  It is so.",
            ]
        );
    }
}
