//! The tools' schemas, out of the API's own description: what is said there of a route is what agents are told.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};
use slipway_domain::limits::{LONGEST_KEY, LONGEST_TOOL_WAIT};
use slipway_domain::repeats::KEY_STANDS;

use crate::arguments::{DRY_RUN, IDEMPOTENCY_KEY, WAIT_SECONDS};
use crate::tool::{Tool, Verb};

/// The description of the API. Read when the tools are listed for the first time; calls do without.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../openapi.json")).unwrap_or_default());

const COMPONENTS: &str = "#/components/schemas/";
const DEFINITIONS: &str = "#/$defs/";

/// What a tool takes.
pub(crate) fn input(tool: &Tool) -> Arc<Map<String, Value>> {
    let mut taken = Taken::default();
    if !tool.route.id.is_empty() {
        let about = format!("The {}'s id.", tool.route.id.trim_end_matches("_id"));
        taken.add(tool.route.id, text(&about), true);
    }
    let operation = operation(tool);
    match tool.route.method {
        Verb::Get => {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters.filter(|parameter| parameter["in"] == "query") {
                let Some(name) = tool.takes.iter().find(|name| parameter["name"] == **name) else { continue };
                let mut schema = parameter["schema"].clone();
                schema["description"] = parameter["description"].clone();
                taken.add(name, schema, parameter["required"] == true);
            }
        }
        Verb::Post | Verb::Patch => {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            for name in tool.takes {
                if let Some((schema, is_required)) = property(body, name) {
                    taken.add(name, schema, is_required);
                }
            }
        }
    }
    if tool.is_keyed {
        let about = format!(
            "Any text of your own that names this call. Send the same one when you repeat the call, and it is carried out \
             once; for {} hours.",
            KEY_STANDS.as_hours()
        );
        let mut schema = text(&about);
        schema["minLength"] = 1.into();
        schema["maxLength"] = LONGEST_KEY.into();
        taken.add(IDEMPOTENCY_KEY, schema, false);
    }
    if tool.dry_run.is_some() {
        taken.add(DRY_RUN, described("boolean", "True does nothing and says what would be done."), false);
    }
    if tool.waits_while.is_some() {
        let mut schema = described("integer", "How long the call may wait for an end. 0 waits for nothing.");
        schema["minimum"] = 0.into();
        schema["maximum"] = LONGEST_TOOL_WAIT.into();
        taken.add(WAIT_SECONDS, schema, false);
    }
    for (name, _) in tool.needs {
        if !taken.required.contains(&Value::from(*name)) {
            taken.required.push((*name).into());
        }
    }
    let mut schema = object(taken.properties, taken.required);
    schema.insert("additionalProperties".to_owned(), false.into());
    match plain(Value::Object(schema)) {
        Value::Object(schema) => Arc::new(schema),
        _ => Arc::default(),
    }
}

/// The same schema without references, without `null` and the empty text that counts as left out, and with words as an
/// enum: what a model is shown by some clients is less than JSON Schema, and what they don't know they leave out or take
/// for text. Agents leave a field out.
fn plain(schema: Value) -> Value {
    let mut object = match schema {
        Value::Object(object) => object,
        Value::Array(list) => return Value::Array(list.into_iter().map(plain).collect()),
        other => return other,
    };
    if object.get("format").is_some_and(is_width) {
        object.remove("format");
    }
    if let Some(found) = object.remove("$ref").as_ref().and_then(Value::as_str).and_then(component) {
        return plain(with(found.clone(), object));
    }
    let is_text_blank = object.get("maxLength").is_some_and(|most| most == 0);
    if is_text_blank {
        object.remove("maxLength");
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !is_nothing(word));
    }
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null" && !(is_text_blank && kind == "string"));
        if let [kind] = kinds.as_slice() {
            object["type"] = kind.clone();
        }
    }
    for either in ["anyOf", "oneOf"] {
        let Some(Value::Array(mut branches)) = object.remove(either) else { continue };
        branches.retain(|branch| branch["type"] != "null" && branch.get("const").is_none_or(|word| !is_nothing(word)));
        let words: Option<Vec<_>> = branches.iter().map(|branch| branch.get("const").cloned()).collect();
        if let Some(words) = words {
            object.insert("type".to_owned(), "string".into());
            object.insert("enum".to_owned(), Value::Array(words));
        } else if branches.len() == 1 {
            return plain(with(branches.remove(0), object));
        } else {
            object.insert(either.to_owned(), Value::Array(branches));
        }
    }
    Value::Object(object.into_iter().map(|(name, value)| (name, plain(value))).collect())
}

/// Whether the word is one for nothing.
fn is_nothing(word: &Value) -> bool {
    word.is_null() || word == ""
}

/// The schema with what is said beside it, which wins.
fn with(schema: Value, beside: Map<String, Value>) -> Value {
    match schema {
        Value::Object(mut object) => {
            object.extend(beside);
            Value::Object(object)
        }
        other => other,
    }
}

