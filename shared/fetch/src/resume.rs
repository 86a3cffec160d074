//! Going on where a broken connection ended.

use std::fmt;

use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, HeaderValue};

/// A server's name for the very bytes of a file: two answers with the same one can be put together (RFC 9110,
/// section 8.8.3). A weak `ETag` promises no such thing and is not one.
#[derive(Clone, PartialEq, Eq)]
pub struct StrongETag(HeaderValue);

impl StrongETag {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(ETAG)?;
        let inner = value.as_bytes().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        ((1..=512).contains(&inner.len()) && !inner.contains(&b'"')).then(|| Self(value.clone()))
    }

    pub(crate) const fn header(&self) -> &HeaderValue {
        &self.0
    }
}

impl fmt::Debug for StrongETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StrongETag(..)")
    }
}

/// Where to go on, and in which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// How many bytes are there already.
    pub from: u64,
    /// Of the file that they are of.
    pub etag: StrongETag,
}

/// The first byte and the whole size that a `Content-Range` tells; the size may be unknown.
pub(crate) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let size = match size.trim() {
        "*" => None,
        size => Some(size.parse().ok()?),
    };
    // A server that answers with a part of what is left would let us wait for the rest.
    (first <= last && size.is_none_or(|size| last.checked_add(1) == Some(size))).then_some((first, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_strong_etag_names_the_very_bytes() {
        let long = format!("\"{}\"", "x".repeat(513));
        for (text, strong) in [
            ("\"abc\"", true),
            ("\"abc-12\"", true),
            ("W/\"abc\"", false),
            ("w/\"abc\"", false),
            ("abc", false),
            ("\"\"", false),
            ("\"", false),
            ("\"a\", \"b\"", false),
            (&long, false),
        ] {
            let headers = HeaderMap::from_iter([(ETAG, text.parse().unwrap())]);
            assert_eq!(StrongETag::of(&headers).is_some(), strong, "{text}");
        }
        assert_eq!(StrongETag::of(&HeaderMap::new()), None);
    }

    #[test]
    fn a_content_range_tells_where_it_begins_and_ends_with_the_file() {
        for (text, told) in [
            ("bytes 100-199/200", Some((100, Some(200)))),
            ("bytes 0-0/1", Some((0, Some(1)))),
            ("bytes 100-199/*", Some((100, None))),
            ("bytes 100-149/200", None),
            ("bytes 199-100/200", None),
            ("bytes */200", None),
            ("bytes 100-18446744073709551615/200", None),
            ("items 0-1/2", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_RANGE, text.parse().unwrap())]);
            assert_eq!(content_range(&headers), told, "{text}");
        }
    }
}
