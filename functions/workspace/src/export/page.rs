//! A page: as many lines as there is room for.

use serde::Serialize;
use slipway_contract::export::ExportLine;
use slipway_domain::limits::LONGEST_PAGE;
use slipway_http::ErrorResponse;

use super::cursor::Cursor;

/// The lines of a page.
pub(super) struct Page {
    /// They, each with its end.
    pub(super) lines: Vec<u8>,
    /// The sort key of the last record that was told or is gone; nothing if there are no more of its kind.
    pub(super) last: Option<String>,
}

impl Page {
    /// The page of these records, each with its sort key, which are all there are unless there is `more`. A record that is
    /// gone has a sort key alone. What has no room is left to the next page.
    pub(super) fn of<T: Serialize>(
        cursor: &Cursor,
        found: impl IntoIterator<Item = (String, Option<T>)>,
        more: bool,
    ) -> Result<Self, ErrorResponse> {
        let (mut lines, mut last) = (Vec::new(), None);
        for (at, data) in found {
            if let Some(data) = &data {
                let line = line(&ExportLine { kind: cursor.kind, space: cursor.space, data })?;
                // One that is too long alone must come all the same.
                if !lines.is_empty() && lines.len() + line.len() > LONGEST_PAGE {
                    return Ok(Self { lines, last });
                }
                lines.extend(line);
            }
            last = Some(at);
        }
        Ok(Self { lines, last: last.filter(|_| more) })
    }
}

/// This as a line of JSON.
pub(super) fn line(data: &impl Serialize) -> Result<Vec<u8>, ErrorResponse> {
    let mut line = serde_json::to_vec(data).map_err(|error| ErrorResponse::internal(&error))?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use slipway_contract::export::ExportKind;
    use slipway_domain::Mode;

    use super::*;

    fn page(found: &[(&str, Option<usize>)], more: bool) -> (usize, Option<String>) {
        let cursor = Cursor { space: Mode::Live, kind: ExportKind::Post, behind: None };
        let found = found.iter().map(|(at, bytes)| ((*at).to_owned(), bytes.map(|bytes| "x".repeat(bytes))));
        let page = Page::of(&cursor, found, more).unwrap();
        assert!(page.lines.is_empty() || page.lines.ends_with(b"\n"));
        (page.lines.split_inclusive(|byte| *byte == b'\n').count(), page.last)
    }

    #[test]
    fn a_page_ends_before_it_is_too_long_and_the_next_one_goes_on_there() {
        let last = |last: &str| Some(last.to_owned());
        for (found, more, lines, end) in [
            (&[("a", Some(1)), ("b", Some(1))][..], false, 2, None),
            (&[("a", Some(1)), ("b", Some(1))], true, 2, last("b")),
            (&[("a", Some(1_400_000)), ("b", Some(1_400_000)), ("c", Some(1_400_000))], false, 2, last("b")),
            (&[("a", Some(1)), ("b", Some(5_000_000))], false, 1, last("a")),
            (&[("a", Some(5_000_000)), ("b", Some(1))], false, 1, last("a")),
            (&[("a", None), ("b", Some(1)), ("c", None)], true, 1, last("c")),
            (&[("a", None)], true, 0, last("a")),
            (&[], true, 0, None),
        ] {
            let names: Vec<_> = found.iter().map(|(at, bytes)| (*at, *bytes)).collect();
            assert_eq!(page(&names, more), (lines, end), "{names:?} {more}");
        }
    }

    #[test]
    fn the_longest_page_fits_into_an_answer_of_lambda_whatever_it_says() {
        let cursor = Cursor { space: Mode::Live, kind: ExportKind::Post, behind: None };
        let found = (0..200).map(|at: u32| (at.to_string(), Some("\"\\".repeat(9_000))));
        let page = Page::of(&cursor, found, false).unwrap();
        assert!(page.last.is_some(), "there is more than fits");
        let sent = serde_json::to_string(str::from_utf8(&page.lines).unwrap()).unwrap();
        assert!(sent.len() > 5_500_000, "it is a full page: {}", sent.len());
        assert!(sent.len() < 6 * 1024 * 1024 - 100_000, "there is room for headers: {}", sent.len());
    }
}
