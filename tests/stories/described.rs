//! `openapi.json` describes every field and parameter that a route reads, and no other; and its examples are answers
//! that callers get.

mod examples;
mod refusals;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::rules::{description, operations, read_names, read_parameters};
use crate::support::{Answer, Receiver, Setup, World, video_of};

/// Fewer than a refusal names one by one.
const AT_ONCE: usize = 15;
/// It speaks another protocol, in which what is not known is not told.
const TOOLS: &str = "/mcp";
const NOBODYS: &str = "no_such_name";

/// One thing of each kind, for routes that lead to one.
async fn ids(world: &World, receiver: &Receiver) -> BTreeMap<&'static str, String> {
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let media = world.upload(video_of(200_000)).await;
    let mut draft = world.body(&media, "A draft");
    draft["publish_now"] = json!(false);
    let post = id(&world.post("/v1/posts", draft).await.expect(201));
    let endpoint = json!({"url": format!("{}/hook", receiver.origin()), "events": ["post.published"]});
    let webhook = id(&world.post("/v1/webhooks", endpoint).await.expect(201));
    let trial = json!({"event_type": "post.published", "payload": {}});
    let trial = world.post(&format!("/v1/webhooks/{webhook}/test"), trial).await.expect(200);
    let invite = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 7});
    BTreeMap::from([
        ("/v1/posts/", post),
        ("/v1/media/", media),
        ("/v1/accounts/", world.account.clone()),
        ("/v1/platforms/tiktok/accounts/", world.account.clone()),
        ("/v1/brands/", world.brand.clone()),
        ("/deliveries/", trial["delivery_id"].as_str().unwrap().to_owned()),
        ("/v1/webhooks/", webhook),
        ("/v1/invites/", id(&world.post("/v1/invites", invite).await.expect(201))),
        ("/v1/oauth/redirect-uris/", "uri_1".to_owned()),
        ("/invite/", "no_invite".to_owned()),
        ("/v1/keys/", id(&world.post("/v1/keys", json!({"name": "k"})).await.expect(201))),
    ])
}

/// The path with ids in its holes.
fn filled(path: &str, ids: &BTreeMap<&'static str, String>) -> String {
    let mut filled = path.to_owned();
    while let Some((before, rest)) = filled.split_once('{') {
        let (_, id) = ids.iter().find(|(start, _)| before.ends_with(*start)).unwrap_or_else(|| panic!("{path}"));
        filled = format!("{before}{id}{}", rest.split_once('}').unwrap().1);
    }
    filled
}

/// What a strict caller is told not to send.
fn unknown(answer: &Answer) -> BTreeSet<String> {
    // What would be refused is said in an answer of its own, too.
    let [refused, foreseen] = [&answer.body["error"]["meta"]["issues"], &answer.body["errors"]].map(Value::as_array);
    let unknown = refused.or(foreseen).into_iter().flatten().filter(|issue| {
        let message = issue["message"].as_str().unwrap();
        message.contains("is not a known field") || message.contains("is not a query parameter of this route")
    });
    unknown.map(|issue| issue["field"].as_str().unwrap().to_owned()).collect()
}

/// An object that a body has or is: where it stands, and the names of what is described in it.
struct Object {
    path: Vec<Step>,
    names: BTreeSet<String>,
}

#[derive(Clone)]
enum Step {
    Name(String),
    First,
}

/// Every object of a body that is described.
fn objects(description: &Value, schema: &Value, path: &[Step], found: &mut Vec<Object>) {
    let schema = follow(description, schema);
    // Beside properties a choice says which of them must be there.
    let choices = schema["anyOf"].as_array().filter(|_| !schema["properties"].is_object());
    for choice in choices.into_iter().flatten() {
        objects(description, choice, path, found);
    }
    if let Some(properties) = schema["properties"].as_object() {
        found.push(Object { path: path.to_vec(), names: properties.keys().cloned().collect() });
        for (name, schema) in properties {
            objects(description, schema, &[path, &[Step::Name(name.clone())]].concat(), found);
        }
    } else if schema["items"].is_object() {
        objects(description, &schema["items"], &[path, &[Step::First]].concat(), found);
    } else if path.is_empty() {
        found.push(Object { path: Vec::new(), names: BTreeSet::new() });
    }
}

fn follow<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    let to = schema["$ref"].as_str().map(|to| description.pointer(to.trim_start_matches('#')).unwrap());
    to.map_or(schema, |to| follow(description, to))
}

impl Object {
    /// A body with this object in its place.
    fn body(&self, object: Value) -> Value {
        self.path.iter().rev().fold(object, |inner, step| match step {
            Step::Name(name) => Value::Object(Map::from_iter([(name.clone(), inner)])),
            Step::First => json!([inner]),
        })
    }

