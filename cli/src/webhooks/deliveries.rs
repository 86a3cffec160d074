//! What an endpoint was told, and telling it again.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use url::form_urlencoded::Serializer;

use crate::Session;
use crate::args::{Again, Deliveries, Replay};
use crate::problem::Problem;
use crate::text;

/// A page of deliveries.
#[derive(Deserialize)]
struct Page {
    data: Vec<Json>,
}

/// A delivery, as the API shows it.
#[derive(Deserialize)]
struct Delivery {
    id: String,
    event_type: String,
    status: String,
    attempt_count: u64,
    created_at: Timestamp,
    #[serde(default)]
    response_status_code: Option<u16>,
    #[serde(default)]
    attempts: Vec<Attempt>,
}

#[derive(Deserialize)]
struct Attempt {
    #[serde(rename = "attempt_number")]
    number: u64,
    #[serde(default)]
    status_code: Option<u16>,
    error_message: String,
    duration_ms: u64,
    created_at: Timestamp,
}

/// What a call of replay answers.
#[derive(Deserialize)]
struct Replayed {
    replayed: u64,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// More calls than that no log needs: an end must be.
const MOST_CALLS: usize = 10_000;

/// `slipway webhooks deliveries`.
pub(super) async fn run(session: &Session, wanted: &Deliveries) -> Result<(), Problem> {
    let path = format!("/v1/webhooks/{}/deliveries", wanted.webhook);
    if let Some(delivery) = &wanted.delivery {
        let json = session.api.get(&format!("{path}/{delivery}")).await?.success()?;
        return tell(session, json);
    }
    let mut query = Serializer::new(String::new());
    query.append_pair("limit", &wanted.limit.to_string());
    for (name, value) in [("status", &wanted.status), ("event_type", &wanted.event)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let page: Page = session.api.get(&format!("{path}?{}", query.finish())).await?.read()?;
    for delivery in &page.data {
        session.say.event(&json!({"event": "delivery", "delivery": delivery}));
    }
    let deliveries = page.data.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if deliveries.is_empty() {
        session.say.note("It was told nothing of the kind.");
    }
    for line in table(&deliveries) {
        session.say.result(&line);
    }
    Ok(())
}

/// `slipway webhooks retry`.
pub(super) async fn retry(session: &Session, wanted: &Again) -> Result<(), Problem> {
    let path = format!("/v1/webhooks/{}/deliveries/{}/retry", wanted.webhook, wanted.delivery);
    let json = session.api.post(&path, None).await?.success()?;
    tell(session, json)?;
    session.say.done("It is told again");
    Ok(())
}

/// `slipway webhooks replay`: one call after the other, to the beginning.
pub(super) async fn replay(session: &Session, wanted: &Replay) -> Result<(), Problem> {
    // Without a time each call would count a day of its own.
    let since = wanted.since.unwrap_or_else(|| Timestamp::now() - jiff::SignedDuration::from_hours(24));
    let (mut sum, mut cursor) = (0, None::<String>);
    for _ in 0..MOST_CALLS {
        let mut query = Serializer::new(String::new());
        query.append_pair("since", &since.to_string());
        if let Some(cursor) = &cursor {
            query.append_pair("cursor", cursor);
        }
        let path = format!("/v1/webhooks/{}/replay?{}", wanted.webhook, query.finish());
        let page: Replayed = session.api.post(&path, None).await?.read()?;
        sum += page.replayed;
        session.say.if_interrupted(format!("{sum} deliveries are made again; the others are not."));
        cursor = page.next_cursor.filter(|cursor| !cursor.is_empty());
        if cursor.is_none() {
            session.say.event(&json!({"event": "replayed", "webhook_id": wanted.webhook.to_string(), "replayed": sum}));
            session.say.result(&sum.to_string());
            session.say.done(&format!("{sum} deliveries are made again, under the ids that they had"));
            return Ok(());
        }
    }
    Err(Problem::failure("the replay has no end"))
}

fn tell(session: &Session, json: Json) -> Result<(), Problem> {
    session.say.event(&json!({"event": "delivery", "delivery": json}));
    for line in describe(&read(json)?) {
        session.say.result(&line);
    }
    Ok(())
}

fn read(delivery: Json) -> Result<Delivery, Problem> {
    serde_json::from_value(delivery).map_err(|error| {
        Problem::failure(format!("the API describes a delivery in a way that makes no sense: {error}"))
    })
}

fn table(deliveries: &[Delivery]) -> Vec<String> {
    let rows = deliveries.iter().map(|delivery| {
        let answer = delivery.response_status_code.map(|status| status.to_string()).unwrap_or_default();
        let (id, event, status) = (delivery.id.clone(), delivery.event_type.clone(), delivery.status.clone());
        [id, text::second(delivery.created_at), event, status, delivery.attempt_count.to_string(), answer]
    });
    text::table(["ID", "TIME (UTC)", "EVENT", "STATUS", "ATTEMPTS", "LAST ANSWER"], rows)
}

fn describe(delivery: &Delivery) -> Vec<String> {
    let mut lines = vec![format!("{}  {}  {}", delivery.id, delivery.event_type, delivery.status)];
    for attempt in &delivery.attempts {
        let answer = attempt.status_code.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        let why = if attempt.error_message.is_empty() { String::new() } else { format!(": {}", attempt.error_message) };
        let (number, at, took) = (attempt.number, text::second(attempt.created_at), attempt.duration_ms);
        lines.push(format!("  {number:<3} {at}  {answer} within {took} ms{why}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_told_attempt_by_attempt() {
        let attempt = |number: u64, status: Json, why: &str| {
            json!({"attempt_number": number, "status_code": status, "response_body": "", "error_message": why,
                "duration_ms": 12, "created_at": "1970-01-01T00:00:01Z"})
        };
        let attempts = [attempt(1, Json::Null, "the endpoint did not answer within 10 s"), attempt(2, json!(200), "")];
        let delivery = read(json!({
            "id": "dlv_1", "event_type": "post.published", "status": "delivered", "attempt_count": 2,
            "created_at": "1970-01-01T00:00:00Z", "response_status_code": 200, "attempts": attempts,
        }))
        .unwrap();
        assert_eq!(
            describe(&delivery),
            [
                "dlv_1  post.published  delivered",
                "  1   1970-01-01 00:00:01  no answer within 12 ms: the endpoint did not answer within 10 s",
                "  2   1970-01-01 00:00:01  200 within 12 ms",
            ]
        );
        assert_eq!(
            table(&[delivery]),
            [
                "ID     TIME (UTC)           EVENT           STATUS     ATTEMPTS  LAST ANSWER",
                "dlv_1  1970-01-01 00:00:00  post.published  delivered  2         200",
            ]
        );
    }
}
