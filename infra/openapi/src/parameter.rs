//! Parameters of queries and paths.

use serde_json::{Value, json};
use slipway_domain::limits::{IDS_PER_FILTER, ITEMS_PER_PAGE};
use slipway_domain::{AccountId, BrandId, EventType};

/// A parameter of a query.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

impl Parameter {
    fn new(name: &'static str, about: &'static str, schema: Value) -> Self {
        Self { name, about, schema, required: false }
    }

    /// The parameter as the document has it.
    pub(crate) fn described(&self) -> Value {
        // One without a value counts as left out.
        json!({
            "name": self.name, "in": "query", "required": self.required, "description": self.about,
            "allowEmptyValue": true, "schema": self.schema,
        })
    }
}

/// A text.
pub(crate) fn text(name: &'static str, about: &'static str) -> Parameter {
    Parameter::new(name, about, json!({"type": "string"}))
}

/// A text of this form, of up to so many characters.
pub(crate) fn shaped(name: &'static str, about: &'static str, pattern: &str, longest: u32) -> Parameter {
    Parameter::new(name, about, json!({"type": "string", "pattern": pattern, "maxLength": longest}))
}

/// A time.
pub(crate) fn time(name: &'static str, about: &'static str) -> Parameter {
    Parameter::new(name, about, json!({"type": "string", "format": "date-time"}))
}

/// True or false.
pub(crate) fn flag(name: &'static str, about: &'static str) -> Parameter {
    Parameter::new(name, about, json!({"type": "string", "enum": ["true", "false"]}))
}

/// One of some words.
pub(crate) fn word(name: &'static str, about: &'static str, words: &[&str]) -> Parameter {
    Parameter::new(name, about, json!({"type": "string", "enum": words}))
}

/// Several ids that begin so, repeated or with commas, but no more than `most`. What is none is refused.
pub(crate) fn ids(name: &'static str, about: &'static str, prefix: &str, most: usize) -> Parameter {
    let pattern = format!("^{prefix}[A-Za-z0-9]{{1,64}}$");
    let id = json!({"type": "string", "pattern": pattern});
    Parameter::new(name, about, json!({"type": "array", "items": id, "maxItems": most}))
}

/// Several of some words, repeated or with commas.
pub(crate) fn words(name: &'static str, about: &'static str, words: &[&str]) -> Parameter {
    Parameter::new(name, about, json!({"type": "array", "items": {"type": "string", "enum": words}}))
}

/// The names of the events that endpoints can be told of.
pub(crate) fn delivered_events() -> Vec<&'static str> {
    EventType::ALL.iter().filter(|event| event.is_delivered()).map(|event| event.as_str()).collect()
}

/// Which part of a list.
pub(crate) fn page(default_limit: usize) -> [Parameter; 2] {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": ITEMS_PER_PAGE, "default": default_limit});
    [
        Parameter::new("limit", "The most items on a page.", limit),
        text("cursor", "Where the page begins: the `next_cursor` of the page before, unchanged."),
    ]
}

/// Which accounts a list is narrowed to, by either name.
pub(crate) fn accounts() -> [Parameter; 2] {
    [
        ids(
            "account_ids",
            "Only items of these accounts; repeated, or with commas between.",
            AccountId::PREFIX,
            IDS_PER_FILTER,
        ),
        ids("account_id", "Another name for `account_ids`.", AccountId::PREFIX, IDS_PER_FILTER),
    ]
}

/// Which brands a list is narrowed to, by either name.
pub(crate) fn brands() -> [Parameter; 2] {
    [
        ids(
            "brand_ids",
            "Only items of these brands; repeated, or with commas between.",
            BrandId::PREFIX,
            IDS_PER_FILTER,
        ),
        ids("brand_id", "Another name for `brand_ids`.", BrandId::PREFIX, IDS_PER_FILTER),
    ]
}

/// Which platforms a list is narrowed to. There is one.
pub(crate) fn platform() -> Parameter {
    let about = "Only items on these platforms; repeated, or with commas between. `tiktok` is the only one there is.";
    // Any text is one, so that in a query a list of one is the same as the text by itself.
    Parameter::new("platform", about, json!({"type": ["array", "string"], "items": {"type": "string"}}))
}
