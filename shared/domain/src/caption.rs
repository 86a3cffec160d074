//! The texts of a post, each as long as TikTok takes it.

use serde::{Deserialize, Serialize};

use crate::Hidden;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $most:literal, $what:literal);+ $(;)?) => {$(
        $(#[$doc])*
        ///
        /// TikTok's guide says "UTF-16 runes"; code units is the stricter of the two readings, so it is the safe one.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Hidden<String>);

        impl $name {
            /// The longest one, in UTF-16 code units.
            pub const MAX_UTF16_UNITS: usize = $most;

            /// Takes the text if it is short enough; it is kept verbatim.
            pub fn parse(text: impl Into<String>) -> Result<Self, TextTooLong> {
                let text = text.into();
                let units = text.encode_utf16().count();
                if units > Self::MAX_UTF16_UNITS {
                    return Err(TextTooLong { what: $what, units, most: Self::MAX_UTF16_UNITS });
                }
                Ok(Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextTooLong;

            fn try_from(text: String) -> Result<Self, TextTooLong> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0.0
            }
        }
    )+};
}

texts! {
    /// A video's caption: at most 2,200 UTF-16 code units (direct post reference, `title`).
    Caption = 2200, "caption";
    /// The title of photos: at most 90 UTF-16 code units (photo post reference, `title`).
    PhotoTitle = 90, "title";
    /// The description of photos: at most 4,000 UTF-16 code units (photo post reference, `description`).
    Description = 4000, "description";
}

/// The text is longer than TikTok takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {what} has {units} UTF-16 units, TikTok takes at most {most}; shorten it by {} (most emoji count as 2)",
    units - most
)]
pub struct TextTooLong {
    /// Which text it is.
    pub what: &'static str,
    /// How long it is, in UTF-16 code units.
    pub units: usize,
    /// How long it may be.
    pub most: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_utf16_units() {
        let fits = |text: &str| {
            [Caption::parse(text).is_ok(), PhotoTitle::parse(text).is_ok(), Description::parse(text).is_ok()]
        };
        for (most, index) in [(2200, 0), (90, 1), (4000, 2)] {
            for (text, expected) in [
                (String::new(), true),
                ("a".repeat(most), true),
                ("a".repeat(most + 1), false),
                ("😀".repeat(most / 2), true),
                (format!("{}a", "😀".repeat(most / 2)), false),
                ("é".repeat(most), true),
            ] {
                assert_eq!(fits(&text)[index], expected, "{} chars, at most {most}", text.chars().count());
            }
        }
    }

    #[test]
    fn a_refusal_says_which_text_to_shorten_and_by_how_much() {
        let error = Caption::parse("a".repeat(2203)).unwrap_err().to_string();
        assert!(error.contains("the caption has 2203") && error.contains("shorten it by 3"), "{error}");
        let error = PhotoTitle::parse("a".repeat(91)).unwrap_err().to_string();
        assert!(error.contains("the title has 91") && error.contains("at most 90"), "{error}");
    }

    #[test]
    fn no_text_is_printed() {
        assert_eq!(format!("{:?}", Caption::parse("Hello").unwrap()), "Caption((..))");
    }

    #[test]
    fn a_stored_text_that_is_too_long_is_not_read() {
        let stored = |units: usize| serde_json::from_value::<PhotoTitle>(serde_json::json!("a".repeat(units)));
        assert!(stored(90).is_ok() && stored(91).is_err());
    }
}
