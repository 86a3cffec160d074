//! `slipway listen`: deliveries without a public address. The API is asked for them again and again; each is verified as an
//! endpoint verifies it, and then printed or handed on.

mod verify;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::Session;
use crate::api::{backoff, innermost};
use crate::args::Listen;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::text;
use crate::webhooks::account_ids;

/// What the API has for a listener.
#[derive(Deserialize)]
struct Page {
    listener_id: String,
    secret: String,
    deliveries: Vec<Delivery>,
    next_cursor: String,
}

/// A delivery as an endpoint would get it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    id: String,
    event_type: String,
    created_at: Timestamp,
    headers: BTreeMap<String, String>,
    body: String,
}

/// How long it is until the API is asked again.
const PAUSE: Duration = Duration::from_secs(2);
/// An endpoint has so long to answer, here as anywhere.
const TIMEOUT: Duration = Duration::from_secs(10);
/// So long the API may be out of reach.
const OUT_OF_REACH: Duration = Duration::from_mins(10);
/// How many ids are remembered, so that nothing is handed on twice.
const REMEMBERED: usize = 1_000;

/// Runs the command: until somebody ends it.
pub(crate) async fn run(session: &Session, wanted: &Listen) -> Result<(), Problem> {
    let mut query = Serializer::new(String::new());
    for (name, values) in [
        ("events", &wanted.what.events),
        ("account_ids", &account_ids(session, &wanted.what).await?),
        ("brand_ids", &wanted.what.brands),
    ] {
        for value in values {
            query.append_pair(name, value);
        }
    }
    let path = format!("/v1/webhooks/listen?{}", query.finish());
    let first: Page = session.api.get(&path).await?.read()?;
    session.say.event(&json!({"event": "listening", "listener_id": first.listener_id, "secret": first.secret}));
    session.say.note(&format!("Listening. Deliveries are signed with {}", first.secret));
    session.say.if_interrupted("Nothing is told any more, and nothing is left to delete.".to_owned());
    let mut cursor = first.next_cursor;
    let mut seen = Seen::default();
    let (mut reached, mut failed) = (Instant::now(), 0);
    loop {
        let asked = Instant::now();
        let page = session.api.get(&format!("{path}&cursor={cursor}")).await;
        let page: Page = match page.and_then(crate::api::Answer::read) {
            Ok(page) => page,
            Err(problem) if problem.exit == Exit::Failure && reached.elapsed() < OUT_OF_REACH => {
                session.say.detail(&format!("the API is out of reach: {}", problem.message));
                failed += 1;
                tokio::time::sleep(backoff(failed, Duration::from_secs(10))).await;
                continue;
            }
            Err(problem) => return Err(problem),
        };
        (reached, failed) = (Instant::now(), 0);
        let told = !page.deliveries.is_empty();
        for delivery in page.deliveries {
            if seen.is_new(&delivery.id) {
                tell(session, wanted.forward_to.as_ref(), &page.secret, &delivery).await?;
            }
        }
        cursor = page.next_cursor;
        // After something there may be more at once.
        if !told {
            tokio::time::sleep(PAUSE.saturating_sub(asked.elapsed())).await;
        }
    }
}

/// Verifies a delivery, and prints it or hands it on.
async fn tell(session: &Session, to: Option<&Url>, secret: &str, delivery: &Delivery) -> Result<(), Problem> {
    if let Err(why) = verify::verify(secret, &delivery.headers, &delivery.body) {
        return Err(Problem::failure(format!("{} is not signed as it should be: {why}", delivery.id)));
    }
    let mut event = json!({"event": "delivery", "delivery": delivery});
    let line = format!("{}  {}  {}", text::second(delivery.created_at), delivery.event_type, delivery.id);
    let Some(to) = to else {
        session.say.event(&event);
        session.say.result(&format!("{line}  {}", delivery.body));
        return Ok(());
    };
    let began = Instant::now();
    let answer = hand_on(session, to, delivery).await;
    let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (status, why) = match &answer {
        Ok(status) => (json!(status), Json::Null),
        Err(why) => (Json::Null, json!(why)),
    };
    event["forwarded"] = json!({"status": status, "error": why, "duration_ms": took});
    session.say.event(&event);
    let answer = answer.map_or_else(|why| why, |status| status.to_string());
    session.say.result(&format!("{line}  {answer} within {took} ms"));
    Ok(())
}

/// Calls the address as an endpoint is called; answers its status, or why there is none.
async fn hand_on(session: &Session, to: &Url, delivery: &Delivery) -> Result<u16, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &delivery.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|error| error.to_string())?);
    }
    let request = session.api.http().post(to.clone()).headers(headers).body(delivery.body.clone()).timeout(TIMEOUT);
    request.send().await.map(|answer| answer.status().as_u16()).map_err(innermost)
}

/// The ids of the latest deliveries.
#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    fn is_new(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_new_once_as_long_as_it_is_remembered() {
        let mut seen = Seen::default();
        assert!(seen.is_new("dlv_0"));
        assert!(!seen.is_new("dlv_0"));
        for number in 1..=REMEMBERED {
            assert!(seen.is_new(&format!("dlv_{number}")));
        }
        assert!(seen.is_new("dlv_0"));
        assert_eq!(seen.ids.len(), REMEMBERED);
    }
}
