//! An example says nothing that its schema does not say.

use serde_json::Value;

use crate::rules::operations;
use crate::support::described::{DESCRIPTION, fits, follow};

/// Every example of an answer or of an event, with its schema, by its place.
fn examples() -> Vec<(String, &'static Value, &'static Value)> {
    let mut found = Vec::new();
    let mut add = |place: String, content: &'static Value| {
        let json = &content["application/json"];
        if let Some(example) = json.get("example") {
            found.push((place, example, &json["schema"]));
        }
    };
    for (_, _, operation) in operations(&DESCRIPTION) {
        let id = operation["operationId"].as_str().unwrap();
        for (status, response) in operation["responses"].as_object().unwrap() {
            add(format!("{id} {status}"), &follow(response)["content"]);
        }
    }
    for (event, said) in DESCRIPTION["webhooks"].as_object().unwrap() {
        add(event.clone(), &said["post"]["requestBody"]["content"]);
    }
    found
}

#[test]
fn every_example_fits_its_schema() {
    let found = examples();
    let mut wrong = Vec::new();
    for (place, example, schema) in &found {
        if let Err(why) = fits(example, schema) {
            wrong.push(format!("{place}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found.len() >= 90, "{} examples are found", found.len());
}

#[test]
fn every_event_that_endpoints_can_be_told_of_has_an_example() {
    for (event, said) in DESCRIPTION["webhooks"].as_object().unwrap() {
        let content = &said["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(content["example"]["event"], event.as_str(), "{event}");
    }
}
