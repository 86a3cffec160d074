//! Everything that can be set about the simulated TikTok, with the documented or agreed value as default.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{endpoint::Endpoint, scope::Scope, user::User};

/// The simulator's settings. Durations are milliseconds in JSON (`processing_delay_ms`), and all of them run on
/// the simulated clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches between documented behaviours")]
pub struct Config {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
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
    /// Scopes the app is approved for.
    pub approved_scopes: Vec<Scope>,
    /// Whether the authorization page asks.
    pub consent: Consent,
    /// Life of an authorization code: 10 minutes.
    #[serde(rename = "code_lifetime_ms", with = "millis")]
    pub code_lifetime: Duration,
    /// Life of an access token: 2 hours, as TikTok documents since November 2026 (24 hours before).
    #[serde(rename = "access_token_lifetime_ms", with = "millis")]
    pub access_token_lifetime: Duration,
    /// Life of a refresh token from the first grant: 180 days (365 before).
    #[serde(rename = "refresh_token_lifetime_ms", with = "millis")]
    pub refresh_token_lifetime: Duration,
    /// Whether a refresh replaces the refresh token and kills the old one.
    pub rotate_refresh_tokens: bool,
    /// Whether a refresh kills the access tokens handed out before.
    pub refresh_kills_access_tokens: bool,
    /// Whether a refresh restarts the refresh token's life.
    pub refresh_restarts_clock: bool,
    /// Whether every refresh is refused with `invalid_grant`, as seen in TikTok's sandboxes.
    pub refuse_refresh: bool,

    /// HTTP status of OAuth errors.
    pub oauth_error_status: OauthErrorStatus,
    /// Whether successful token answers carry `error: ""`, as some live ones do.
    pub oauth_success_carries_empty_error: bool,
    /// Shape of error bodies.
    pub error_body: ErrorBody,
    /// How the code for bad parameters is spelled.
    pub invalid_params_code: InvalidParamsCode,
    /// The gateway's code for an unknown path.
    pub unknown_path_code: UnknownPathCode,
    /// What the progress header of upload answers counts.
    pub progress: ProgressHeader,
    /// Status of a chunk PUT without `Content-Range`: 416 by agreement, 400 in TikTok's guide.
    pub missing_range_status: MissingRangeStatus,
    /// Limits on chunk sizes: the strict reading of the guide, or the widest one.
    pub chunk_limits: ChunkLimits,
    /// Whether `user/info` leaves out fields whose scope is missing instead of refusing.
    pub user_info_leaves_out: bool,
    /// Code for an unaudited app posting to a private account with a level other than `SELF_ONLY`.
    pub unaudited_level_code: UnauditedLevelCode,

    /// Whether the app passed the Content Posting audit.
    pub audited: bool,
    /// Distinct posting users in 24 hours for an audited app; `None` is no cap.
    pub active_user_cap: Option<usize>,
    /// Distinct posting users in 24 hours for an unaudited app.
    pub unaudited_user_cap: usize,
    /// Direct posts per creator in 24 hours, over all apps.
    pub daily_post_cap: usize,
    /// Drafts of the last 24 hours that the user has not posted.
    pub pending_draft_cap: usize,
    /// Calls in a sliding minute per user and endpoint.
    pub rate_limits: RateLimits,

    /// Life of an upload URL: one hour.
    #[serde(rename = "upload_url_lifetime_ms", with = "millis")]
    pub upload_url_lifetime: Duration,
    /// From the last byte to the verdict.
    #[serde(rename = "processing_delay_ms", with = "millis")]
    pub processing_delay: Duration,
    /// From publication to the public post id.
    #[serde(rename = "moderation_delay_ms", with = "millis")]
    pub moderation_delay: Duration,
    /// How closely media is looked at.
    pub media_check: MediaCheck,
    /// Folder to keep uploaded bytes in; `None` only hashes them.
    pub store_uploads: Option<PathBuf>,

    /// Verified URL properties: a domain (`media.example.com`, covers its sub-domains) or a prefix
    /// (`https://example.com/videos/`; for loopback also `http://127.0.0.1:9000/`).
    pub url_properties: Vec<String>,
    /// URL prefixes to fetch from somewhere else, so that a verified https name can be served on loopback.
    pub url_rewrites: BTreeMap<String, String>,
    /// TikTok gives up a download after one hour.
    #[serde(rename = "pull_time_limit_ms", with = "millis")]
    pub pull_time_limit: Duration,
    /// Speed of downloads; `None` is as fast as it goes.
    pub pull_bytes_per_second: Option<u64>,

