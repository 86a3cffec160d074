//! Which part of a list a request wants.

use std::collections::HashMap;
use std::str::FromStr;

use slipway_contract::Issue;
use slipway_domain::TenantId;

use crate::cursor;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 100;

/// A part of a list whose places are named by ids.
#[derive(Debug)]
pub struct Paging<Id> {
    /// Behind this one.
    pub after: Option<Id>,
    /// At most so many.
    pub limit: usize,
}

impl<Id: FromStr> Paging<Id> {
    /// Reads `limit` and `cursor`; the cursor must be one of this list and tenant.
    pub fn read(query: &HashMap<String, String>, list: &str, tenant: &TenantId, issues: &mut Vec<Issue>) -> Self {
        let given = |name: &str| query.get(name).map(String::as_str).filter(|text| !text.is_empty());
        let limit = match given("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text.parse().ok().filter(|n| (1..=MAX_LIMIT).contains(n)).unwrap_or_else(|| {
                let message = "limit is not a whole number from 1 to 100";
                issues.push(Issue::invalid("limit", message, "Send a number from 1 to 100, or nothing for 50."));
                DEFAULT_LIMIT
            }),
        };
        let after = given("cursor").and_then(|text| {
            let place = cursor::read(list, tenant, text).and_then(|id| id.parse().ok());
            if place.is_none() {
                let message = "cursor is not one that this list has given out";
                issues.push(Issue::invalid("cursor", message, "Send next_cursor of the page before, unchanged."));
            }
            place
        });
        Self { after, limit }
    }
}