/// What a tool answers: what its route does, or a refusal; and what would be done, if it can be asked that.
pub(crate) fn output(tool: &Tool) -> Arc<Map<String, Value>> {
    let responses = operation(tool)["responses"].as_object().into_iter().flatten();
    let mut any: Vec<Value> = Vec::new();
    let answered = responses.filter(|(status, _)| status.starts_with('2'));
    let answered = answered.filter_map(|(_, response)| response.pointer("/content/application~1json/schema").cloned());
    for schema in answered.chain([refusal()]) {
        if !any.contains(&schema) {
            any.push(schema);
        }
    }
    if let Some(dry_run) = tool.dry_run {
        let mut flag = described("boolean", "Nothing was done.");
        flag["const"] = true.into();
        let properties = [
            ("dry_run", flag),
            ("would", text(&dry_run.would())),
            ("answer", described("object", "What stands behind that.")),
        ];
        let properties = properties.map(|(name, schema)| (name.to_owned(), schema));
        let required = properties.iter().map(|(name, _)| Value::from(name.as_str())).collect();
        any.push(Value::Object(object(Map::from_iter(properties), required)));
    }
    let mut schema = Map::from_iter([("type".to_owned(), Value::from("object"))]);
    schema.insert("anyOf".to_owned(), any.into());
    self_contained(schema)
}

/// A refusal, in short: in full it is as large as all else together, in each of the tools.
fn refusal() -> Value {
    let named = |properties: [(&str, Value); 2]| {
        let required = properties.iter().map(|(name, _)| Value::from(*name)).collect();
        let properties = properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
        Value::Object(object(properties, required))
    };
    let error = named([
        ("code", text("A stable name, for programs.")),
        ("message", text("What is wrong, and what to do; the rest is in meta.")),
    ]);
    named([("error", error), ("request_id", text("The request that this answers."))])
}

/// The properties of an input.
#[derive(Default)]
struct Taken {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Taken {
    fn add(&mut self, name: &str, schema: Value, is_required: bool) {
        self.properties.insert(name.to_owned(), schema);
        if is_required {
            self.required.push(name.into());
        }
    }
}

/// What the description says of a tool's route; null if it says nothing.
fn operation(tool: &Tool) -> &'static Value {
    &DOCUMENT["paths"][tool.route.path][tool.route.method.name().to_lowercase()]
}

/// A property of a schema, and whether it must be there.
fn property(schema: &Value, name: &str) -> Option<(Value, bool)> {
    let schema = match schema["$ref"].as_str() {
        Some(to) => component(to)?,
        None => schema,
    };
    let is_required = schema["required"].as_array().is_some_and(|required| required.contains(&name.into()));
    schema["properties"].get(name).map(|property| (property.clone(), is_required))
}

/// What a reference leads to.
fn component(to: &str) -> Option<&'static Value> {
    DOCUMENT["components"]["schemas"].get(to.strip_prefix(COMPONENTS)?)
}

/// The schema with all that it refers to inside of it.
fn self_contained(schema: Map<String, Value>) -> Arc<Map<String, Value>> {
    let mut found = BTreeMap::new();
    let Value::Object(mut schema) = inner(Value::Object(schema), &mut found) else { return Arc::default() };
    if !found.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(found.into_iter().collect()));
    }
    Arc::new(schema)
}

