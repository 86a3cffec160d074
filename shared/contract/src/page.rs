//! The shape of every list, and of what comes in `data` alone.

use serde::{Serialize, Serializer};

/// A page of a list. `next_cursor` is null at the end, never empty: clients would loop for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Where the next page starts, opaque.
    pub next_cursor: Option<String>,
    /// The most items a page may have, as asked for.
    pub limit: usize,
    /// What was ignored. Left out if there is nothing to say.
    pub warnings: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Body<'a, T> {
    /// The items.
    data: &'a [T],
    /// How many items this page has.
    count: usize,
    /// Where the next page is.
    pagination: Pagination<'a>,
    /// What to send as `cursor` for the next page; null at the end.
    next_cursor: Option<&'a str>,
    /// What was ignored.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

/// Where the next page of a list is.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Pagination<'a> {
    /// Whether there may be more.
    has_more: bool,
    /// What to send as `cursor` for the next page; null at the end.
    next_cursor: Option<&'a str>,
    /// The most items that a page may have.
    limit: usize,
}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Page<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("PageOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Body::<T>::json_schema(generator)
    }
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let next_cursor = self.next_cursor.as_deref();
        let pagination = Pagination { has_more: next_cursor.is_some(), next_cursor, limit: self.limit };
        let warnings = &self.warnings;
        Body { data: &self.data, count: self.data.len(), pagination, next_cursor, warnings }.serialize(serializer)
    }
}

/// An answer with its content in `data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DataOf{T}"))]
pub struct DataView<T> {
    /// The content.
    pub data: T,
    /// What was ignored. Left out if there is nothing to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_page_has_a_null_cursor() {
        assert_eq!(
            json!(Page { data: vec![1, 2], next_cursor: None, limit: 50, warnings: Vec::new() }),
            json!({"data":[1,2],"count":2,"pagination":{"has_more":false,"next_cursor":null,"limit":50},"next_cursor":null})
        );
        let warned = Page::<u8> { data: Vec::new(), next_cursor: None, limit: 50, warnings: vec!["w".to_owned()] };
        assert_eq!(json!(warned)["warnings"], json!(["w"]));
    }
}
