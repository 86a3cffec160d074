//! The platforms that are served.

use crate::fields::quoted;
use crate::words::words;
use crate::{ErrorCode, Issue};

words! {
    /// Where posts are published.
    Platform {
        /// The only one.
        TikTok = "tiktok",
    }
}

impl Platform {
    /// Whether the platform of this name is served.
    pub fn is_served(name: &str) -> bool {
        name == Self::TikTok.as_str()
    }
}

impl Issue {
    /// A platform that is not served. `cure` says what this place takes instead.
    pub fn platform_not_served(field: &str, name: &str, cure: &str) -> Self {
        let message = format!("{} is not served, only \"{}\" is", quoted(name), Platform::TikTok);
        Self::invalid(field, message, cure).with_code(ErrorCode::UnsupportedPlatform)
    }
}
