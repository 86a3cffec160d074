//! `slipway webhooks`: endpoints, and what they were told.

mod deliveries;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Session;
use crate::accounts;
use crate::api::new_key;
use crate::args::{Create, Rotate, Test, Told, Webhooks, WebhooksCommand};
use crate::id::WebhookId;
use crate::problem::Problem;
use crate::text;

/// An endpoint, as the API shows it.
#[derive(Deserialize)]
struct Endpoint {
    id: String,
    url: String,
    events: Vec<String>,
    is_active: bool,
    #[serde(default)]
    failing_since: Option<jiff::Timestamp>,
    #[serde(default)]
    stats: Option<Stats>,
}

#[derive(Deserialize)]
struct Stats {
    last_24h: Counts,
    last_7d: Counts,
}

#[derive(Deserialize)]
struct Counts {
    delivered: u64,
    failed: u64,
}

/// Runs the command.
pub(crate) async fn run(session: &Session, wanted: &Webhooks) -> Result<(), Problem> {
    match &wanted.command {
        WebhooksCommand::List => list(session).await,
        WebhooksCommand::Create(wanted) => create(session, wanted).await,
        WebhooksCommand::Show(wanted) => show(session, &wanted.webhook).await,
        WebhooksCommand::Delete(wanted) => {
            session.api.delete(&format!("/v1/webhooks/{}", wanted.webhook)).await?.success()?;
            session.say.event(&json!({"event": "deleted", "webhook_id": wanted.webhook.to_string()}));
            session.say.done(&format!("Deleted {}", wanted.webhook));
            Ok(())
        }
        WebhooksCommand::Test(wanted) => test(session, wanted).await,
        WebhooksCommand::Rotate(wanted) => rotate(session, wanted).await,
        WebhooksCommand::Deliveries(wanted) => deliveries::run(session, wanted).await,
        WebhooksCommand::Retry(wanted) => deliveries::retry(session, wanted).await,
        WebhooksCommand::Replay(wanted) => deliveries::replay(session, wanted).await,
    }
}

/// The ids of the accounts that are meant.
pub(crate) async fn account_ids(session: &Session, told: &Told) -> Result<Vec<String>, Problem> {
    let mut ids = Vec::new();
    for account in &told.accounts {
        ids.push(accounts::find(session, Some(account)).await?.id);
    }
    Ok(ids)
}

async fn list(session: &Session) -> Result<(), Problem> {
    let list = session.api.list("/v1/webhooks").await?;
    for endpoint in &list {
        session.say.event(&json!({"event": "webhook", "webhook": endpoint}));
    }
    let endpoints = list.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if endpoints.is_empty() {
        session.say.note("There is no endpoint. To make one: slipway webhooks create URL --events post.published");
    }
    for line in table(&endpoints) {
        session.say.result(&line);
    }
    Ok(())
}

fn read(endpoint: Json) -> Result<Endpoint, Problem> {
    serde_json::from_value(endpoint).map_err(|error| {
        Problem::failure(format!("the API describes an endpoint in a way that makes no sense: {error}"))
    })
}

fn table(endpoints: &[Endpoint]) -> Vec<String> {
    let rows = endpoints.iter().map(|endpoint| {
        let state = if endpoint.is_active { "on" } else { "off" };
        [endpoint.id.clone(), state.to_owned(), text::cut(&endpoint.url, 60), text::cut(&endpoint.events.join(" "), 60)]
    });
    text::table(["ID", "STATE", "ADDRESS", "EVENTS"], rows)
}

async fn create(session: &Session, wanted: &Create) -> Result<(), Problem> {
    if wanted.what.events.is_empty() {
        return Err(Problem::usage(
            "of what is it to be told? Name it, such as --events post.published,post.failed; GET /v1/webhooks/events lists all",
        ));
    }
    let body = json!({
        "url": wanted.url,
        "events": wanted.what.events,
        "account_ids": account_ids(session, &wanted.what).await?,
        "brand_ids": wanted.what.brands,
    });
    let made = session.api.post_once("/v1/webhooks", body.to_string(), &new_key()).await?.success()?;
    session.say.event(&json!({"event": "webhook", "webhook": made}));
    session.say.done("Its secret is shown this once: verify every delivery with it");
    for name in ["id", "secret"] {
        session.say.result(made[name].as_str().unwrap_or_default());
    }
    Ok(())
}

