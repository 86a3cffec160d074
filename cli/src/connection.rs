//! Which API, and the key for it.

use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use crate::problem::Problem;

/// The variable with the key. There is no flag for it: a command line is seen by everybody on the machine.
const KEY: &str = "SLIPWAY_API_KEY";

/// The API's address and the caller's key.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// Base URL without a slash at its end.
    pub(crate) base: String,
    /// The key; visible ASCII.
    pub(crate) key: SecretString,
    /// Whether the key travels in the clear beyond this machine.
    pub(crate) in_the_clear: bool,
}

impl Connection {
    /// From the flag or its variable, and the key's variable.
    pub(crate) fn read(api_url: Option<&str>) -> Result<Self, Problem> {
        let key = std::env::var(KEY).ok().map(SecretString::from);
        Self::parse(api_url, key)
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        host(&self.base)
    }

    /// No message quotes what was given: whoever confuses the two variables must not find the key in a log.
    fn parse(api_url: Option<&str>, key: Option<SecretString>) -> Result<Self, Problem> {
        let Some(given) = api_url.map(str::trim).filter(|url| !url.is_empty()) else {
            let cure = "Set SLIPWAY_API_URL to the address of your deployment, or give --api-url.";
            return Err(Problem::usage(format!("the API's address is not set. {cure}")));
        };
        let cure = "Use one such as https://abc123.execute-api.eu-central-1.amazonaws.com.";
        let wrong = |why: &str| Problem::usage(format!("the API's address {why}. {cure}"));
        let url = Url::parse(given).map_err(|error| wrong(&format!("is no URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("must begin with https:// or http://"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must have no user, query or fragment"));
        }
        let Some(key) = key.filter(|key| !key.expose_secret().trim().is_empty()) else {
            return Err(Problem::usage(format!("{KEY} is not set. Set it to your API key, slip_live_…")));
        };
        let key = SecretString::from(key.expose_secret().trim());
        if !key.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Problem::usage(format!("{KEY} is no API key: a key has no spaces and no special characters")));
        }
        let in_the_clear = url.scheme() == "http" && !is_loopback(&url);
        Ok(Self { base: url.as_str().trim_end_matches('/').to_owned(), key, in_the_clear })
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Host and port of an address, fit to be shown: what follows may be signed.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn parse(url: &str, key: &str) -> Result<Connection, Problem> {
        Connection::parse(Some(url), Some(SecretString::from(key)))
    }

    #[test]
    fn an_address_and_a_key_are_read_once() {
        for (url, base, in_the_clear) in [
            ("http://127.0.0.1:8787", "http://127.0.0.1:8787", false),
            ("http://[::1]:1/", "http://[::1]:1", false),
            ("http://localhost/", "http://localhost", false),
            (" https://api.example.com/prod/ ", "https://api.example.com/prod", false),
            ("http://api.example.com", "http://api.example.com", true),
        ] {
            let connection = parse(url, "slip_live_x\n").unwrap();
            assert_eq!((connection.base.as_str(), connection.in_the_clear), (base, in_the_clear), "{url}");
            assert_eq!(connection.key.expose_secret(), "slip_live_x");
            assert!(!connection.host().contains('/'), "{}", connection.host());
        }
    }

    #[test]
    fn what_was_given_is_never_quoted() {
        for (url, key) in [
            ("slip_live_secret", "slip_live_secret"),
            ("", "slip_live_secret"),
            ("ftp://x/slip_live_secret", "k"),
            ("https://slip_live_secret@x", "k"),
            ("https://x?slip_live_secret", "k"),
            ("https://x", ""),
            ("https://x", "slip_live_secret and more"),
            ("https://x", "slip_live_secret\u{e9}"),
        ] {
            let problem = parse(url, key).unwrap_err();
            assert_eq!(problem.exit, Exit::Usage, "{url} {key}");
            assert!(!problem.lines().join("\n").contains("secret"), "{problem:?}");
        }
        let shown = format!("{:?}", parse("https://x", "slip_live_secret").unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
