//! Commercial content disclosure.

use serde::{Deserialize, Serialize};

use crate::PrivacyLevel;

/// What a creator declares about commercial content (direct post reference, the two brand toggles).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Disclosure {
    /// Paid partnership for a third party; TikTok labels the post "Paid partnership".
    pub brand_content_toggle: bool,
    /// Promotes the creator's own business; TikTok labels the post "Promotional content".
    pub brand_organic_toggle: bool,
}

/// Branded content was asked for with a privacy level that only the creator sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("branded content can not be private: choose a level other than SELF_ONLY, or do not disclose branded content")]
pub struct BrandedContentIsPrivate;

impl Disclosure {
    /// TikTok's content sharing guidelines: branded content visibility can not be private.
    pub fn check(self, privacy: PrivacyLevel) -> Result<(), BrandedContentIsPrivate> {
        if self.brand_content_toggle && privacy == PrivacyLevel::SelfOnly {
            Err(BrandedContentIsPrivate)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_branded_content_for_nobody_is_refused() {
        for level in PrivacyLevel::ALL {
            for (branded, organic) in [(false, false), (false, true), (true, false), (true, true)] {
                let disclosure = Disclosure { brand_content_toggle: branded, brand_organic_toggle: organic };
                let refused = branded && level == PrivacyLevel::SelfOnly;
                assert_eq!(disclosure.check(level).is_err(), refused, "{level} {disclosure:?}");
            }
        }
    }
}