    /// What stands before the names of its fields.
    fn prefix(&self) -> String {
        let path = self.path.iter().fold(String::new(), |path, step| match step {
            Step::Name(name) if path.is_empty() => name.clone(),
            Step::Name(name) => format!("{path}.{name}"),
            Step::First => format!("{path}[0]"),
        });
        if path.is_empty() { path } else { format!("{path}.") }
    }
}

async fn strict(world: &World, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let request = world.request(method, path).header("prefer", "handling=strict");
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    Answer::read(request.send().await.expect("the API answers")).await
}

async fn trusting(receiver: &Receiver) -> World {
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_reads_the_fields_that_are_described_and_no_others() {
    let receiver = Receiver::start().await;
    let world = trusting(&receiver).await;
    let (ids, description) = (ids(&world, &receiver).await, description());
    let mut bodies = Vec::new();
    for (method, path, operation) in operations(&description) {
        let content = &operation["requestBody"]["content"]["application/json"]["schema"];
        if content.is_null() || path == TOOLS || operation["security"].as_array().unwrap().is_empty() {
            continue;
        }
        let mut found = Vec::new();
        objects(&description, content, &[], &mut found);
        bodies.push((method, filled(&path, &ids), found));
    }
    assert!(bodies.len() >= 20, "the bodies are found");
    // Whatever any route reads, by the description or by the sources.
    let mut names = read_names();
    names.extend(bodies.iter().flat_map(|(_, _, objects)| objects.iter().flat_map(|object| object.names.clone())));
    let mut wrong = Vec::new();
    for (method, path, objects) in &bodies {
        for object in objects {
            let prefix = object.prefix();
            let others: Vec<_> = names.difference(&object.names).cloned().collect();
            let all: Vec<Vec<String>> = others.chunks(AT_ONCE).map(<[_]>::to_vec).collect();
            for (sent, is_described) in std::iter::once((object.names.iter().cloned().collect(), true))
                .chain(all.into_iter().map(|all| (all, false)))
            {
                let sent: Vec<String> = sent;
                // No field takes this number.
                let fields = sent.iter().map(String::as_str).chain([NOBODYS]);
                let fields = fields.map(|name| (name.to_owned(), json!(0.5))).collect();
                let answer = strict(&world, method, path, Some(&object.body(Value::Object(fields)))).await;
                let refused = unknown(&answer);
                if !refused.contains(&format!("{prefix}{NOBODYS}")) {
                    wrong.push(format!("{method} {path} {prefix}: what is not known is not told: {:#}", answer.body));
                    continue;
                }
                for name in sent.iter().filter(|name| refused.contains(&format!("{prefix}{name}")) == is_described) {
                    let what = if is_described { "is described and not read" } else { "is read and not described" };
                    wrong.push(format!("{method} {path}: {prefix}{name} {what}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_reads_the_parameters_that_are_described_and_no_others() {
    let receiver = Receiver::start().await;
    let world = trusting(&receiver).await;
    let (ids, description) = (ids(&world, &receiver).await, description());
    let queries: Vec<_> = operations(&description)
        .into_iter()
        .filter(|(_, path, _)| path != TOOLS)
        .map(|(method, path, operation)| {
            let parameters = operation["parameters"].as_array().unwrap();
            let is_strict = parameters.iter().any(|parameter| parameter["$ref"] == "#/components/parameters/Prefer");
            let of_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
            let names = of_query.map(|parameter| parameter["name"].as_str().unwrap().to_owned());
            (method, filled(&path, &ids), names.collect::<BTreeSet<_>>(), is_strict)
        })
        .collect();
    // Whatever any route reads, by the description or by the sources.
    let mut all = read_parameters();
    all.extend(queries.iter().flat_map(|(_, _, names, _)| names.clone()));
    let mut wrong = Vec::new();
    for (method, path, names, is_strict) in &queries {
        if !is_strict {
            let answer = strict(&world, method, &format!("{path}?{NOBODYS}=x"), None).await;
            if !unknown(&answer).is_empty() {
                wrong.push(format!("{method} {path} heeds Prefer, which is not described"));
            }
            continue;
        }
        let others: Vec<_> = all.difference(names).cloned().collect();
        let others = others.chunks(AT_ONCE).map(|sent| (sent.to_vec(), false));
        for (sent, is_described) in std::iter::once((names.iter().cloned().collect(), true)).chain(others) {
            let sent: Vec<String> = sent;
            let query: Vec<_> = sent.iter().map(|name| format!("{name}=x")).chain([format!("{NOBODYS}=x")]).collect();
            let refused = unknown(&strict(&world, method, &format!("{path}?{}", query.join("&")), None).await);
            if !refused.contains(NOBODYS) {
                wrong.push(format!("{method} {path}: what is not known is not told"));
                continue;
            }
            for name in sent.iter().filter(|name| refused.contains(*name) == is_described) {
                let what = if is_described { "is described and not read" } else { "is read and not described" };
                wrong.push(format!("{method} {path}: {name} {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
