//! What one call of each route costs, as a table: how many items it reads, and how often it calls AWS.
//!
//! A list has to be asked for one item of many, so that reading more than is shown stands in the table.
#![expect(clippy::panic, reason = "a table that can not be read fails the test")]

use axum::Router;
use axum::body::{Body, Bytes};
use http::Request;
use serde_json::Value;

use crate::routes::Route;
use crate::{Answer, Bench, Caller};

/// One call of a route, and what it costs.
#[derive(Debug)]
pub struct Round {
    method: &'static str,
    path: String,
    content_type: String,
    body: Bytes,
    cost: Cost,
}

/// What a call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Items of DynamoDB that are read, those that are not shown included.
    pub items: u64,
    /// Calls of AWS.
    pub calls: u64,
}

impl Round {
    /// A call without a body.
    pub fn of(method: &'static str, path: impl Into<String>, items: u64, calls: u64) -> Self {
        let (content_type, cost) = ("application/json".to_owned(), Cost { items, calls });
        Self { method, path: path.into(), content_type, body: Bytes::new(), cost }
    }

    /// The same with this JSON body.
    #[must_use]
    pub fn with(self, body: &Value) -> Self {
        Self { body: body.to_string().into(), ..self }
    }

    /// The same with this body of another type.
    #[must_use]
    pub fn sending(self, content_type: String, body: impl Into<Bytes>) -> Self {
        Self { content_type, body: body.into(), ..self }
    }

    /// Which of the routes it calls: the one with the fewest holes.
    fn route<'a>(&self, table: &'a [Route]) -> Option<&'a Route> {
        let path = self.path.split('?').next().unwrap_or_default();
        let leads = |row: &&Route| {
            let (wanted, given) = (row.path.split('/'), path.split('/'));
            row.method == self.method
                && wanted.clone().count() == given.clone().count()
                && wanted.zip(given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
        };
        table.iter().filter(leads).min_by_key(|row| row.path.matches('{').count())
    }
}

/// Every route of the table is called, each call succeeds and costs exactly what its row says, and each list is asked
/// for one of more items. The calls are made one after the other.
pub async fn assert_costs(bench: &Bench, router: &Router, caller: &Caller, table: &[Route], rounds: Vec<Round>) {
    let mut uncalled: Vec<_> = table.iter().map(|row| (row.method, row.path)).collect();
    let mut wrong = Vec::new();
    for round in rounds {
        let row = round.route(table).unwrap_or_else(|| panic!("{} {} is no route", round.method, round.path));
        uncalled.retain(|other| *other != (row.method, row.path));
        let request: Request<Body> = caller
            .request(round.method, &round.path)
            .header("content-type", &round.content_type)
            .body(round.body.into())
            .expect("a request");
        let aws = bench.deployment.aws();
        aws.reset_counts();
        let answer = Answer::to(router, request).await;
        let (items, calls) = (aws.items_read(), aws.request_counts());
        let name = format!("{} {}", round.method, round.path);
        let is_answered = answer.status.is_success() || answer.status.is_redirection() || answer.status == 501;
        assert!(is_answered, "{name}: {:#}", answer.json());
        assert_one_of_many(&name, &answer);
        let cost = Cost { items, calls: calls.values().sum() };
        if cost != round.cost {
            wrong.push(format!("{name}: {} items, {}: {calls:?}, not {:?}", cost.items, cost.calls, round.cost));
        }
    }
    assert!(uncalled.is_empty(), "no call of these routes: {uncalled:?}");
    assert!(wrong.is_empty(), "costs that are not as the table says: {wrong:#?}");
}

/// If it is a page of a list: it was asked for one item, and there are more.
fn assert_one_of_many(name: &str, answer: &Answer) {
    let page = answer.json();
    // What has no pages is what it is, such as a catalogue.
    let Some(data) = page["data"].as_array().filter(|_| page["pagination"].is_object()) else { return };
    if name.contains("search=") {
        assert!(data.is_empty() && page["next_cursor"].is_string(), "{name} must look in vain and not look at all");
    } else {
        assert!(data.len() == 1 && page["next_cursor"].is_string(), "{name} must show one item of many: {page:#}");
    }
}
