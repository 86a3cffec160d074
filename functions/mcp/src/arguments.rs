//! A tool's arguments, and the request that they make of its route.

use std::time::Duration;

use serde_json::{Map, Value};
use slipway_contract::fields::{Fields, quoted};
use slipway_contract::{ApiError, Issue, no_issues};
use slipway_domain::limits::LONGEST_TOOL_WAIT;
use slipway_http::deadline::{OF_REQUESTS, RESERVE};
use slipway_http::repeat::{is_key, key_cure};
use url::form_urlencoded::Serializer;

use crate::inside::Question;
use crate::tool::{Route, Tool, Verb};

/// Whoever waits gets an answer.
const _: () = assert!(LONGEST_TOOL_WAIT + RESERVE.as_secs() < OF_REQUESTS.as_secs());

/// Where a call can be repeated without being carried out twice.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// Where nothing is to be done.
pub(crate) const DRY_RUN: &str = "dry_run";
/// How long to wait for an end.
pub(crate) const WAIT_SECONDS: &str = "wait_seconds";

/// What an agent wants of a tool. Nothing prints it: it holds what callers say.
pub(crate) struct Wanted {
    /// Nothing is to be done.
    pub(crate) is_dry: bool,
    /// How long the call may wait for an end.
    pub(crate) wait: Duration,
    id: String,
    idempotency_key: Option<String>,
    /// What the route itself is told.
    said: Map<String, Value>,
}

impl Wanted {
    /// Reads the arguments that are this tool's own, and refuses those that it does not take. What the route is told is
    /// for the route to judge.
    pub(crate) fn read(tool: &Tool, arguments: Map<String, Value>) -> Result<Self, ApiError> {
        let mut issues = Vec::new();
        let fields = Fields::root(&arguments);
        let id = if tool.route.id.is_empty() { None } else { fields.filled(tool.route.id, &mut issues) };
        if !tool.route.id.is_empty() && id.is_none() && issues.is_empty() {
            issues.push(Issue::required(tool.route.id, "Say which one is meant."));
        }
        let is_dry = tool.dry_run.is_some() && fields.flag(DRY_RUN, &mut issues).unwrap_or_default();
        let seconds = tool.waits_while.and_then(|_| fields.count(WAIT_SECONDS, &mut issues)).unwrap_or_default();
        if seconds > LONGEST_TOOL_WAIT {
            let message = format!("{WAIT_SECONDS} is {seconds}");
            let cure = format!("Wait for at most {LONGEST_TOOL_WAIT} s, and call the tool again.");
            issues.push(Issue::invalid(WAIT_SECONDS, message, cure).compared(seconds, LONGEST_TOOL_WAIT));
        }
        let key = if tool.is_keyed { fields.text(IDEMPOTENCY_KEY, &mut issues) } else { None };
        // Whoever sends a blank one believes to be safe.
        if key.is_some_and(|key| !is_key(key)) {
            let message = format!("{IDEMPOTENCY_KEY} can't be sent");
            issues.push(Issue::invalid(IDEMPOTENCY_KEY, message, key_cure()));
        }
        for name in fields.unknown().iter().filter(|name| !tool.takes.contains(&name.as_str())) {
            let message = format!("{} has no argument {}", tool.name, quoted(name));
            let cure = format!("Leave it out, or send one of these: {}.", tool.arguments().join(", "));
            issues.push(Issue::invalid(name, message, cure));
        }
        for (name, cure) in tool.needs {
            if fields.value(name).is_none() {
                issues.push(Issue::required(*name, *cure));
            }
        }
        no_issues(issues)?;
        let (id, idempotency_key) = (id.unwrap_or_default().to_owned(), key.map(str::to_owned));
        let said = arguments.into_iter().filter(|(name, _)| tool.takes.contains(&name.as_str())).collect();
        Ok(Self { is_dry, wait: Duration::from_secs(seconds), id, idempotency_key, said })
    }

