//! What calls to TikTok need to be told.

use std::fmt;
use std::str::FromStr;

use slipway_domain::PaceLimits;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_tiktok::CallTimeout;
use url::Url;

config! {
    /// Where the accounts and the keys of their tokens are, and how to reach TikTok.
    pub struct TokensConfig {
        /// The accounts table.
        pub accounts_table: Name = "ACCOUNTS_TABLE",
        /// The events table: lost accounts are recorded.
        pub events_table: Name = "EVENTS_TABLE",
        /// The key in KMS under which tokens are sealed.
        pub kms_key: Name = "KMS_KEY_ID",
        /// TikTok.
        pub tiktok: TikTokConfig,
    }
}

config! {
    /// How to reach TikTok, and as which app.
    pub struct TikTokConfig {
        /// Where the authorization page lives.
        pub auth_base: Url = "TIKTOK_AUTH_BASE_URL",
        /// Where the server API lives.
        pub api_base: Url = "TIKTOK_API_BASE_URL",
        /// The app's client key.
        pub client_key: Name = "TIKTOK_CLIENT_KEY",
        /// The app's client secret.
        pub client_secret: Secret = "TIKTOK_CLIENT_SECRET",
        /// How long a call may take.
        pub call_timeout: CallTimeout = "TIKTOK_TIMEOUT_SECONDS",
    }
}

config! {
    /// How many posts of an account may begin, as far as the operator decides it.
    pub struct PaceConfig {
        /// In an hour.
        pub posts_per_hour: Posts = "POSTS_PER_HOUR",
        /// In 24 hours.
        pub posts_per_day: Posts = "POSTS_PER_DAY",
    }
}

/// A number of posts in a window: at least one, and no more than an account's line keeps in mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posts(u8);

/// It is no number of posts that a window can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoNumberOfPosts;

impl fmt::Display for NoNumberOfPosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number of posts from 1 to {}", PaceLimits::MOST)
    }
}

impl FromStr for Posts {
    type Err = NoNumberOfPosts;

    fn from_str(text: &str) -> Result<Self, NoNumberOfPosts> {
        text.parse().ok().filter(|posts| (1..=PaceLimits::MOST).contains(posts)).map(Self).ok_or(NoNumberOfPosts)
    }
}

impl From<PaceConfig> for PaceLimits {
    fn from(config: PaceConfig) -> Self {
        Self { posts_per_hour: config.posts_per_hour.0, posts_per_day: config.posts_per_day.0 }
    }
}

impl From<TikTokConfig> for slipway_tiktok::Config {
    fn from(config: TikTokConfig) -> Self {
        Self {
            auth_base: config.auth_base,
            api_base: config.api_base,
            client_key: config.client_key.into_string(),
            client_secret: config.client_secret.0,
            call_timeout: config.call_timeout,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_one_to_a_hundred_posts() {
        for (text, posts) in [("1", Some(1)), ("100", Some(100)), ("0", None), ("101", None), ("", None), ("x", None)] {
            assert_eq!(text.parse::<Posts>().ok(), posts.map(Posts), "{text}");
        }
    }
}
