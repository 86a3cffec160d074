//! The shape of every list.

use serde::Serialize;
use serde_json::{Value, json};

/// A page of a list. `next_cursor` is null at the end, never empty: clients would loop for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub data: Vec<T>,
    /// Where the next page starts, opaque.
    pub next_cursor: Option<String>,
    /// The most items a page may have, as asked for.
    pub limit: usize,
}

impl<T: Serialize> Page<T> {
    /// The answer's body.
    pub fn body(&self) -> Value {
        json!({
            "data": self.data,
            "count": self.data.len(),
            "pagination": {
                "has_more": self.next_cursor.is_some(),
                "next_cursor": self.next_cursor,
                "limit": self.limit,
            },
            "next_cursor": self.next_cursor,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_a_null_cursor() {
        let body = Page { data: vec![1, 2], next_cursor: None, limit: 50 }.body();
        assert_eq!(
            body,
            json!({"data":[1,2],"count":2,"pagination":{"has_more":false,"next_cursor":null,"limit":50},"next_cursor":null})
        );
    }
}
