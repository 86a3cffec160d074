//! What an operation answers, by status: what it does when all is well, and every code with which it may refuse.
//!
//! Refusals that many operations have in common are written once.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use slipway_contract::service::Moved;
use slipway_contract::{ApiError, ErrorCode};

use crate::examples::Examples;
use crate::links::links;
use crate::operation::{Answer, Body, Content};
use crate::schemas::Schemas;
use crate::{Needs, Operation};

impl Operation {
    /// Every code with which it may refuse: those that follow from what it takes, and its own.
    pub(crate) fn all_codes(&self) -> BTreeSet<(u16, &'static str)> {
        let mut codes = self.codes.clone();
        if self.is_strict_on_demand() {
            codes.push(ErrorCode::FieldInvalid);
        }
        if !self.is_a_file() {
            codes.push(ErrorCode::Internal);
        }
        if self.is_keyed() {
            codes.extend([ErrorCode::MissingHeader, ErrorCode::EmptyToken, ErrorCode::InvalidKey]);
            codes.push(ErrorCode::RateLimited);
            if self.needs != Needs::AnyKey {
                codes.push(ErrorCode::InsufficientScope);
            }
            // What tools meet is said in their results.
            if self.method != "GET" && !self.is_of_agents() {
                codes.push(ErrorCode::IdempotencyInProgress);
            }
            codes.extend(self.not_found());
        }
        match self.body {
            // A body that nobody reads is read, to name what is ignored.
            Body::Nothing if self.is_keyed() && self.method != "GET" => {
                codes.extend([ErrorCode::BodyInvalid, ErrorCode::Http415]);
            }
            Body::Nothing => {}
            Body::Json { required, .. } => {
                codes.extend([ErrorCode::BodyInvalid, ErrorCode::FieldInvalid, ErrorCode::Http415]);
                codes.extend(required.then_some(ErrorCode::FieldRequired));
            }
            Body::File { .. } => codes.extend([ErrorCode::BodyInvalid, ErrorCode::FieldRequired, ErrorCode::Http415]),
        }
        if self.takes_key {
            codes.extend([ErrorCode::IdempotencyInProgress, ErrorCode::IdempotencyKeyReused]);
        }
        codes.into_iter().map(|code| (code.status(), code.as_str())).collect()
    }

    /// What says that there is no such thing as the path leads to.
    fn not_found(&self) -> Option<ErrorCode> {
        let (start, _) = self.path.split_once('{')?;
        Some(match start {
            "/v1/posts/" => ErrorCode::PostNotFound,
            "/v1/media/" => ErrorCode::MediaNotFound,
            "/v1/brands/" => ErrorCode::BrandNotFound,
            "/v1/accounts/" | "/v1/platforms/tiktok/accounts/" => ErrorCode::AccountNotFound,
            _ => ErrorCode::ResourceNotFound,
        })
    }

    /// Whether it gives what only changes with the next deployment.
    pub(crate) fn is_a_file(&self) -> bool {
        self.path.starts_with("/docs") || matches!(self.path, "/llms.txt" | "/v1/openapi.json")
    }

    /// Whether it speaks the Model Context Protocol.
    pub(crate) fn is_of_agents(&self) -> bool {
        self.path == "/mcp"
    }

    /// Whether a caller may have it refuse what it does not know. TikTok decides what it sends to its own two addresses.
    pub(crate) fn is_strict_on_demand(&self) -> bool {
        !matches!(self.path, "/oauth/callback/tiktok" | "/webhooks/tiktok")
    }

    pub(crate) fn is_keyed(&self) -> bool {
        !matches!(self.needs, Needs::Nothing | Needs::Signature)
    }

    /// The answers by status.
    pub(crate) fn responses(&self, schemas: &mut Schemas, examples: &Examples) -> Value {
        let mut by_status: BTreeMap<u16, (Vec<&Answer>, Vec<&str>)> = BTreeMap::new();
        for answer in &self.answers {
            by_status.entry(answer.status).or_default().0.push(answer);
        }
        let unchanged = Answer {
            status: 304,
            about: "The file has not changed: `If-None-Match` names its version.",
            content: Content::Nothing,
        };
        if self.is_a_file() {
            by_status.insert(304, (vec![&unchanged], Vec::new()));
        }
        let moved = Answer {
            status: 308,
            about: "The path ends in a slash that does not belong there, or in `?`: send the same request to `location`.",
            content: Content::Json(SchemaGenerator::subschema_for::<Moved>),
        };
        if self.path.contains('{') {
            by_status.insert(308, (vec![&moved], Vec::new()));
        }
        for (status, code) in self.all_codes() {
            by_status.entry(status).or_default().1.push(code);
        }
        let responses = by_status.into_iter().map(|(status, (answers, codes))| {
            (status.to_string(), self.response(status, &answers, &codes, schemas, examples))
        });
        Value::Object(responses.collect())
    }

