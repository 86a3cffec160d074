//! Reads a JSON object field by field and collects every problem, instead of stopping at the first.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::error::Issue;

/// An object of a request with the path that leads to it. Every read notes the field as known; what is left over
/// at the end are unknown fields, which are accepted and named in a warning.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Fields<'a> {
    /// The request's own object.
    pub fn root(object: &'a Map<String, Value>) -> Self {
        Self { object, path: String::new(), known: RefCell::default() }
    }

    fn at(object: &'a Map<String, Value>, path: String) -> Self {
        Self { object, path, known: RefCell::default() }
    }

    /// The path of one of this object's fields.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The raw value, unless it is absent or null.
    pub fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.known.borrow_mut().insert(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field is there and not null.
    pub fn has(&self, name: &'static str) -> bool {
        self.value(name).is_some()
    }

    /// A text.
    pub fn text(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<&'a str> {
        self.typed(name, issues, "a string", Value::as_str)
    }

    /// A boolean; the texts "true" and "false" are not.
    pub fn flag(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<bool> {
        self.typed(name, issues, "true or false", Value::as_bool)
    }

    /// A whole number from 0.
    pub fn count(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<u64> {
        self.typed(name, issues, "a whole number from 0", Value::as_u64)
    }

    /// An object.
    pub fn object(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<Self> {
        let object = self.typed(name, issues, "an object", Value::as_object)?;
        Some(Self::at(object, self.path(name)))
    }

    /// A list of objects, at most `most` long.
    pub fn objects(&self, name: &'static str, most: usize, issues: &mut Vec<Issue>) -> Option<Vec<Self>> {
        self.list(name, most, issues, "an object", |value, path| Some(Self::at(value.as_object()?, path)))
    }

    /// A list of texts, at most `most` long.
    pub fn texts(&self, name: &'static str, most: usize, issues: &mut Vec<Issue>) -> Option<Vec<&'a str>> {
        self.list(name, most, issues, "a string", |value, _| value.as_str())
    }

    /// The fields that nobody asked for, by path.
    pub fn unknown(&self) -> Vec<String> {
        let known = self.known.borrow();
        self.object.keys().filter(|name| !known.contains(name.as_str())).map(|name| self.path(name)).collect()
    }

    fn typed<T>(
        &self,
        name: &'static str,
        issues: &mut Vec<Issue>,
        wanted: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let found = read(value);
        if found.is_none() {
            issues.push(wrong_type(&self.path(name), wanted, value));
        }
        found
    }

    fn list<T>(
        &self,
        name: &'static str,
        most: usize,
        issues: &mut Vec<Issue>,
        wanted: &str,
        read: impl Fn(&'a Value, String) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.typed(name, issues, "a list", Value::as_array)?;
        if list.len() > most {
            let message = format!("{} has {} entries, at most {most} are allowed", self.path(name), list.len());
            issues.push(Issue::invalid(self.path(name), message, "Send fewer, or split the request."));
            return None;
        }
        let mut items = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let path = format!("{}[{index}]", self.path(name));
            match read(value, path.clone()) {
                Some(item) => items.push(item),
                None => issues.push(wrong_type(&path, wanted, value)),
            }
        }
        Some(items)
    }
}

fn wrong_type(path: &str, wanted: &str, value: &Value) -> Issue {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Issue::invalid(path, format!("{path} must be {wanted}, not {found}"), format!("Send {wanted}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_wrong_type_is_reported_with_its_path() {
        let body = json!({"text": 1, "targets": [{"account_id": true}, 7], "publish_now": "true", "extra": 1});
        let root = Fields::root(body.as_object().unwrap());
        let mut issues = Vec::new();
        assert_eq!(root.text("text", &mut issues), None);
        assert_eq!(root.flag("publish_now", &mut issues), None);
        let targets = root.objects("targets", 50, &mut issues).unwrap();
        assert_eq!(targets[0].text("account_id", &mut issues), None);
        let fields: Vec<_> = issues.iter().map(|issue| issue.field.as_str()).collect();
        assert_eq!(fields, ["text", "publish_now", "targets[1]", "targets[0].account_id"]);
        assert_eq!(root.unknown(), ["extra"]);
    }

    #[test]
    fn a_list_that_is_too_long_is_refused_before_it_is_read() {
        let body = json!({"media_ids": ["a", "b", "c"]});
        let root = Fields::root(body.as_object().unwrap());
        let mut issues = Vec::new();
        assert_eq!(root.texts("media_ids", 2, &mut issues), None);
        assert!(issues[0].message.contains("at most 2"), "{issues:?}");
    }
}
