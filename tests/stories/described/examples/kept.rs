//! The examples that are kept as files, which must be what was got in this life.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::follow;
use super::refused::SEEN;
use crate::rules::{description, operations};

/// Operations whose example would be this very document, or a page, or what TikTok alone can send.
const WITHOUT: [&str; 4] = ["finishConnection", "followInvite", "getOpenApi", "receiveTikTokWebhook"];

/// Statuses that are described and have no example, and why.
const NEVER_GOT: [(&str, &str); 1] = [("500", "it is our own fault, and no caller can bring it about")];

/// The files beside the description have an example for whatever is here, and each of them has the names of what is here.
pub(super) fn must_be(got: &BTreeMap<String, Value>) {
    if std::env::var_os("UPDATE_EXAMPLES").is_some() {
        let _ = std::fs::remove_dir_all(folder());
        std::fs::create_dir_all(folder()).unwrap();
        for (name, example) in got {
            std::fs::write(folder().join(format!("{name}.json")), format!("{example:#}\n")).unwrap();
        }
    }
    let mut kept = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let example: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        kept.insert(path.file_stem().unwrap().to_str().unwrap().to_owned(), example);
    }
    let update = "UPDATE_EXAMPLES=1 cargo test --workspace --locked --test stories described";
    let (names, known): (BTreeSet<_>, BTreeSet<_>) = (got.keys().collect(), kept.keys().collect());
    assert_eq!(names, known, "what was got (left) and what is kept (right): {update}");
    for (name, example) in got {
        let kept = &kept[name];
        assert_eq!(shape(example), shape(kept), "{name} was another one (left) before (right): {update}");
        assert_eq!(words(example), words(kept), "{name} said something else (left) before (right): {update}");
    }
    for (name, code) in SEEN {
        let error = &got.get(name).unwrap_or_else(|| panic!("{name} was not got"))["answer"]["error"];
        assert_eq!(error["code"], code, "{name}: {error:#}");
    }
    let description = description();
    for (_, _, operation) in operations(&description) {
        let id = operation["operationId"].as_str().unwrap();
        let answers = operation["responses"].as_object().unwrap().iter();
        let has_json = answers
            .filter(|(status, _)| status.starts_with('2'))
            .any(|(_, answer)| answer["content"]["application/json"].is_object());
        let has_example = got.keys().any(|name| name.starts_with(&format!("{id}.2")));
        assert_eq!(has_json && !WITHOUT.contains(&id), has_example, "{id} has an example, or stands in WITHOUT");
    }
    every_status_is_got(got, &description);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/openapi/examples")
}

/// Each status with which a JSON body is answered anywhere has an example somewhere.
fn every_status_is_got(got: &BTreeMap<String, Value>, description: &Value) {
    let mut described = BTreeSet::new();
    for (_, _, operation) in operations(description) {
        let answers = operation["responses"].as_object().unwrap().iter();
        let with_json =
            answers.filter(|(_, answer)| follow(description, answer)["content"]["application/json"].is_object());
        described.extend(with_json.map(|(status, _)| status.clone()));
    }
    let got: BTreeSet<_> = got.keys().filter_map(|name| name.split_once('.')).map(|(_, status)| status).collect();
    for (status, why) in NEVER_GOT {
        assert!(
            described.remove(status) && !got.contains(status),
            "{status} has an example, or is not described: {why}"
        );
    }
    let missing: Vec<_> = described.iter().filter(|status| !got.contains(status.as_str())).collect();
    assert!(missing.is_empty(), "no operation has an example of {missing:?}");
}

/// The words for people and programs in a value, by the path of their names: what changes with the sources. Numbers and
/// ids in them differ from life to life.
fn words(value: &Value) -> BTreeSet<(String, String)> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<(String, String)>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    let path = format!("{path}.{name}");
                    match value.as_str() {
                        Some(text) if ["code", "message", "cure", "note"].contains(&name.as_str()) => {
                            let words = text
                                .split_whitespace()
                                .map(|word| if word.contains(|c: char| c.is_ascii_digit()) { "#" } else { word });
                            found.insert((path, words.collect::<Vec<_>>().join(" ")));
                        }
                        _ => walk(value, &path, found),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| walk(value, &format!("{path}[]"), found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}

/// The paths of all names in a value.
fn shape(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    // Ids are no names.
                    let name = if name.contains('_') && name.len() > 20 { "*" } else { name };
                    found.insert(format!("{path}.{name}"));
                    walk(value, &format!("{path}.{name}"), found);
                }
            }
            Value::Array(list) => list.iter().for_each(|value| walk(value, &format!("{path}[]"), found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}
