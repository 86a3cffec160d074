//! Which part of a list a request wants, and the page that it gets.

use slipway_contract::{Diagnostics, Issue, Page};
use slipway_domain::limits::ITEMS_PER_PAGE;

use crate::auth::Caller;
use crate::{ErrorResponse, Params, cursor};

/// What to do where a cursor is not one that was given out for this.
pub const CURSOR_CURE: &str = "Send next_cursor of the page before, unchanged.";

/// A list of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// Its name in cursors: those of another list are not taken.
    pub name: &'static str,
    /// How many items a page has at most unless the caller says.
    pub default_limit: usize,
    /// The query parameters that it takes besides `limit` and `cursor`, each with one value.
    pub filters: &'static [&'static str],
    /// Those that may have several values.
    pub several: &'static [&'static str],
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging<Key> {
    /// Behind this one.
    pub after: Option<Key>,
    /// At most so many.
    pub limit: usize,
}

impl List {
    /// Reads `limit` and `cursor`; the cursor must be one of this list and tenant, and `key` must be able to read what
    /// is in it. Notes the parameters that the list does not take, or takes once.
    pub fn paging<Key>(
        &self,
        params: &Params,
        caller: &Caller,
        key: impl Fn(&str) -> Option<Key>,
        noted: &mut Diagnostics,
    ) -> Paging<Key> {
        params.note_odd(&[&["limit", "cursor"], self.filters].concat(), self.several, noted);
        let issues = &mut noted.issues;
        let limit = match params.one("limit") {
            None => self.default_limit,
            Some(text) => text.parse().ok().filter(|n| (1..=ITEMS_PER_PAGE).contains(n)).unwrap_or_else(|| {
                let message = format!("limit is not a whole number from 1 to {ITEMS_PER_PAGE}");
                let cure = format!("Send a number from 1 to {ITEMS_PER_PAGE}, or nothing for {}.", self.default_limit);
                issues.push(Issue::invalid("limit", message, cure));
                self.default_limit
            }),
        };
        let after = params.one("cursor").and_then(|text| {
            let after = cursor::read(&caller.keyring, self.name, caller.tenant(), text).and_then(|text| key(&text));
            if after.is_none() {
                let message = "cursor is not one that this list has given out";
                issues.push(Issue::invalid("cursor", message, CURSOR_CURE));
            }
            after
        });
        Paging { after, limit }
    }

    /// A page of at most so many items. The next one begins behind `last`, if there is one.
    pub fn page<T>(
        &self,
        caller: &Caller,
        limit: usize,
        data: Vec<T>,
        last: Option<&str>,
        warnings: Vec<String>,
    ) -> Result<Page<T>, ErrorResponse> {
        let next_cursor = last.map(|last| cursor::write(&caller.keyring, self.name, caller.tenant(), last));
        let next_cursor = next_cursor.transpose().map_err(|error| ErrorResponse::internal(&error))?;
        Ok(Page { data, next_cursor, limit, warnings })
    }
}

#[cfg(test)]
mod tests {
    use slipway_contract::diagnostics::UnknownFields;

    use super::*;

    const LIST: List = List { name: "things", default_limit: 25, filters: &[], several: &["status"] };

    fn caller() -> Caller {
        let (tenant, key) = ("ten_1".parse().unwrap(), "key_1".parse().unwrap());
        Caller { reach: slipway_domain::Reach::whole(&tenant), key, plan: None, keyring: crate::Keyring::of("secret") }
    }

    fn read(params: &Params) -> (Paging<u32>, Vec<String>) {
        let mut noted = Diagnostics::default();
        let paging = LIST.paging(params, &caller(), |text| text.parse().ok(), &mut noted);
        (paging, noted.issues.into_iter().map(|issue| issue.field).collect())
    }

    #[test]
    fn a_parameter_that_the_list_does_not_take_is_a_warning_or_a_problem() {
        let params =
            Params::from([("limit", "1"), ("status", "x"), ("status[]", "y"), ("state", "x"), ("a", ""), ("a", "")]);
        let noted = || {
            let mut noted = Diagnostics::default();
            LIST.paging(&params, &caller(), |text| text.parse::<u32>().ok(), &mut noted);
            noted
        };
        assert_eq!(
            noted().finish(UnknownFields::Warn).unwrap(),
            [
                "state is not a query parameter of this route and was ignored",
                "a is not a query parameter of this route and was ignored"
            ]
        );
        let refused = noted().warnings_or_issues(UnknownFields::Refuse).unwrap_err().issues;
        assert_eq!(refused.into_iter().map(|issue| issue.field).collect::<Vec<_>>(), ["state", "a"]);
    }

    #[test]
    fn a_limit_is_from_1_to_100_and_has_the_lists_default() {
        for (limit, wanted) in
            [("", Some(25)), ("1", Some(1)), ("100", Some(100)), ("0", None), ("101", None), ("-1", None), ("x", None)]
        {
            let (paging, refused) = read(&Params::from([("limit", limit)]));
            assert_eq!((paging.limit, refused.is_empty()), (wanted.unwrap_or(25), wanted.is_some()), "{limit:?}");
        }
    }

    #[test]
    fn the_cursor_of_a_page_leads_behind_its_last_item_and_no_other_text_does() {
        let page = LIST.page(&caller(), 2, vec!["a", "b"], Some("7"), Vec::new()).unwrap();
        let next = page.next_cursor.unwrap();
        assert_eq!(read(&Params::from([("cursor", next.as_str())])), (Paging { after: Some(7), limit: 25 }, vec![]));
        let unreadable = LIST.page(&caller(), 2, vec!["a"], Some("seven"), Vec::new()).unwrap().next_cursor.unwrap();
        for wrong in ["7", unreadable.as_str(), &next[1..]] {
            let (paging, refused) = read(&Params::from([("cursor", wrong)]));
            assert_eq!((paging.after, refused), (None, vec!["cursor".to_owned()]), "{wrong}");
        }
        assert_eq!(LIST.page(&caller(), 2, vec!["a"], None, Vec::new()).unwrap().next_cursor, None);
    }
}
