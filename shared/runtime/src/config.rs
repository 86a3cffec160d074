//! Configuration from the environment. Everything is read once, before the first invocation; what is missing or
//! wrong is said by name, so that a bad deployment fails at once and not at the first post.

use std::str::FromStr;

use jiff::SignedDuration;
use secrecy::SecretString;
use slipway_store::media::{Lifetimes, MediaRules};
use url::Url;

/// A variable that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is not set.
    #[error("the environment variable {0} is not set; template.yaml gives it to this function")]
    Missing(&'static str),
    /// Its value does not parse.
    #[error("the environment variable {name} is not usable: {reason}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// Why.
        reason: String,
    },
}

/// A variable that must be there.
pub fn required(name: &'static str) -> Result<String, ConfigError> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name))
}

/// A variable that must be there and parse.
pub fn parsed<T>(name: &'static str) -> Result<T, ConfigError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    required(name)?.parse().map_err(|error: T::Err| ConfigError::Invalid { name, reason: error.to_string() })
}

/// A variable that may be left out or empty, and then has its type's default; but what is there must parse.
pub fn optional<T>(name: &'static str) -> Result<T, ConfigError>
where
    T: FromStr + Default,
    T::Err: std::fmt::Display,
{
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => {
            value.parse().map_err(|error: T::Err| ConfigError::Invalid { name, reason: error.to_string() })
        }
        _ => Ok(T::default()),
    }
}

/// A secret that must be there.
pub fn secret(name: &'static str) -> Result<SecretString, ConfigError> {
    required(name).map(SecretString::from)
}

/// How to reach TikTok, for functions that call it.
pub fn tiktok() -> Result<slipway_tiktok::Config, ConfigError> {
    Ok(slipway_tiktok::Config {
        auth_base: parsed("TIKTOK_AUTH_BASE_URL")?,
        api_base: parsed("TIKTOK_API_BASE_URL")?,
        client_key: required("TIKTOK_CLIENT_KEY")?,
        client_secret: secret("TIKTOK_CLIENT_SECRET")?,
        call_timeout: parsed("TIKTOK_TIMEOUT_SECONDS")?,
    })
}

/// What the operator decides about media: `DEFAULT_PLAN`, `MEDIA_RETENTION_DAYS`, `UNUSED_MEDIA_DAYS`.
pub fn media_rules() -> Result<MediaRules, ConfigError> {
    let days = |name| parsed::<u16>(name).map(|days| SignedDuration::from_hours(24 * i64::from(days)));
    Ok(MediaRules {
        plan: parsed("DEFAULT_PLAN")?,
        lifetimes: Lifetimes { after_last_post: days("MEDIA_RETENTION_DAYS")?, unused: days("UNUSED_MEDIA_DAYS")? },
    })
}

/// The API's own address as the world sees it, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicBase {
    /// The operator's own domain.
    Fixed(String),
    /// Whatever host a request came to: API Gateway lets no other host through.
    FromHost,
}

impl PublicBase {
    /// From `PUBLIC_BASE_URL`, which may be empty.
    pub fn from_env() -> Result<Self, ConfigError> {
        match std::env::var("PUBLIC_BASE_URL").ok().filter(|value| !value.is_empty()) {
            None => Ok(Self::FromHost),
            Some(text) => match Url::parse(&text) {
                Ok(_) => Ok(Self::Fixed(text.trim_end_matches('/').to_owned())),
                Err(error) => Err(ConfigError::Invalid { name: "PUBLIC_BASE_URL", reason: error.to_string() }),
            },
        }
    }

    /// The address for a request with these headers.
    pub fn resolve(&self, headers: &::http::HeaderMap) -> String {
        match self {
            Self::Fixed(base) => base.clone(),
            Self::FromHost => {
                let host = headers.get(::http::header::HOST).and_then(|value| value.to_str().ok());
                format!("https://{}", host.unwrap_or("localhost"))
            }
        }
    }
}
