//! The schemas of types, under the names that the document has them by.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};
use slipway_contract::ErrorCode;

use crate::operation::SchemaOf;

/// Collects what operations refer to: what is answered by how it is written, what is sent by how it is read.
pub(crate) struct Schemas {
    answered: SchemaGenerator,
    sent: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = |settings: SchemaSettings| {
            settings.with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            answered: settings(SchemaSettings::draft2020_12().for_serialize()).into_generator(),
            sent: settings(SchemaSettings::draft2020_12().for_deserialize()).into_generator(),
        }
    }

    /// The schema of something that is answered.
    pub(crate) fn answered(&mut self, schema: SchemaOf) -> Value {
        named(schema(&mut self.answered).to_value())
    }

    /// The schema of something that is sent.
    pub(crate) fn sent(&mut self, schema: SchemaOf) -> Value {
        with_blanks(named(schema(&mut self.sent).to_value()))
    }

    /// All that was referred to, by name.
    pub(crate) fn into_components(mut self) -> Map<String, Value> {
        let mut all = Map::new();
        let answered = self.answered.take_definitions(true).into_iter().map(|(name, schema)| (name, named(schema)));
        let sent = self.sent.take_definitions(true).into_iter().map(|(name, schema)| {
            let schema = named(schema);
            let schema = if OF_A_LIBRARY.contains(&name.as_str()) { schema } else { with_blanks(schema) };
            (name, schema)
        });
        for (name, schema) in answered.chain(sent) {
            let name = public(&name);
            if let Some(other) = all.insert(name.clone(), schema.clone()) {
                assert_eq!(other, schema, "two types are called {name}");
            }
        }
        with_statuses(&mut all);
        all
    }
}

/// What is sent and read by a library, not field by field by ours.
const OF_A_LIBRARY: [&str; 1] = ["ToolCall"];

/// Says of every field that may be null that it may be an empty text, too: `Fields` takes it for left out, since low-code
/// tools send one for each field that nobody has filled in. Texts say so themselves where they have a form.
fn with_blanks(mut schema: Value) -> Value {
    if let Value::Object(object) = &mut schema {
        for (key, value) in object.iter_mut() {
            match value {
                Value::Object(properties) if key == "properties" => {
                    for (_, property) in properties {
                        take_blank(property);
                    }
                }
                Value::Array(_) | Value::Object(_) => *value = with_blanks(value.take()),
                _ => {}
            }
        }
    } else if let Value::Array(list) = &mut schema {
        for part in list {
            *part = with_blanks(part.take());
        }
    }
    schema
}

fn take_blank(property: &mut Value) {
    let Some(property) = property.as_object_mut() else { return };
    if let Some(Value::Array(either)) = property.get_mut("anyOf") {
        if either.contains(&json!({"type": "null"})) {
            either.push(json!({"const": ""}));
        }
        return;
    }
    let Some(Value::Array(types)) = property.get_mut("type") else { return };
    if !types.contains(&json!("null")) || types.contains(&json!("string")) {
        return;
    }
    types.push(json!("string"));
    // The only limit of texts: the others are of numbers and lists, and say nothing of a text.
    property.insert("maxLength".to_owned(), json!(0));
    if let Some(Value::Array(words)) = property.get_mut("enum") {
        words.push(json!(""));
    }
}

/// Adds to each error code the status that it is answered with.
fn with_statuses(all: &mut Map<String, Value>) {
    let codes = all.get_mut("ErrorCode").and_then(|codes| codes.get_mut("oneOf")).and_then(Value::as_array_mut);
    for code in codes.into_iter().flatten() {
        let known = ErrorCode::ALL.iter().find(|known| code["const"] == known.as_str());
        if let (Some(known), Some(code)) = (known, code.as_object_mut()) {
            code.insert("x-http-status".to_owned(), json!(known.status()));
        }
    }
}

/// The name of a type as callers see it. Most end in `View` inside.
fn public(name: &str) -> String {
    match name {
        "CreatedView" => "CreatedWebhook".to_owned(),
        "RotatedView" => "RotatedWebhookSecret".to_owned(),
        "TestedView" => "TestedWebhook".to_owned(),
        "ReplayedView" => "ReplayedEvents".to_owned(),
        "CountsView" => "DeliveryCounts".to_owned(),
        "StatsView" => "DeliveryStats".to_owned(),
        "CatalogueView" => "EventCatalogue".to_owned(),
        "Pages" => "LogPagination".to_owned(),
        "PlanView" => "PlanOffer".to_owned(),
        "LimitsView" => "PlanLimits".to_owned(),
        "EventTypeView" => "EventTypeEntry".to_owned(),
        other => other.replace("View", ""),
    }
}

/// The same schema with all references by public names.
fn named(schema: Value) -> Value {
    const AT: &str = "#/components/schemas/";
    match schema {
        Value::Object(object) => {
            let renamed = object.into_iter().map(|(key, value)| match value {
                Value::String(to) if key == "$ref" => {
                    let name = public(to.strip_prefix(AT).unwrap_or(&to));
                    (key, Value::String(format!("{AT}{name}")))
                }
                other => (key, named(other)),
            });
            Value::Object(renamed.collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(named).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_null_may_be_blank() {
        let cases = [
            (json!({"type": ["boolean", "null"]}), json!({"type": ["boolean", "null", "string"], "maxLength": 0})),
            (
                json!({"type": ["boolean", "null"], "enum": [false, null]}),
                json!({"type": ["boolean", "null", "string"], "enum": [false, null, ""], "maxLength": 0}),
            ),
            (
                json!({"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]}),
                json!({"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}, {"const": ""}]}),
            ),
            (json!({"type": ["string", "null"], "maxLength": 9}), json!({"type": ["string", "null"], "maxLength": 9})),
            (json!({"type": "boolean"}), json!({"type": "boolean"})),
            (
                json!({"anyOf": [{"type": "integer"}, {"type": "array"}]}),
                json!({"anyOf": [{"type": "integer"}, {"type": "array"}]}),
            ),
        ];
        for (before, after) in cases {
            let within = |property: &Value| json!({"type": "object", "properties": {"name": property}});
            assert_eq!(with_blanks(within(&before)), within(&after));
            let deep = |property: &Value| json!({"items": {"allOf": [within(property)]}});
            assert_eq!(with_blanks(deep(&before)), deep(&after));
        }
    }

    /// A text that has a form says itself that it may be blank.
    #[test]
    fn every_text_that_may_be_null_has_a_form_that_takes_a_blank_one() {
        let document = crate::document();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let bodies = crate::operations().into_iter().filter_map(|operation| {
            let at = format!("/paths/{}/{}", operation.path.replace('/', "~1"), operation.method.to_lowercase());
            document.pointer(&(at + "/requestBody/content/application~1json/schema/$ref"))
        });
        let mut seen = 0;
        for body in bodies.filter_map(|to| to.as_str()?.rsplit('/').next()) {
            for (name, property) in schemas[body]["properties"].as_object().into_iter().flatten() {
                let is_text = property["type"] == json!(["string", "null"]);
                let Some(pattern) = property["pattern"].as_str().filter(|_| is_text) else { continue };
                let takes_blank = pattern.starts_with("^$|") || pattern.ends_with(")?$") || pattern.ends_with("]*$");
                assert!(takes_blank, "{body}.{name}: {pattern}");
                seen += 1;
            }
        }
        assert!(seen > 8, "{seen}");
    }
}
