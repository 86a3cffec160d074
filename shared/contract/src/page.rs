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
struct Body<'a, T> {
    data: &'a [T],
    count: usize,
    pagination: Pagination<'a>,
    next_cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Pagination<'a> {
    has_more: bool,
    next_cursor: Option<&'a str>,
    limit: usize,
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let next_cursor = self.next_cursor.as_deref();
        let pagination = Pagination { has_more: next_cursor.is_some(), next_cursor, limit: self.limit };
        let warnings = &self.warnings;
        Body { data: &self.data, count: self.data.len(), pagination, next_cursor, warnings }.serialize(serializer)
    }
}

/// What an answer holds in `data` alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataView<T> {
    /// It.
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
