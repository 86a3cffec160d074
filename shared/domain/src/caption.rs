//! The caption of a video.

use serde::{Deserialize, Serialize};

/// A caption that TikTok takes: at most 2,200 UTF-16 code units (direct post reference, `title`).
///
/// TikTok says "UTF-16 runes"; code units is the stricter of the two readings, so it is the safe one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Caption(String);

/// The caption is longer than TikTok takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the caption has {units} UTF-16 units, TikTok takes at most {}; shorten it by {} (most emoji count as 2)",
    Caption::MAX_UTF16_UNITS,
    units - Caption::MAX_UTF16_UNITS
)]
pub struct CaptionTooLong {
    /// How long it is, in UTF-16 code units.
    pub units: usize,
}

impl Caption {
    /// The longest caption, in UTF-16 code units.
    pub const MAX_UTF16_UNITS: usize = 2200;

    /// Takes the text if it is short enough; it is kept to the letter.
    pub fn parse(text: impl Into<String>) -> Result<Self, CaptionTooLong> {
        let text = text.into();
        let units = text.encode_utf16().count();
        if units > Self::MAX_UTF16_UNITS { Err(CaptionTooLong { units }) } else { Ok(Self(text)) }
    }

    /// The caption's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Caption {
    type Error = CaptionTooLong;

    fn try_from(text: String) -> Result<Self, CaptionTooLong> {
        Self::parse(text)
    }
}

impl From<Caption> for String {
    fn from(caption: Caption) -> String {
        caption.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_utf16_units() {
        for (text, fits) in [
            (String::new(), true),
            ("a".repeat(2200), true),
            ("a".repeat(2201), false),
            ("😀".repeat(1100), true),
            (format!("{}a", "😀".repeat(1100)), false),
            ("é".repeat(2200), true),
        ] {
            assert_eq!(Caption::parse(text.clone()).is_ok(), fits, "{} chars", text.chars().count());
        }
    }

    #[test]
    fn a_refusal_says_by_how_much_to_shorten() {
        let error = Caption::parse("a".repeat(2203)).unwrap_err();
        assert!(error.to_string().contains("shorten it by 3"), "{error}");
    }
}
