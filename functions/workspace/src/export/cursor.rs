//! How far an export has come.

use std::fmt;

use slipway_contract::export::ExportKind;
use slipway_domain::Mode;

/// Where an export goes on: what the next page is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    /// In which space.
    pub(super) space: Mode,
    /// Which records.
    pub(super) kind: ExportKind,
    /// Only those behind this one.
    pub(super) behind: Option<String>,
}

impl Cursor {
    /// Where the export begins for a key of this mode. A test key has nothing to do with what is live.
    pub(super) const fn first(own: Mode) -> Self {
        Self { space: own, kind: ExportKind::Tenant, behind: None }
    }

    /// Where it goes on once all of this kind is told.
    pub(super) fn next(&self, own: Mode) -> Option<Self> {
        let kinds = || ExportKind::ALL.into_iter();
        let at = |space, kind| Self { space, kind, behind: None };
        if let Some(kind) = kinds().skip_while(|kind| *kind != self.kind).nth(1) {
            return Some(at(self.space, kind));
        }
        // The tenant was told of in the space before.
        let is_last = own == Mode::Test || self.space == Mode::Test;
        kinds().nth(1).filter(|_| !is_last).map(|kind| at(Mode::Test, kind))
    }

    /// Reads what was written.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let (space, kind) = (words.next()?, words.next()?);
        Some(Self {
            space: Mode::ALL.into_iter().find(|mode| mode.as_str() == space)?,
            kind: ExportKind::ALL.into_iter().find(|known| known.as_str() == kind)?,
            behind: words.next().map(str::to_owned),
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.space.as_str(), self.kind)?;
        self.behind.iter().try_for_each(|behind| write!(f, " {behind}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(own: Mode) -> Vec<String> {
        std::iter::successors(Some(Cursor::first(own)), |cursor| cursor.next(own))
            .map(|cursor| cursor.to_string())
            .collect()
    }

    #[test]
    fn a_live_key_comes_through_both_spaces_and_a_test_key_through_its_own() {
        let (live, test) = (walk(Mode::Live), walk(Mode::Test));
        assert_eq!((live.len(), test.len()), (19, 10));
        assert_eq!((live[0].as_str(), live[9].as_str()), ("live tenant", "live event"));
        assert_eq!((live[10].as_str(), live[18].as_str()), ("test key", "test event"));
        assert_eq!((test[0].as_str(), test[9].as_str()), ("test tenant", "test event"));
        assert_eq!(live[10..], test[1..]);
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for behind in [None, Some("2026-11-22T12:00:00.000000000Z#post_1".to_owned())] {
            let cursor = Cursor { space: Mode::Test, kind: ExportKind::Post, behind };
            assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        for text in ["", "live", "live posts", "both post", "post live"] {
            assert_eq!(Cursor::parse(text), None, "{text}");
        }
    }
}
