//! Reading JSON bodies: a field is absent or of its type; `null` is neither.

use serde_json::{Map, Value};

use crate::answer::Refusal;
use crate::call::Call;

/// The body of a call, which has to be a JSON object sent as JSON.
pub(super) fn body(call: &Call) -> Result<Value, Refusal> {
    if call.content_type() != "application/json" {
        return Err(Refusal::invalid("The Content-Type must be application/json; charset=UTF-8"));
    }
    match serde_json::from_slice(&call.body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(Refusal::invalid("The request body is not a valid JSON object")),
    }
}

/// The comma list of the `fields` query parameter, which is required; every name has to be known.
pub(super) fn query_fields(call: &Call, known: impl Fn(&str) -> bool) -> Result<Vec<&str>, Refusal> {
    let given = call.query.iter().find(|(name, _)| name == "fields").map(|(_, value)| value.as_str());
    let fields: Vec<&str> =
        given.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if fields.is_empty() {
        return Err(Refusal::invalid("Fields is required"));
    }
    match fields.iter().find(|name| !known(name)) {
        Some(name) => Err(Refusal::invalid(format!("Field {name} is invalid"))),
        None => Ok(fields),
    }
}

/// The fields of one object.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The object itself.
    pub(super) fn of(value: &'a Value) -> Result<Self, Refusal> {
        value.as_object().map(|map| Self { map }).ok_or_else(|| Refusal::invalid("An object was expected"))
    }

    /// The object in a required field.
    pub(super) fn object(self, name: &str) -> Result<Self, Refusal> {
        let value = self.map.get(name).ok_or_else(|| required(name))?;
        value.as_object().map(|map| Self { map }).ok_or_else(|| wrong(name, "an object"))
    }

    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(super) fn required_text(self, name: &str) -> Result<&'a str, Refusal> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| required(name))
    }

    /// Text of at most so many UTF-16 code units.
    pub(super) fn short_text(self, name: &str, most: usize) -> Result<Option<&'a str>, Refusal> {
        let text = self.text(name)?;
        if text.is_some_and(|text| text.encode_utf16().count() > most) {
            return Err(Refusal::invalid(format!("{name} is longer than {most} UTF-16 code units")));
        }
        Ok(text)
    }

    pub(super) fn integer(self, name: &str) -> Result<Option<i64>, Refusal> {
        self.typed(name, "an integer", Value::as_i64)
    }

    pub(super) fn required_integer(self, name: &str) -> Result<i64, Refusal> {
        self.integer(name)?.ok_or_else(|| required(name))
    }

    /// A 32-bit integer.
    pub(super) fn small_integer(self, name: &str) -> Result<Option<i32>, Refusal> {
        let number = self.integer(name)?;
        number.map(|number| i32::try_from(number).map_err(|_| wrong(name, "a 32-bit integer"))).transpose()
    }

    /// A flag; absent is false.
    pub(super) fn flag(self, name: &str) -> Result<bool, Refusal> {
        Ok(self.typed(name, "a boolean", Value::as_bool)?.unwrap_or(false))
    }

    /// A required list of strings.
    pub(super) fn texts(self, name: &str) -> Result<Vec<&'a str>, Refusal> {
        let list = self.typed(name, "a list", Value::as_array)?.ok_or_else(|| required(name))?;
        let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        texts.ok_or_else(|| wrong(name, "a list of strings"))
    }

    fn typed<T>(self, name: &str, kind: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, Refusal> {
        self.map.get(name).map(|value| read(value).ok_or_else(|| wrong(name, kind))).transpose()
    }
}

fn required(name: &str) -> Refusal {
    Refusal::invalid(format!("{name} is required"))
}

fn wrong(name: &str, kind: &str) -> Refusal {
    Refusal::invalid(format!("{name} must be {kind}"))
}
