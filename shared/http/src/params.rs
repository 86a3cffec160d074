//! A request's query.

use std::collections::BTreeSet;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use slipway_contract::Diagnostics;
use slipway_contract::diagnostics::UnknownFields;

use crate::unknown_fields;

/// The parameters of a query. One without a value counts as left out; `name[]`, as some clients write a list, is `name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
    unknown: UnknownFields,
}

impl Params {
    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.pairs.iter().filter(move |(given, text)| given == name && !text.is_empty()).map(|(_, text)| text.as_str())
    }

    /// The value of a parameter; of several the last.
    pub fn one<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next_back()
    }

    /// What is to become of parameters that the route does not take.
    pub fn unknown(&self) -> UnknownFields {
        self.unknown
    }

    /// Notes each parameter that is not among those that the route takes, once.
    pub fn note_unknown(&self, known: &[&str], noted: &mut Diagnostics) {
        let mut seen = BTreeSet::new();
        for (name, _) in &self.pairs {
            if !known.contains(&name.as_str()) && seen.insert(name) {
                noted.unknown_parameter(name);
            }
        }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Params {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).into_iter().collect()
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let name = |name: String| name.strip_suffix("[]").map(str::to_owned).unwrap_or(name);
        let pairs = pairs.into_iter().map(|(given, text)| (name(given), text)).collect();
        Self { pairs, unknown: UnknownFields::Warn }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = QueryRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, QueryRejection> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await?;
        Ok(Self { unknown: unknown_fields(&parts.headers), ..pairs.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_several_values_counts_and_an_empty_one_does_not() {
        let params = Params::from([("a", "1"), ("b", ""), ("a[]", "2"), ("a", "")]);
        assert_eq!((params.one("a"), params.one("b"), params.one("c")), (Some("2"), None, None));
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
    }
}
