//! Ids of the API, each of its own kind, and so that it can stand in a path as it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest id, in characters without its prefix.
const LONGEST: usize = 128;

/// The text is no id of this kind; says how one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoId(&'static str);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $looks:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub(crate) struct $name(String);

        impl FromStr for $name {
            type Err = NoId;

            fn from_str(text: &str) -> Result<Self, NoId> {
                fits(text, $prefix).then(|| Self(text.to_owned())).ok_or(NoId($looks))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NoId;

            fn try_from(text: String) -> Result<Self, NoId> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// A post's id, ours or TikTok's.
    PostId, "", "a post id is post_ and letters and digits, or TikTok's number";
    /// A media id.
    MediaId, "med_", "a media id is med_ and letters and digits";
    /// An endpoint's id.
    WebhookId, "wh_", "an endpoint's id is wh_ and letters and digits";
    /// A delivery's id.
    DeliveryId, "dlv_", "a delivery's id is dlv_ and letters and digits";
    /// An API key's id, which is not the key.
    KeyId, "key_", "a key's id is key_ and letters and digits";
    /// A brand's id.
    BrandId, "brand_", "a brand's id is brand_ and letters and digits";
}

/// Whether the text has this prefix, and behind it nothing that means something in a path.
fn fits(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        (1..=LONGEST).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_its_kind_and_means_nothing_else_in_a_path() {
        for text in ["post_1", "7512345678901234567", "01a2-b_C"] {
            assert_eq!(text.parse::<PostId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "post_1/cancel", "..", "post_1?x", "post 1", "pöst", &"1".repeat(129)] {
            assert!(text.parse::<PostId>().is_err(), "{text}");
        }
        for text in ["", "med_", "post_1", "med_1/", "med_1%2F"] {
            assert_eq!(text.parse::<MediaId>(), Err(NoId("a media id is med_ and letters and digits")), "{text}");
        }
        assert!(["wh_1", "dlv_1"].map(|text| text.parse::<WebhookId>().is_ok()) == [true, false]);
        assert!(
            serde_json::from_str::<MediaId>("\"med_1\"").is_ok() && serde_json::from_str::<MediaId>("\"x\"").is_err()
        );
    }
}
