//! Everything that can be set about the simulated TikTok, with the documented or agreed value as default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::endpoint::Endpoint;
use crate::user::User;

/// The simulator's settings. Durations are milliseconds in JSON (`processing_delay_ms`), and all of them run on
/// the simulated clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The file in which users, tokens, publishes and webhooks outlive a restart; without it nothing does.
    #[serde(skip)]
    pub data: Option<PathBuf>,
    /// The app's client key.
    pub client_key: String,
    /// The app's client secret, also the key of webhook signatures. Never serialised.
    #[serde(skip_serializing)]
    pub client_secret: ClientSecret,
    /// Where webhooks go; without it events are only recorded.
    #[serde(with = "url_text")]
    pub webhook_url: Option<Url>,
    /// Users that exist from the start.
    pub users: Vec<User>,

    /// Registered redirect URIs; empty registers every one on `localhost` and `127.0.0.1`.
    pub redirect_uris: Vec<String>,
    /// Whether the authorization page asks.
    pub consent: Consent,
    /// Life of an access token: 2 hours, as TikTok documents since November 2026 (24 hours before).
    #[serde(rename = "access_token_lifetime_ms", with = "millis")]
    pub access_token_lifetime: Duration,
    /// Life of a refresh token from the first grant: 180 days (365 before).
    #[serde(rename = "refresh_token_lifetime_ms", with = "millis")]
    pub refresh_token_lifetime: Duration,
    /// Whether a refresh replaces the refresh token and kills the old one.
    pub rotate_refresh_tokens: bool,
    /// Whether every refresh is refused with `invalid_grant`, as seen in TikTok's sandboxes.
    pub refuse_refresh: bool,

    /// HTTP status of OAuth errors.
    pub oauth_error_status: OauthErrorStatus,
    /// What the progress header of upload answers counts.
    pub progress: ProgressHeader,

    /// Whether the app passed the Content Posting audit.
    pub audited: bool,
    /// Direct posts per creator in 24 hours, over all apps; `None` is unlimited.
    pub daily_post_cap: Option<usize>,
    /// Calls in a sliding minute per user and endpoint.
    pub rate_limits: RateLimits,

    /// From the last byte to the verdict, and as long again from publication to the public post id.
    #[serde(rename = "processing_delay_ms", with = "millis")]
    pub processing_delay: Duration,
    /// How closely media is checked.
    pub media_check: MediaCheck,

    /// Verified URL properties: a domain (`media.example.com`, covers its sub-domains) or a prefix
    /// (`https://example.com/videos/`; for loopback also `http://127.0.0.1:9000/`).
    pub url_properties: Vec<String>,
    /// URL prefixes to fetch from somewhere else, so that a verified https name can be served on loopback.
    pub url_rewrites: BTreeMap<String, String>,
    /// Speed of downloads; `None` is as fast as it goes.
    pub pull_bytes_per_second: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            data: None,
            client_key: "awsimulatedkey01".to_owned(),
            client_secret: ClientSecret::default(),
            webhook_url: None,
            users: vec![User::default()],
            redirect_uris: Vec::new(),
            consent: Consent::Auto,
            access_token_lifetime: Duration::from_hours(2),
            refresh_token_lifetime: Duration::from_hours(4320),
            rotate_refresh_tokens: true,
            refuse_refresh: false,
            oauth_error_status: OauthErrorStatus::AlwaysOk,
            progress: ProgressHeader::Count,
            audited: true,
            daily_post_cap: Some(15),
            rate_limits: RateLimits::default(),
            processing_delay: Duration::from_secs(1),
            media_check: MediaCheck::Signature,
            url_properties: Vec::new(),
            url_rewrites: BTreeMap::new(),
            pull_bytes_per_second: None,
        }
    }
}

/// The app's secret. Its `Debug` form shows nothing.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the party that has to know it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Default for ClientSecret {
    fn default() -> Self {
        Self("simulated-client-secret-0123456789".to_owned())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret(..)")
    }
}

macro_rules! variants {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }
    };
}

variants! {
    /// Whether the authorization page asks.
    Consent {
        /// The user approves at once.
        Auto,
        /// A page with a form, unless the same scopes were granted before and `disable_auto_auth` is not 1.
        Page,
    }
}
variants! {
    /// HTTP status of OAuth errors.
    OauthErrorStatus {
        /// 200, as measured on the live service.
        AlwaysOk,
        /// 400, and 401 for `invalid_client`, as the OAuth standard has it.
        Standard,
    }
}
variants! {
    /// What N in `Content-Range: bytes 0-N/total` of upload answers is.
    ProgressHeader {
        /// The count of bytes stored.
        Count,
        /// The index of the last byte stored (0 while there is none).
        LastIndex,
    }
}
variants! {
    /// How closely media is checked after the transfer.
    MediaCheck {
        /// Not at all.
        Off,
        /// The first bytes must be those of MP4, MOV or WebM; duration and picture size count where they are read cheaply.
        Signature,
    }
}

/// Calls in a sliding minute per user and endpoint; `None` is unlimited.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Each of the three init endpoints: 6.
    pub init: Option<usize>,
    /// `status/fetch`: 30.
    pub status_fetch: Option<usize>,
    /// `creator_info/query`: 20.
    pub creator_info: Option<usize>,
    /// `user/info`, `video/list` and `video/query`, each: 600.
    pub display: Option<usize>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { init: Some(6), status_fetch: Some(30), creator_info: Some(20), display: Some(600) }
    }
}

impl RateLimits {
    /// The limit of one endpoint. Cancel, OAuth and uploads have none.
    pub(crate) fn of(self, endpoint: Endpoint) -> Option<usize> {
        match endpoint {
            Endpoint::VideoInit | Endpoint::InboxVideoInit | Endpoint::ContentInit => self.init,
            Endpoint::StatusFetch => self.status_fetch,
            Endpoint::CreatorInfo => self.creator_info,
            Endpoint::UserInfo | Endpoint::VideoList | Endpoint::VideoQuery => self.display,
            _ => None,
        }
    }
}

pub(crate) mod millis {
    //! Durations as whole milliseconds.
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

pub(crate) mod url_text {
    //! An optional URL as text.
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use url::Url;

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub(crate) fn serialize<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
        url.as_ref().map(Url::as_str).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Url::parse(&text).map_err(D::Error::custom)).transpose()
    }
}
