//! Reads JSON of a caller's: every name of an object once, and in memory that is bounded.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use slipway_domain::limits::{JSON_MAX_VALUES, NAMES_PER_ANSWER};

use crate::fields::path_of;
use crate::{ErrorCode, Issue};

/// What some programs put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a text of JSON. On refusal names the field at which it can't be read, or every name that is there twice: of
/// two values nobody can say which one was meant.
pub fn read(text: &[u8]) -> Result<Value, Vec<Issue>> {
    let reading = Reading::default();
    let mut json = serde_json::Deserializer::from_slice(without_mark(text));
    let read = Any(&reading).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    match read {
        Ok(value) if reading.twice.borrow().is_empty() => Ok(value),
        Ok(_) => Err(reading.twice.take()),
        Err(error) => Err(vec![reading.problem(&error)]),
    }
}

/// The text behind a byte order mark, if it begins with one.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// How far the reading has come.
#[derive(Default)]
struct Reading {
    path: RefCell<Vec<Segment>>,
    values: RefCell<usize>,
    twice: RefCell<Vec<Issue>>,
}

/// A part of the path to a value.
enum Segment {
    Name(String),
    Index(usize),
}

impl Reading {
    /// One value more; no more than there may be.
    fn count<E: serde::de::Error>(&self) -> Result<(), E> {
        let mut values = self.values.borrow_mut();
        *values += 1;
        if *values > JSON_MAX_VALUES { Err(E::custom("too many values")) } else { Ok(()) }
    }

    /// The field that is being read.
    fn field(&self) -> String {
        let path = self.path.borrow().iter().fold(String::new(), |path, segment| match segment {
            Segment::Name(name) => path_of(&path, name),
            Segment::Index(index) => format!("{path}[{index}]"),
        });
        if path.is_empty() { "body".to_owned() } else { path }
    }

    fn note_twice(&self) {
        let mut twice = self.twice.borrow_mut();
        if twice.len() < NAMES_PER_ANSWER {
            let field = self.field();
            twice.push(Issue::invalid(&field, format!("{field} is there twice"), "Send it once."));
        }
    }

    fn problem(&self, error: &serde_json::Error) -> Issue {
        let what = error.to_string();
        if *self.values.borrow() > JSON_MAX_VALUES {
            let message = format!("the body has more than {JSON_MAX_VALUES} values");
            let issue = Issue::invalid("body", message, "Leave out what the route does not know.");
            return issue.with_code(ErrorCode::BodyInvalid);
        }
        let field = self.field();
        if what.contains("surrogate") || what.contains("end of hex escape") {
            let message = format!("{field} has half a character: one \\u escape of a pair, as of an emoji cut in two");
            return Issue::invalid(&field, message, "Send both escapes of the pair, or the character itself.");
        }
        let issue = Issue::invalid("body", format!("the body is not JSON: {what}"), "Send a JSON object.");
        issue.with_code(ErrorCode::BodyInvalid)
    }
}

