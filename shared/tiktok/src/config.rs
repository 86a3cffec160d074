//! Which TikTok to call, as which app, and how patiently.

use std::num::ParseIntError;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use slipway_domain::schedule::{LONGEST_TIKTOK_CALL, TIKTOK_CALL_TAKES};
use url::Url;

/// The settings of a [`Client`](crate::Client).
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the authorization page lives: `https://www.tiktok.com`.
    pub auth_base: Url,
    /// Where the server API lives: `https://open.tiktokapis.com`.
    pub api_base: Url,
    /// The app's client key.
    pub client_key: String,
    /// The app's client secret.
    pub client_secret: SecretString,
    /// How long a call of the API may take.
    pub call_timeout: CallTimeout,
}

/// How long a call to TikTok's API may take as a whole: a second to [`LONGEST_TIKTOK_CALL`]. Uploads have no such limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTimeout(Duration);

impl CallTimeout {
    const MOST: u64 = LONGEST_TIKTOK_CALL.as_secs();

    pub(crate) fn get(self) -> Duration {
        self.0
    }
}

impl Default for CallTimeout {
    fn default() -> Self {
        Self(TIKTOK_CALL_TAKES)
    }
}

/// The text is no time that TikTok can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallTimeoutError {
    /// It is no whole number.
    #[error("it must be a whole number of seconds")]
    NotANumber(#[from] ParseIntError),
    /// It is out of bounds.
    #[error("it must be 1 to {most} seconds", most = CallTimeout::MOST)]
    OutOfBounds,
}

impl FromStr for CallTimeout {
    type Err = CallTimeoutError;

    /// Reads whole seconds.
    fn from_str(text: &str) -> Result<Self, CallTimeoutError> {
        match text.parse()? {
            seconds @ 1..=Self::MOST => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(CallTimeoutError::OutOfBounds),
        }
    }
}

/// Why there is no client with such settings.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A base URL can't be called.
    #[error(
        "{name} must be an http or https URL with a host and without user, query and fragment; TikTok's own must be https"
    )]
    Base {
        /// Which of the two.
        name: &'static str,
        /// Why it does not parse, if that is so.
        source: Option<url::ParseError>,
    },
    /// The app's key or secret is missing.
    #[error("{name} is empty")]
    Empty {
        /// Which of the two.
        name: &'static str,
    },
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
}

impl Config {
    /// Checks the settings and brings both bases into the form that paths are appended to.
    pub(crate) fn checked(mut self) -> Result<Self, BuildError> {
        self.auth_base = base("auth_base", self.auth_base)?;
        self.api_base = base("api_base", self.api_base)?;
        if self.client_key.is_empty() {
            return Err(BuildError::Empty { name: "client_key" });
        }
        if self.client_secret.expose_secret().is_empty() {
            return Err(BuildError::Empty { name: "client_secret" });
        }
        Ok(self)
    }
}

fn base(name: &'static str, mut url: Url) -> Result<Url, BuildError> {
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    let scheme = match url.scheme() {
        "https" => true,
        "http" => !is_tiktok(&url),
        _ => false,
    };
    if !(plain && scheme && url.has_host()) {
        return Err(BuildError::Base { name, source: None });
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Whether the URL's host is TikTok's own.
pub(crate) fn is_tiktok(url: &Url) -> bool {
    ["tiktokapis.com", "tiktok.com"].into_iter().any(|domain| is_under(url, domain))
}

/// Whether the URL's host is the domain or below it.
pub(crate) fn is_under(url: &Url, domain: &str) -> bool {
    url.host_str()
        .is_some_and(|host| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Whether the URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(slipway_domain::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(auth: &str, api: &str, key: &str, secret: &str) -> Result<Config, BuildError> {
        Config {
            auth_base: auth.parse().unwrap(),
            api_base: api.parse().unwrap(),
            client_key: key.to_owned(),
            client_secret: SecretString::from(secret),
            call_timeout: CallTimeout::default(),
        }
        .checked()
    }

    #[test]
    fn a_base_may_have_a_path_but_nothing_behind_it() {
        let good = checked("https://www.tiktok.com", "http://127.0.0.1:9000/tiktok", "k", "s").unwrap();
        assert_eq!(good.auth_base.as_str(), "https://www.tiktok.com/");
        assert_eq!(good.api_base.as_str(), "http://127.0.0.1:9000/tiktok/");
        for api in [
            "http://open.tiktokapis.com",
            "https://user@open.tiktokapis.com",
            "https://open.tiktokapis.com/?x=1",
            "https://open.tiktokapis.com/#x",
            "ftp://example.com",
            "data:x",
        ] {
            assert!(
                matches!(
                    checked("https://www.tiktok.com", api, "k", "s"),
                    Err(BuildError::Base { name: "api_base", source: None })
                ),
                "{api}"
            );
        }
    }

    #[test]
    fn an_app_without_key_or_secret_is_refused() {
        assert!(matches!(
            checked("https://a.example", "https://b.example", "", "s"),
            Err(BuildError::Empty { name: "client_key" })
        ));
        assert!(matches!(
            checked("https://a.example", "https://b.example", "k", ""),
            Err(BuildError::Empty { name: "client_secret" })
        ));
    }

    #[test]
    fn tiktok_is_given_a_time_that_is_neither_none_nor_for_ever() {
        for (text, seconds) in [("1", 1), ("15", 15), ("20", 20)] {
            assert_eq!(text.parse(), Ok(CallTimeout(Duration::from_secs(seconds))));
        }
        for text in ["0", "21", "999999"] {
            assert_eq!(text.parse::<CallTimeout>(), Err(CallTimeoutError::OutOfBounds), "{text}");
        }
        for text in ["", "-1", "1.5", "15s"] {
            assert!(matches!(text.parse::<CallTimeout>(), Err(CallTimeoutError::NotANumber(_))), "{text}");
        }
    }

    #[test]
    fn the_settings_do_not_show_the_secret() {
        let config = checked("https://a.example", "https://b.example", "k", "verysecret").unwrap();
        assert!(!format!("{config:?}").contains("verysecret"));
    }
}