/// The same with references to `$defs`, which are collected.
fn inner(schema: Value, found: &mut BTreeMap<String, Value>) -> Value {
    match schema {
        Value::Object(object) => {
            // What it means stands in the description of the API; here it would be half of all.
            let is_told = |key: &str, value: &Value| match key {
                "format" => !is_width(value),
                "description" => !value.is_string(),
                _ => true,
            };
            let known = object.into_iter().filter(|(key, value)| is_told(key, value));
            Value::Object(known.map(|(key, value)| referred(key, value, found)).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(|schema| inner(schema, found)).collect()),
        other => other,
    }
}

/// Whether it is the width of a whole number in our code, of which clients only say that they don't know it.
fn is_width(format: &Value) -> bool {
    format.as_str().is_some_and(|format| format.starts_with("uint") || format.starts_with("int"))
}

fn referred(key: String, value: Value, found: &mut BTreeMap<String, Value>) -> (String, Value) {
    let to =
        value.as_str().filter(|_| key == "$ref").and_then(|to| Some((to.strip_prefix(COMPONENTS)?, component(to)?)));
    let Some((name, schema)) = to else { return (key, inner(value, found)) };
    if !found.contains_key(name) {
        // Its place is taken before what it refers to is read: that may be itself.
        found.insert(name.to_owned(), Value::Null);
        let schema = inner(schema.clone(), found);
        found.insert(name.to_owned(), schema);
    }
    (key, Value::from(format!("{DEFINITIONS}{name}")))
}

fn object(properties: Map<String, Value>, required: Vec<Value>) -> Map<String, Value> {
    let mut object = Map::from_iter([("type".to_owned(), Value::from("object"))]);
    object.insert("properties".to_owned(), Value::Object(properties));
    if !required.is_empty() {
        object.insert("required".to_owned(), Value::Array(required));
    }
    object
}

fn described(kind: &str, about: &str) -> Value {
    let named = [("type", kind), ("description", about)];
    Value::Object(named.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect())
}

fn text(about: &str) -> Value {
    described("string", about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::all;

    #[test]
    fn the_description_knows_every_route_and_every_argument_of_the_tools() {
        for tool in all() {
            let schema = input(tool);
            let mut told: Vec<_> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            let mut takes = tool.arguments();
            told.sort_unstable();
            takes.sort_unstable();
            assert_eq!(told, takes, "{}: what the description knows, and what the tool takes", tool.name);
            let keyed = operation(tool)["parameters"].to_string().contains("Idempotency-Key");
            assert_eq!(tool.is_keyed, keyed, "{}: whether it takes an idempotency key", tool.name);
            if let Some(dry) = tool.dry_run {
                assert!(DOCUMENT["paths"][dry.asks.path].is_object(), "{}", tool.name);
            }
            let answers = output(tool)["anyOf"].as_array().unwrap().len();
            assert_eq!(answers, 2 + usize::from(tool.dry_run.is_some()), "{}: an answer and a refusal", tool.name);
        }
    }

    #[test]
    fn the_description_names_the_versions_that_are_spoken() {
        let named = &DOCUMENT["components"]["parameters"]["MCP-Protocol-Version"]["schema"]["enum"];
        let spoken: Vec<_> = crate::server::VERSIONS.iter().map(rmcp::model::ProtocolVersion::as_str).collect();
        assert_eq!(*named, Value::from(spoken));
    }

    /// Clients keep the whole list in memory, and agents read what is taken.
    #[test]
    fn the_list_stays_small() {
        let sizes = |schema: fn(&Tool) -> Arc<Map<String, Value>>| all().map(move |tool| to_text(&schema(tool)).len());
        let (taken, answered): (usize, usize) = (sizes(input).sum(), sizes(output).sum());
        assert!(taken < 60_000 && answered < 120_000, "{taken} bytes are taken, {answered} answered");
        let all: Vec<_> = all().flat_map(|tool| [input(tool), output(tool)]).map(|schema| to_text(&schema)).collect();
        assert!(all.iter().all(|schema| !schema.contains("uint")), "no width of a number is told");
    }

    #[test]
    fn what_a_tool_takes_is_said_in_words_that_every_client_knows() {
        for tool in all() {
            let schema = to_text(&input(tool));
            for word in ["$ref", "$defs", "oneOf", "null", "\"\"", "\"maxLength\":0"] {
                assert!(!schema.contains(word), "{} has {word}: {schema}", tool.name);
            }
        }
        let create = Value::Object(input(crate::tools::find("create_post").unwrap()).as_ref().clone());
        let levels =
            &create["properties"]["platform_data"]["properties"]["tiktok"]["properties"]["privacy_level"]["enum"];
        assert!(levels.as_array().is_some_and(|levels| levels.contains(&"SELF_ONLY".into())), "{create:#}");
        assert_eq!(create["required"], Value::Array(vec!["targets".into()]));
    }

    #[test]
    fn agents_are_shown_the_events_that_there_are() {
        for (tool, argument) in [("create_webhook", "/events/items/enum"), ("list_deliveries", "/event_type/enum")] {
            let schema = input(crate::tools::find(tool).unwrap());
            let found = schema["properties"].pointer(argument).and_then(Value::as_array).unwrap();
            let mut found: Vec<_> = found.iter().map(|event| event.as_str().unwrap()).collect();
            found.sort_unstable();
            let described: Vec<_> = DOCUMENT["webhooks"].as_object().unwrap().keys().collect();
            assert_eq!(found, described, "{tool}");
        }
    }

    fn to_text(schema: &Map<String, Value>) -> String {
        serde_json::to_string(schema).unwrap()
    }

    #[test]
    fn every_reference_leads_to_something_in_the_same_schema() {
        fn follow(value: &Value, root: &Value) -> usize {
            match value {
                Value::Object(object) => {
                    let here = object.get("$ref").and_then(Value::as_str);
                    if let Some(to) = here {
                        assert!(root.pointer(to.trim_start_matches('#')).is_some_and(|to| !to.is_null()), "{to}");
                    }
                    here.iter().count() + object.values().map(|value| follow(value, root)).sum::<usize>()
                }
                Value::Array(list) => list.iter().map(|value| follow(value, root)).sum(),
                _ => 0,
            }
        }
        let mut seen = 0;
        for schema in all().flat_map(|tool| [input(tool), output(tool)]) {
            let schema = Value::Object(schema.as_ref().clone());
            seen += follow(&schema, &schema);
        }
        assert!(seen > 100, "references are found: {seen}");
    }
}
