//! Reads a JSON object field by field and collects every problem, instead of stopping at the first.

mod names;

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};
use slipway_domain::Hidden;
use slipway_domain::limits::LONGEST_QUOTATION;

use crate::cut::cut;
use crate::error::Issue;

/// An object of a request with the path that leads to it. Every read notes the field as known; what is left over
/// at the end are unknown fields, which are accepted and named in a warning.
#[derive(Debug)]
pub struct Fields<'a> {
    object: Hidden<&'a Map<String, Value>>,
    path: String,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Fields<'a> {
    /// The request's own object.
    pub fn root(object: &'a Map<String, Value>) -> Self {
        Self { object: Hidden(object), path: String::new(), known: RefCell::default() }
    }

    fn at(object: &'a Map<String, Value>, path: String) -> Self {
        Self { object: Hidden(object), path, known: RefCell::default() }
    }

    /// Whether this is the request's own object.
    pub(crate) fn is_root(&self) -> bool {
        self.path.is_empty()
    }

    /// The path of one of this object's fields.
    pub fn path(&self, name: &str) -> String {
        path_of(&self.path, name)
    }

    /// The raw value, unless it is absent or null.
    pub fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.known.borrow_mut().insert(name);
        self.object.0.get(name).filter(|value| !value.is_null())
    }

    /// The raw value, unless it is absent, null or blank. Low-code tools send an empty text for every field that nobody
    /// has filled in.
    fn given(&self, name: &'static str) -> Option<&'a Value> {
        self.value(name).filter(|value| value.as_str() != Some(""))
    }

    /// Whether the field is there, not null and not blank.
    pub fn has(&self, name: &'static str) -> bool {
        self.given(name).is_some()
    }

    /// A text. It has no null character: TikTok shows none, and much that reads a text later stops there.
    pub fn text(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<&'a str> {
        let value = self.value(name)?;
        text(value, &self.path(name)).map_err(|issue| issues.push(issue)).ok()
    }

    /// A text that may be left out; a blank one counts as left out.
    pub fn filled(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<&'a str> {
        self.text(name, issues).filter(|text| !text.is_empty())
    }

    /// A boolean; the texts "true" and "false" are not.
    pub fn flag(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<bool> {
        self.typed(name, issues, |value, path| value.as_bool().ok_or_else(|| wrong_type(path, "true or false", value)))
    }

    /// A whole number from 0.
    pub fn count(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<u64> {
        self.typed(name, issues, |value, path| {
            value.as_u64().or_else(|| whole(value)).ok_or_else(|| wrong_type(path, "a whole number from 0", value))
        })
    }

    /// An object.
    pub fn object(&self, name: &'static str, issues: &mut Vec<Issue>) -> Option<Self> {
        self.typed(name, issues, object)
    }

    /// A list of objects, at most `most` long.
    pub fn objects(&self, name: &'static str, most: usize, issues: &mut Vec<Issue>) -> Option<Vec<Self>> {
        self.list(name, most, issues, object)
    }

    /// A list of texts, at most `most` long. None of them has a null character.
    pub fn texts(&self, name: &'static str, most: usize, issues: &mut Vec<Issue>) -> Option<Vec<&'a str>> {
        self.list(name, most, issues, text)
    }

    /// The fields that nobody asked for, by path.
    pub fn unknown(&self) -> Vec<String> {
        let known = self.known.borrow();
        self.object.0.keys().filter(|name| !known.contains(name.as_str())).map(|name| self.path(name)).collect()
    }

    fn typed<T>(
        &self,
        name: &'static str,
        issues: &mut Vec<Issue>,
        read: impl FnOnce(&'a Value, &str) -> Result<T, Issue>,
    ) -> Option<T> {
        let value = self.given(name)?;
        read(value, &self.path(name)).map_err(|issue| issues.push(issue)).ok()
    }

    fn list<T>(
        &self,
        name: &'static str,
        most: usize,
        issues: &mut Vec<Issue>,
        read: impl Fn(&'a Value, &str) -> Result<T, Issue>,
    ) -> Option<Vec<T>> {
        let list =
            self.typed(name, issues, |value, path| value.as_array().ok_or_else(|| wrong_type(path, "a list", value)))?;
        if list.len() > most {
            let message = format!("{} has {} entries, at most {most} are allowed", self.path(name), list.len());
            issues.push(Issue::invalid(self.path(name), message, "Send fewer, or split the request."));
            return None;
        }
        let mut items = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            match read(value, &format!("{}[{index}]", self.path(name))) {
                Ok(item) => items.push(item),
                Err(issue) => issues.push(issue),
            }
        }
        Some(items)
    }
}

/// The path of a field, given the path of what it is in.
pub(crate) fn path_of(path: &str, name: &str) -> String {
    let name = cut(name, LONGEST_QUOTATION);
    if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") }
}

/// A text of a caller's in quotes, fit to be repeated in a message: escaped, and cut after 60 characters.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTATION) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str, Issue> {
    let text = value.as_str().ok_or_else(|| wrong_type(path, "a string", value))?;
    if text.contains('\0') {
        let message = format!("{path} has a null character in it");
        return Err(Issue::invalid(path, message, "Take U+0000 out of the text."));
    }
    Ok(text)
}

fn object<'a>(value: &'a Value, path: &str) -> Result<Fields<'a>, Issue> {
    let object = value.as_object().ok_or_else(|| wrong_type(path, "an object", value))?;
    Ok(Fields::at(object, path.to_owned()))
}

/// A whole number that is written with a fraction of nothing, as some languages write all their numbers: `7.0`.
fn whole(value: &Value) -> Option<u64> {
    /// Up to here every whole number is one of these.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=EXACT).contains(number))?;
    // Zero is added since there is a negative one, too.
    format!("{:.0}", number + 0.0).parse().ok()
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
    fn what_callers_say_is_not_printed() {
        let body = json!({"code": "of-tiktok"});
        let root = Fields::root(body.as_object().unwrap());
        assert!(!format!("{root:?}").contains("of-tiktok"));
    }

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
    fn what_a_low_code_tool_leaves_blank_is_left_out() {
        let body = json!({"text": "", "publish_now": "", "size": "", "data": "", "list": "", "texts": ""});
        let root = Fields::root(body.as_object().unwrap());
        let mut issues = Vec::new();
        assert_eq!((root.text("text", &mut issues), root.filled("text", &mut issues)), (Some(""), None));
        assert_eq!((root.flag("publish_now", &mut issues), root.count("size", &mut issues)), (None, None));
        assert!(root.object("data", &mut issues).is_none() && root.objects("list", 1, &mut issues).is_none());
        assert_eq!(root.texts("texts", 1, &mut issues), None);
        assert!(issues.is_empty() && !root.has("text") && root.unknown().is_empty(), "{issues:?}");
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_nothing() {
        for (text, read) in [
            ("7", Some(7)),
            ("7.0", Some(7)),
            ("1e3", Some(1000)),
            ("0.0", Some(0)),
            ("-0.0", Some(0)),
            ("7.5", None),
            ("-1.0", None),
            ("1e300", None),
            ("true", None),
        ] {
            let body: Value = serde_json::from_str(&format!("{{\"size\": {text}}}")).unwrap();
            let mut issues = Vec::new();
            let found = Fields::root(body.as_object().unwrap()).count("size", &mut issues);
            assert_eq!((found, issues.len()), (read, usize::from(read.is_none())), "{text}");
        }
    }

    #[test]
    fn a_list_that_is_too_long_is_refused_before_it_is_read() {
        let body = json!({"media_ids": ["a", "b", "c"]});
        let root = Fields::root(body.as_object().unwrap());
        let mut issues = Vec::new();
        assert_eq!(root.texts("media_ids", 2, &mut issues), None);
        assert!(issues[0].message.contains("at most 2"), "{issues:?}");
    }

    #[test]
    fn a_null_character_is_refused_wherever_a_text_is_read() {
        let body = json!({"text": "a\u{0}b", "media_ids": [1, "x", "\u{0}"]});
        let root = Fields::root(body.as_object().unwrap());
        let mut issues = Vec::new();
        assert_eq!(root.text("text", &mut issues), None);
        assert_eq!(root.texts("media_ids", 3, &mut issues), Some(vec!["x"]));
        let fields: Vec<_> = issues.iter().map(|issue| issue.field.as_str()).collect();
        assert_eq!(fields, ["text", "media_ids[0]", "media_ids[2]"]);
        assert!(issues[2].message.contains("null character"), "{issues:?}");
    }

    #[test]
    fn what_a_caller_sent_is_repeated_escaped_and_cut() {
        for (text, shown) in [
            ("", "\"\"".to_owned()),
            ("a\"\n", "\"a\\\"\\n\"".to_owned()),
            (&"é".repeat(60), format!("\"{}\"", "é".repeat(60))),
            (&"é".repeat(61), format!("\"{}\"…", "é".repeat(60))),
        ] {
            assert_eq!(quoted(text), shown);
        }
    }
}
