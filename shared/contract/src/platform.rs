//! The platforms that are served.

use crate::words::words;

words! {
    /// Where posts are published.
    Platform {
        /// The only one.
        TikTok = "tiktok",
    }
}