async fn show(session: &Session, id: &WebhookId) -> Result<(), Problem> {
    let json = session.api.get(&format!("/v1/webhooks/{id}")).await?.success()?;
    session.say.event(&json!({"event": "webhook", "webhook": json}));
    for line in describe(&read(json)?) {
        session.say.result(&line);
    }
    Ok(())
}

fn describe(endpoint: &Endpoint) -> Vec<String> {
    let state = match (endpoint.is_active, endpoint.failing_since) {
        (false, _) => "off".to_owned(),
        (true, None) => "on".to_owned(),
        (true, Some(since)) => format!("on, and fails since {}", text::minute(since)),
    };
    let mut lines = vec![format!("{}  {state}", endpoint.id)];
    let mut add = |name: &str, value: &str| lines.push(format!("  {name:9} {}", text::line(value)));
    add("address", &endpoint.url);
    add("events", &endpoint.events.join(" "));
    if let Some(Stats { last_24h, last_7d }) = &endpoint.stats {
        add("a day", &format!("{} delivered, {} failed", last_24h.delivered, last_24h.failed));
        add("a week", &format!("{} delivered, {} failed", last_7d.delivered, last_7d.failed));
    }
    lines
}

async fn test(session: &Session, wanted: &Test) -> Result<(), Problem> {
    let data: Json =
        serde_json::from_str(&wanted.data).map_err(|error| Problem::usage(format!("--data is no JSON: {error}")))?;
    let body = json!({"event_type": wanted.event, "payload": data});
    let tested = session.api.post(&format!("/v1/webhooks/{}/test", wanted.webhook), Some(&body)).await?.success()?;
    session.say.event(&json!({"event": "tested", "test": tested}));
    session.say.result(tested["delivery_id"].as_str().unwrap_or_default());
    if tested["status"] == "delivered" {
        let (status, took) = (&tested["response_status_code"], &tested["response_duration_ms"]);
        session.say.done(&format!("It answered with {status} within {took} ms"));
        return Ok(());
    }
    Err(Problem::failure(tested["error_message"].as_str().unwrap_or("the endpoint did not take it")))
}

async fn rotate(session: &Session, wanted: &Rotate) -> Result<(), Problem> {
    let body = json!({"overlap_seconds": wanted.overlap}).to_string();
    let path = format!("/v1/webhooks/{}/rotate-secret", wanted.webhook);
    let rotated = session.api.post_once(&path, body, &new_key()).await?.success()?;
    session.say.event(&json!({"event": "rotated", "webhook": rotated}));
    session.say.result(rotated["secret"].as_str().unwrap_or_default());
    session.say.done("The new secret is shown this once");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_told_with_its_state_and_what_arrived() {
        let counts = json!({"delivered": 7, "failed": 1});
        let endpoint = read(json!({
            "id": "wh_1", "url": "https://example.com/hooks", "events": ["post.published", "post.failed"],
            "is_active": true, "failing_since": "1970-01-01T00:00:00Z",
            "stats": {"last_24h": counts, "last_7d": counts},
        }))
        .unwrap();
        assert_eq!(
            describe(&endpoint),
            [
                "wh_1  on, and fails since 1970-01-01 00:00 UTC",
                "  address   https://example.com/hooks",
                "  events    post.published post.failed",
                "  a day     7 delivered, 1 failed",
                "  a week    7 delivered, 1 failed",
            ]
        );
        assert_eq!(
            table(&[endpoint]),
            [
                "ID    STATE  ADDRESS                    EVENTS",
                "wh_1  on     https://example.com/hooks  post.published post.failed",
            ]
        );
    }
}
