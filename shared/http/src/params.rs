//! A request's query.

use std::collections::BTreeSet;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, Uri};
use slipway_contract::diagnostics::UnknownFields;
use slipway_contract::{Diagnostics, Issue};
use slipway_domain::Hidden;

use crate::{ErrorResponse, unknown_fields};

/// The parameters of a query. One without a value counts as left out; `name[]`, as some clients write a list, is `name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    pairs: Hidden<Vec<(String, String)>>,
    unknown: UnknownFields,
}

/// Marks a request whose query no handler reads.
#[cfg(feature = "keys")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unread;

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

    /// Notes each parameter that the route does not take, once, and each of those with one value that has several.
    pub fn note_odd(&self, single: &[&str], several: &[&str], noted: &mut Diagnostics) {
        let mut seen = BTreeSet::new();
        for (name, _) in &self.pairs.0 {
            let name = name.as_str();
            if !seen.insert(name) || several.contains(&name) {
                continue;
            }
            if !single.contains(&name) {
                noted.unknown_parameter(name);
            } else if self.all(name).count() > 1 {
                let message = format!("{name} is in the query more than once");
                noted.issues.push(Issue::invalid(name, message, "Send it once."));
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
        let pairs = Hidden(pairs.into_iter().map(|(given, text)| (name(given), text)).collect());
        Self { pairs, unknown: UnknownFields::Warn }
    }
}

impl Params {
    /// The parameters in this address, and what the caller prefers about those that are not known.
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self { unknown: unknown_fields(headers), ..pairs.into_owned().collect() }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        #[cfg(feature = "keys")]
        if parts.extensions.get::<Unread>().is_some() {
            return Err(ErrorResponse::internal(&"a handler reads a query, and its route does not say so"));
        }
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_say_is_not_printed() {
        let params = Params::from([("state", "of-a-caller")]);
        assert!(!format!("{params:?}").contains("of-a-caller"));
    }

    #[test]
    fn the_last_of_several_values_counts_and_an_empty_one_does_not() {
        let params = Params::from([("a", "1"), ("b", ""), ("a[]", "2"), ("a", "")]);
        assert_eq!((params.one("a"), params.one("b"), params.one("c")), (Some("2"), None, None));
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_parameter_of_one_value_may_not_have_several() {
        for (pairs, fields) in [
            ([("limit", "1"), ("status", "a"), ("status", "b")], &[][..]),
            ([("limit", "1"), ("limit", ""), ("status[]", "b")], &[]),
            ([("limit", "1"), ("limit", "1"), ("status", "b")], &["limit"]),
            ([("limit", "1"), ("limit[]", "2"), ("x", "b")], &["limit", "x"]),
        ] {
            let mut noted = Diagnostics::default();
            Params::from(pairs).note_odd(&["limit"], &["status"], &mut noted);
            let issues =
                noted.warnings_or_issues(UnknownFields::Refuse).err().map(|refused| refused.issues).unwrap_or_default();
            assert_eq!(issues.iter().map(|issue| issue.field.as_str()).collect::<Vec<_>>(), fields, "{pairs:?}");
        }
    }
}
