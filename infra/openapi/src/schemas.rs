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
        named(schema(&mut self.sent).to_value())
    }

    /// All that was referred to, by name.
    pub(crate) fn into_components(mut self) -> Map<String, Value> {
        let mut all = Map::new();
        for (name, schema) in self.answered.take_definitions(true).into_iter().chain(self.sent.take_definitions(true)) {
            let (name, schema) = (public(&name), named(schema));
            if let Some(other) = all.insert(name.clone(), schema.clone()) {
                assert_eq!(other, schema, "two types are called {name}");
            }
        }
        with_statuses(&mut all);
        all
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