    /// The request of a route: the tool's own, or what is asked in its place.
    pub(crate) fn question(&self, route: Route) -> Question {
        let path = match route.path.split_once("{id}") {
            Some((before, after)) => format!("{before}{}{after}", slipway_http::segment(&self.id)),
            None => route.path.to_owned(),
        };
        let mut question = Question {
            room: route.room,
            method: route.method.http(),
            path_and_query: path,
            body: None,
            idempotency_key: self.idempotency_key.clone(),
        };
        if route.method != Verb::Get {
            question.body = Some(Value::Object(self.said.clone()).to_string());
        } else if !self.said.is_empty() && !self.is_dry {
            question.path_and_query = format!("{}?{}", question.path_and_query, query(&self.said));
        }
        question
    }
}

impl Tool {
    /// The names of all arguments.
    pub(crate) fn arguments(&self) -> Vec<&'static str> {
        let own = [
            (!self.route.id.is_empty(), self.route.id),
            (self.is_keyed, IDEMPOTENCY_KEY),
            (self.dry_run.is_some(), DRY_RUN),
            (self.waits_while.is_some(), WAIT_SECONDS),
        ];
        let own = own.into_iter().filter_map(|(takes, name)| takes.then_some(name));
        own.chain(self.takes.iter().copied()).collect()
    }
}

/// Arguments as a query: a list is a name that is repeated, and null is nothing.
fn query(said: &Map<String, Value>) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in said {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values.iter().filter(|value| !value.is_null()) {
            match value.as_str() {
                Some(text) => query.append_pair(name, text),
                None => query.append_pair(name, &value.to_string()),
            };
        }
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools::find;

    fn read(tool: &str, arguments: Value) -> Result<Question, Vec<String>> {
        let tool = find(tool).unwrap();
        let wanted = Wanted::read(tool, serde_json::from_value(arguments).unwrap());
        let wanted = wanted.map_err(|error| error.meta.issues.unwrap().into_iter().map(|issue| issue.field).collect());
        wanted.map(|wanted: Wanted| wanted.question(tool.route))
    }

    #[test]
    fn arguments_become_a_path_a_query_a_body_and_a_header() {
        let asked = read("get_post", json!({"post_id": "../a/b?c#d", "wait_seconds": 20})).unwrap();
        assert_eq!(asked.path_and_query, "/v1/posts/..%2Fa%2Fb%3Fc%23d");
        let asked = read("list_posts", json!({"status": ["draft", "failed"], "limit": 2, "search": "a&b"})).unwrap();
        assert_eq!(asked.path_and_query, "/v1/posts?limit=2&search=a%26b&status=draft&status=failed");
        assert_eq!(asked.body, None);
        let asked = read("create_post", json!({"targets": [], "idempotency_key": "k", "dry_run": false})).unwrap();
        assert_eq!((asked.path_and_query.as_str(), asked.body.as_deref()), ("/v1/posts", Some(r#"{"targets":[]}"#)));
        assert_eq!(asked.idempotency_key.as_deref(), Some("k"));
    }

    #[test]
    fn every_problem_with_an_argument_is_told_at_once() {
        for (tool, arguments, fields) in [
            ("get_post", json!({}), &["post_id"][..]),
            (
                "get_post",
                json!({"post_id": 1, "wait_seconds": 21, "dry_run": true}),
                &["post_id", "wait_seconds", "dry_run"],
            ),
            (
                "create_post",
                json!({"account_id": "acc_1", "idempotency_key": "a\nb"}),
                &["idempotency_key", "account_id", "targets"],
            ),
            ("publish_post", json!({"post_id": "p", "dry_run": "yes"}), &["dry_run"]),
            ("list_accounts", json!({"account": "x"}), &["account"]),
            ("create_post", json!({"idempotency_key": "", "dry_run": true}), &["idempotency_key", "targets"]),
            ("upload_media_from_url", json!({"dry_run": true}), &["url"]),
        ] {
            let told = read(tool, arguments.clone()).err().unwrap();
            assert_eq!(told, fields, "{tool} {arguments}");
        }
    }
}
