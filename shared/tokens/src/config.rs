//! What calls to TikTok need to be told.

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