/// Any value.
#[derive(Clone, Copy)]
struct Any<'a>(&'a Reading);

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Value, D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.0.count().map(|()| Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.0.count().map(|()| Value::from(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.0.count().map(|()| Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.0.count().map(|()| Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.0.count().map(|()| Value::from(value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.0.count().map(|()| Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let Self(reading) = self;
        reading.count()?;
        let mut values = Vec::new();
        loop {
            reading.path.borrow_mut().push(Segment::Index(values.len()));
            let Some(value) = list.next_element_seed(self)? else { break };
            reading.path.borrow_mut().pop();
            values.push(value);
        }
        reading.path.borrow_mut().pop();
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let Self(reading) = self;
        reading.count()?;
        let mut values = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            reading.path.borrow_mut().push(Segment::Name(name.clone()));
            if values.contains_key(&name) {
                reading.note_twice();
            }
            let value = object.next_value_seed(self)?;
            reading.path.borrow_mut().pop();
            values.insert(name, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: impl AsRef<[u8]>) -> Vec<(String, String)> {
        let issues = read(text.as_ref()).expect_err("it is refused");
        issues.into_iter().map(|issue| (issue.field, issue.message)).collect()
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused_wherever_it_is() {
        for (text, fields) in [
            (r#"{"a": 1, "a": 2}"#, vec!["a"]),
            (r#"{"a": null, "a": null}"#, vec!["a"]),
            (r#"{"a": 1, "\u0061": 2}"#, vec!["a"]),
            (
                r#"{"targets": [{}, {"platform_data": {"privacy_level": "A", "is_aigc": true, "privacy_level": "B"}}]}"#,
                vec!["targets[1].platform_data.privacy_level"],
            ),
            (r#"{"a": {"b": 1, "b": 2}, "c": [[{"d": 1, "d": 1}]], "a": 1}"#, vec!["a.b", "c[0][0].d", "a"]),
        ] {
            let found: Vec<_> = refused(text).into_iter().map(|(field, _)| field).collect();
            assert_eq!(found, fields, "{text}");
        }
        let many = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(1000));
        assert_eq!(refused(many).len(), NAMES_PER_ANSWER);
    }

    #[test]
    fn half_a_character_is_named_with_its_field() {
        for (text, field) in [
            (r#"{"text": "Hello \ud83d"}"#, "text"),
            (r#"{"text": "Hello \ud83d!"}"#, "text"),
            (r#"{"text": "\ude00 there"}"#, "text"),
            (r#"{"text": "\ud83d\u0041"}"#, "text"),
            (r#"{"a": [1, {"b": "\ud83d"}]}"#, "a[1].b"),
            (r#"{"a": {"\ud83d": 1}}"#, "a"),
            (r#"["\ud83d"]"#, "[0]"),
        ] {
            let found = refused(text);
            assert_eq!(found[0].0, field, "{text}");
            assert!(found[0].1.contains("half a character"), "{found:?}");
        }
        assert_eq!(read(br#"{"text": "\ud83d\ude00"}"#).unwrap()["text"], "😀");
        assert_eq!(refused(b"{\"text\": \"\xff\"}")[0].0, "body");
    }

    #[test]
    fn a_byte_order_mark_is_skipped_where_it_belongs() {
        assert_eq!(read("\u{feff}{\"a\": 1}".as_bytes()).unwrap()["a"], 1);
        assert_eq!(refused("{\u{feff}\"a\": 1}")[0].0, "body");
        assert_eq!(refused("\u{feff}\u{feff}{}")[0].0, "body");
    }

    #[test]
    fn no_text_becomes_more_values_than_a_request_needs() {
        let objects = format!("[{}0]", r#"{"":0},"#.repeat(130_000));
        let nested = format!("[{}0]", format!("{}0{},", "{\"\":".repeat(100), "}".repeat(100)).repeat(2000));
        for text in [objects, nested, format!("[{}0]", "0,".repeat(500_000))] {
            let found = refused(&text);
            assert!(found[0].1.contains("60000 values"), "{found:?}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(refused(deep)[0].0, "body");
        let most = format!("[{}0]", "0,".repeat(JSON_MAX_VALUES - 2));
        assert_eq!(read(most.as_bytes()).unwrap().as_array().unwrap().len(), JSON_MAX_VALUES - 1);
    }

    #[test]
    fn what_is_read_is_what_was_sent() {
        for text in [
            "null",
            "true",
            "0",
            "-5",
            "18446744073709551615",
            "1.5",
            "1e400",
            r#""a\n""#,
            "[]",
            "{}",
            "[1,[2,{}]]",
            r#"{"a":{"b":[null,false]},"c":""}"#,
            "",
            "{",
            "[1,]",
            "{} x",
            "nul",
            "\"a",
        ] {
            let expected = serde_json::from_str::<Value>(text);
            assert_eq!(read(text.as_bytes()).ok(), expected.ok(), "{text}");
        }
    }
}
