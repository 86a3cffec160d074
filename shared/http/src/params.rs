//! A request's query.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use http::request::Parts;

/// The parameters of a query. One without a value counts as left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.0.iter().filter(move |(given, text)| given == name && !text.is_empty()).map(|(_, text)| text.as_str())
    }

    /// The value of a parameter; of several the last.
    pub fn one<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next_back()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Params {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).into())
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = QueryRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, QueryRejection> {
        Query::from_request_parts(parts, state).await.map(|Query(pairs)| Self(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_several_values_counts_and_an_empty_one_does_not() {
        let params = Params::from([("a", "1"), ("b", ""), ("a", "2"), ("a", "")]);
        assert_eq!((params.one("a"), params.one("b"), params.one("c")), (Some("2"), None, None));
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
    }
}
