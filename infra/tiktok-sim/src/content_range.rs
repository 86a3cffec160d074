//! The header that says which bytes a PUT brings.

/// `Content-Range: bytes first-last/total`, `last` inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub first: u64,
    pub last: u64,
    pub total: u64,
}

impl ContentRange {
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let range = Self { first: number(first)?, last: number(last)?, total: number(total)? };
        (range.first <= range.last).then_some(range)
    }

    /// Bytes in the range; `last` is below 2^64 - 1 for anything a plan allows.
    pub(crate) fn length(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_is_read_exactly() {
        let range = |first, last, total| Some(ContentRange { first, last, total });
        let cases = [
            ("bytes 0-9999999/50000123", range(0, 9_999_999, 50_000_123)),
            ("bytes 0-0/1", range(0, 0, 1)),
            ("bytes=0-0/1", None),
            ("bytes 5-4/10", None),
            ("bytes 0-/10", None),
            ("bytes 0-4/*", None),
            ("bytes +0-4/10", None),
            ("0-4/10", None),
        ];
        for (value, expected) in cases {
            assert_eq!(ContentRange::parse(value), expected, "{value}");
        }
    }
}
