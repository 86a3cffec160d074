//! Every answer that a story gets is one that `openapi.json` describes: its status, its code and its shape.

use std::sync::LazyLock;

use serde_json::Value;

use super::Answer;

pub(crate) static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
});

/// The operation that a request is for; nothing where there is none.
pub(crate) fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap();
    let path = if path == "/" { path } else { path.trim_end_matches('/') };
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let fits = |known: &str| {
        let (known, asked): (Vec<_>, Vec<_>) = (known.split('/').collect(), path.split('/').collect());
        let same = known.iter().zip(&asked).all(|(known, asked)| known == asked || known.starts_with('{'));
        known.len() == asked.len() && same
    };
    // A path without holes is meant before one that has some.
    let known = paths.get_key_value(path).or_else(|| paths.iter().find(|(known, _)| fits(known)));
    known?.1.get(method.to_lowercase())
}

/// What a caller needs for this route, in the description's words.
pub(crate) fn needs(method: &str, path: &str) -> &'static str {
    operation(method, path)
        .and_then(|operation| operation["x-needs"].as_str())
        .expect("an operation says what it needs")
}

/// What may stand in this place of a request for this route: its query or its headers.
pub(crate) fn parameters(method: &str, path: &str, place: &str) -> impl Iterator<Item = &'static str> {
    let operation = operation(method, path).unwrap_or_else(|| panic!("{method} {path} is no operation"));
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(follow);
    parameters.filter(move |parameter| parameter["in"] == place).filter_map(|parameter| parameter["name"].as_str())
}

/// Fails unless the description has this answer to this request.
#[track_caller]
pub(crate) fn must_be_described(method: &str, path: &str, answer: &Answer) {
    // The gateway's own words, where a function was killed.
    let is_the_gateways = answer.status >= 500 && answer.body["message"].is_string() && answer.body["error"].is_null();
    if is_the_gateways {
        return;
    }
    let Some(operation) = operation(method, path) else {
        let code = answer.body["error"]["code"].as_str().unwrap_or_default();
        let is_unknown = matches!(answer.status, 308 | 404 | 405 | 501) || code.starts_with("auth.");
        assert!(is_unknown, "{method} {path} is no operation, and answers {}: {:#}", answer.status, answer.body);
        return;
    };
    let id = operation["operationId"].as_str().unwrap();
    let response = operation["responses"].get(answer.status.to_string());
    let response = response.unwrap_or_else(|| panic!("{id} does not answer {}: {:#}", answer.status, answer.body));
    let content = &follow(response)["content"];
    let kind = answer.headers.get("content-type").map(|value| value.to_str().unwrap()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap();
    if !answer.body.is_null() && kind != "application/json" {
        assert!(content.get(kind).is_some(), "{id} {} is no {kind}", answer.status);
        return;
    }
    let schema = &content["application/json"]["schema"];
    if schema.is_null() {
        return;
    }
    if let Err(why) = fits(&answer.body, schema) {
        panic!("{id} {}: {why}\n{:#}", answer.status, answer.body);
    }
}

pub(crate) fn follow(part: &'static Value) -> &'static Value {
    match part["$ref"].as_str() {
        Some(to) => follow(DESCRIPTION.pointer(to.trim_start_matches('#')).expect("a reference leads somewhere")),
        None => part,
    }
}

/// Whether a value is as this schema says, as far as our schemas go. A word of theirs that is not known here fails.
pub(crate) fn fits(value: &Value, schema: &'static Value) -> Result<(), String> {
    let Some(words) = schema.as_object() else { return Ok(()) };
    for (word, said) in words {
        let list = || said.as_array().unwrap().iter();
        match word.as_str() {
            "$ref" => fits(value, follow(schema))?,
            "allOf" => list().try_for_each(|each| fits(value, each))?,
            "anyOf" | "oneOf" => {
                let why: Vec<_> = list().filter_map(|each| fits(value, each).err()).collect();
                if why.len() == list().count() {
                    return Err(why.join("; or "));
                }
            }
            "type" => {
                let is_one = |name: &Value| is(value, name.as_str().unwrap());
                let fits = said.as_array().map_or_else(|| is_one(said), |names| names.iter().any(is_one));
                if !fits {
                    return Err(format!("{value} is not {said}"));
                }
            }
            "enum" if !list().any(|each| each == value) => return Err(format!("{value} is none of {said}")),
            "const" if said != value => return Err(format!("{value} is not {said}")),
            "required" => {
                let missing = |name: &&Value| value.is_object() && value.get(name.as_str().unwrap()).is_none();
                if let Some(missing) = list().find(missing) {
                    return Err(format!("{missing} is missing"));
                }
            }
            "properties" => {
                for (name, schema) in said.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        fits(value, schema).map_err(|why| format!("{name}: {why}"))?;
                    }
                }
            }
            "items" => value.as_array().into_iter().flatten().try_for_each(|item| fits(item, said))?,
            "patternProperties" => {
                for (pattern, schema) in said.as_object().unwrap() {
                    let named = value.as_object().into_iter().flatten();
                    let mut named = named.filter(|(name, _)| name.starts_with(beginning(pattern)));
                    named.try_for_each(|(_, value)| fits(value, schema))?;
                }
            }
            "additionalProperties" => {
                let patterns = schema["patternProperties"].as_object();
                let known = |name: &String| {
                    let mut patterns = patterns.into_iter().flatten().map(|(pattern, _)| beginning(pattern));
                    schema["properties"].get(name).is_some() || patterns.any(|start| name.starts_with(start))
                };
                let others = value.as_object().into_iter().flatten().filter(|(name, _)| !known(name));
                for (name, value) in others {
                    if said == &Value::Bool(false) {
                        return Err(format!("{name} is not described"));
                    }
                    fits(value, said)?;
                }
            }
            "minimum" if value.as_f64() < said.as_f64() && value.is_number() => {
                return Err(format!("{value} is less than {said}"));
            }
            "maximum" if value.as_f64() > said.as_f64() && value.is_number() => {
                return Err(format!("{value} is more than {said}"));
            }
            "pattern" => {
                let start = beginning(said.as_str().unwrap());
                if !value.as_str().is_some_and(|text| text.starts_with(start)) {
                    return Err(format!("{value} does not begin with {start}"));
                }
            }
            "enum" | "const" | "minimum" | "maximum" | "format" | "description" | "title" | "default" | "minItems"
            | "maxItems" | "x-http-status" => {}
            other => return Err(format!("{other} is not known here")),
        }
    }
    Ok(())
}

/// What a text must begin with that this pattern is for. Our patterns are those of ids.
fn beginning(pattern: &str) -> &str {
    pattern.trim_start_matches('^').split('[').next().unwrap()
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