    /// Wait before the second attempt of a webhook; doubles each time.
    #[serde(rename = "webhook_retry_base_ms", with = "millis")]
    pub webhook_retry_base: Duration,
    /// Time after which an undelivered webhook is dropped: 72 hours.
    #[serde(rename = "webhook_retry_window_ms", with = "millis")]
    pub webhook_retry_window: Duration,
    /// Time the receiver has to answer (in real time): 10 seconds.
    #[serde(rename = "webhook_timeout_ms", with = "millis")]
    pub webhook_timeout: Duration,
    /// Holds all webhooks back until it is false again.
    pub webhooks_paused: bool,
    /// `publish_type` of direct posts, which TikTok does not document.
    pub direct_publish_type: String,
    /// JSON type of `post_id` in webhooks.
    pub webhook_post_id: PostIdForm,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            client_key: "awsimulatedkey01".to_owned(),
            client_secret: ClientSecret::default(),
            webhook_url: None,
            users: vec![User::default()],
            redirect_uris: Vec::new(),
            approved_scopes: Scope::ALL.to_vec(),
            consent: Consent::Auto,
            code_lifetime: Duration::from_mins(10),
            access_token_lifetime: Duration::from_hours(2),
            refresh_token_lifetime: Duration::from_hours(4320),
            rotate_refresh_tokens: true,
            refresh_kills_access_tokens: false,
            refresh_restarts_clock: false,
            refuse_refresh: false,
            oauth_error_status: OauthErrorStatus::AlwaysOk,
            oauth_success_carries_empty_error: false,
            error_body: ErrorBody::WithData,
            invalid_params_code: InvalidParamsCode::InvalidParams,
            unknown_path_code: UnknownPathCode::UnsupportedPath,
            progress: ProgressHeader::Count,
            missing_range_status: MissingRangeStatus::RangeNotSatisfiable,
            chunk_limits: ChunkLimits::Strict,
            user_info_leaves_out: false,
            unaudited_level_code: UnauditedLevelCode::Unaudited,
            audited: true,
            active_user_cap: None,
            unaudited_user_cap: 5,
            daily_post_cap: 15,
            pending_draft_cap: 5,
            rate_limits: RateLimits::default(),
            upload_url_lifetime: Duration::from_hours(1),
            processing_delay: Duration::from_secs(1),
            moderation_delay: Duration::from_secs(1),
            media_check: MediaCheck::Signature,
            store_uploads: None,
            url_properties: Vec::new(),
            url_rewrites: BTreeMap::new(),
            pull_time_limit: Duration::from_hours(1),
            pull_bytes_per_second: None,
            webhook_retry_base: Duration::from_secs(1),
            webhook_retry_window: Duration::from_hours(72),
            webhook_timeout: Duration::from_secs(10),
            webhooks_paused: false,
            direct_publish_type: "DIRECT_PUBLISH".to_owned(),
            webhook_post_id: PostIdForm::Number,
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
    /// Shape of API error bodies.
    ErrorBody {
        /// `{"data":{},"error":{…}}`
        WithData,
        /// `{"error":{…}}`
        Bare,
        /// One or the other, as it comes.
        Random,
    }
}
variants! {
    /// How the code for bad parameters is spelled.
    InvalidParamsCode {
        /// `invalid_params`, as live answers have it.
        InvalidParams,
        /// `invalid_param`, as the posting pages have it.
        InvalidParam,
    }
}
variants! {
    /// The gateway's code for an unknown path.
    UnknownPathCode {
        /// `unsupported_path`
        UnsupportedPath,
        /// `access_token_invalid`
        AccessTokenInvalid,
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
    /// Status of a chunk PUT without `Content-Range`.
    MissingRangeStatus {
        /// 416, as met in practice.
        RangeNotSatisfiable,
        /// 400, as documented.
        BadRequest,
    }
}
variants! {
    /// Which reading of "5 MB" and "64 MB" the chunk checks take.
    ChunkLimits {
        /// 5,242,880 to 64,000,000: valid under both readings.
        Strict,
        /// 5,000,000 to 67,108,864: valid under either.
        Lenient,
    }
}
variants! {
    /// Code for an unaudited app posting to a private account with a level other than `SELF_ONLY`.
    UnauditedLevelCode {
        /// `unaudited_client_can_only_post_to_private_accounts`
        Unaudited,
        /// `privacy_level_option_mismatch`
        PrivacyMismatch,
    }
}
variants! {
    /// How closely media is looked at after the transfer.
    MediaCheck {
        /// Not at all.
        Off,
        /// The first bytes must be those of MP4, MOV or WebM; duration and picture size count where they are read cheaply.
        Signature,
        /// Also, MP4 and MOV must hold a movie header.
        Structure,
    }
}
variants! {
    /// JSON type of `post_id` in webhooks.
    PostIdForm {
        /// A number above 2^53.
        Number,
        /// Text.
        Text,
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

mod url_text {
    //! An optional URL as text.
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use url::Url;

    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub(super) fn serialize<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
        url.as_ref().map(Url::as_str).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| Url::parse(&text).map_err(D::Error::custom)).transpose()
    }
}