    fn response(
        &self,
        status: u16,
        answers: &[&Answer],
        codes: &[&str],
        schemas: &mut Schemas,
        examples: &Examples,
    ) -> Value {
        let mut response = Map::new();
        let mut said: Vec<String> = answers.iter().map(|answer| answer.about.to_owned()).collect();
        if !codes.is_empty() {
            said.push(format!(
                "Refused: {}.",
                codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
            ));
            response.insert("x-error-codes".to_owned(), json!(codes));
        }
        if !codes.is_empty() || status == 308 {
            response.insert("x-http-status".to_owned(), json!(status));
        }
        response.insert("description".to_owned(), json!(said.join(" ")));
        response.insert("headers".to_owned(), self.headers(status, answers, codes));
        let mut shapes: Vec<Value> = Vec::new();
        let mut content = Map::new();
        for answer in answers {
            match answer.content {
                Content::Json(schema) => shapes.push(schemas.answered(schema)),
                Content::Other(kind) => {
                    content.insert(kind.to_owned(), json!({"schema": {"type": "string"}}));
                }
                Content::Nothing | Content::Location => {}
            }
        }
        if !codes.is_empty() {
            let error = schemas.answered(SchemaGenerator::subschema_for::<ApiError>);
            let code = json!({"properties": {"error": {"properties": {"code": {"enum": codes}}}}});
            shapes.push(json!({"allOf": [error, code]}));
        }
        if let Some(shape) = one_of(shapes) {
            let mut json = Map::from_iter([("schema".to_owned(), shape)]);
            if let Some(example) = examples.answer(self.id, status) {
                json.insert("example".to_owned(), example.clone());
            }
            content.insert("application/json".to_owned(), Value::Object(json));
        }
        let links = links(self, status);
        if !links.is_empty() {
            response.insert("links".to_owned(), Value::Object(links));
        }
        if !content.is_empty() {
            response.insert("content".to_owned(), Value::Object(content));
        }
        Value::Object(response)
    }

    fn headers(&self, status: u16, answers: &[&Answer], codes: &[&str]) -> Value {
        let mut names = vec!["X-Request-ID"];
        if status == 308 {
            names.push("Location");
            return named(names);
        }
        if self.is_keyed() && status != 401 {
            names.extend(["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]);
        }
        if status == 429 || codes.contains(&ErrorCode::IdempotencyInProgress.as_str()) {
            names.push("Retry-After");
        }
        if !answers.is_empty() && self.takes_key {
            names.push("Idempotency-Replayed");
        }
        if answers.iter().any(|answer| matches!(answer.content, Content::Location)) {
            names.push("Location");
        }
        if self.path.starts_with("/v1/posts") && status != 401 {
            names.extend(["X-Posts-Limit", "X-Posts-Remaining"]);
        }
        if self.path.starts_with("/v1/media") && status != 401 {
            names.extend(["X-Storage-Used", "X-Storage-Limit"]);
        }
        if self.is_a_file() && matches!(status, 200 | 304) {
            names.push("ETag");
        }
        named(names)
    }
}

/// Headers of these names.
fn named(names: Vec<&str>) -> Value {
    let headers =
        names.into_iter().map(|name| (name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")})));
    Value::Object(headers.collect())
}

/// Writes refusals once that stand in several places, under a name of their own. They are taken out of the paths.
pub(crate) fn shared(paths: &mut Map<String, Value>) -> Map<String, Value> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for_each(paths, |response| *places.entry(response.to_string()).or_default() += 1);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut numbers: BTreeMap<u64, usize> = BTreeMap::new();
    for text in places.into_iter().filter(|(_, places)| *places > 1).map(|(text, _)| text) {
        let response: Value = serde_json::from_str(&text).unwrap_or_default();
        if let Some(status) = response["x-http-status"].as_u64() {
            let number = numbers.entry(status).or_default();
            *number += 1;
            names.insert(text, format!("{}{status}-{number}", if status < 400 { "Moved" } else { "Refused" }));
        }
    }
    let mut shared = Map::new();
    for_each(paths, |response| {
        if let Some(name) = names.get(&response.to_string()) {
            let reference = json!({"$ref": format!("#/components/responses/{name}")});
            shared.insert(name.clone(), std::mem::replace(response, reference));
        }
    });
    shared
}

fn for_each(paths: &mut Map<String, Value>, mut act: impl FnMut(&mut Value)) {
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for responses in operations.filter_map(|operation| operation.get_mut("responses")?.as_object_mut()) {
        responses.values_mut().for_each(&mut act);
    }
}

fn one_of(mut shapes: Vec<Value>) -> Option<Value> {
    match shapes.len() {
        0 => None,
        1 => shapes.pop(),
        _ => Some(json!({"anyOf": shapes})),
    }
}
