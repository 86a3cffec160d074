//! Redirect URIs: what may be registered, what equals a registered one, and how answers are put into one.

use std::fmt::Write;

use url::{Host, Url};

const MAX_REGISTERED: usize = 10;
const MAX_LENGTH: usize = 511;

/// Checks a list of redirect URIs as the developer portal does. The error is a sentence.
pub(crate) fn check_registered(uris: &[String]) -> Result<(), String> {
    if uris.len() > MAX_REGISTERED {
        return Err(format!("at most {MAX_REGISTERED} redirect URIs can be registered"));
    }
    match uris.iter().find(|uri| !may_be_registered(uri)) {
        Some(uri) => Err(format!(
            "{uri} can not be registered: https (or http on localhost with a port), under 512 characters, no query, no fragment"
        )),
        None => Ok(()),
    }
}

/// Whether a redirect URI equals a registered one, or is on loopback while none is registered.
pub(crate) fn is_registered(registered: &[String], uri: &str) -> bool {
    if registered.is_empty() {
        return may_be_registered(uri) && Url::parse(uri).is_ok_and(|url| is_loopback(&url));
    }
    registered.iter().any(|known| known == uri || any_port_matches(known, uri))
}

/// The redirect URI with these parameters, everything but letters, digits and `-._~` percent-encoded.
pub(crate) fn with_params(uri: &str, params: &[(&str, &str)]) -> String {
    let mut location = uri.to_owned();
    for (index, (name, value)) in params.iter().enumerate() {
        location.push(if index == 0 { '?' } else { '&' });
        location.push_str(name);
        location.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                location.push(char::from(byte));
            } else {
                // Writing to a string does not fail.
                let _ = write!(location, "%{byte:02X}");
            }
        }
    }
    location
}

fn may_be_registered(uri: &str) -> bool {
    let Ok(url) = Url::parse(&uri.replacen(":*", ":1", 1)) else { return false };
    let loopback = is_loopback(&url);
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && loopback && url.port().is_some());
    let any_port = uri.contains(":*");
    scheme && uri.len() <= MAX_LENGTH && !uri.contains(['?', '#']) && (loopback || !any_port)
}

/// TikTok's own, narrower idea of this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        _ => false,
    }
}

fn any_port_matches(known: &str, uri: &str) -> bool {
    let Some((before, after)) = known.split_once(":*") else { return false };
    let port =
        uri.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).and_then(|rest| rest.strip_prefix(':'));
    port.is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_static_https_uris_and_loopback_with_a_port_may_be_registered() {
        let cases = [
            ("https://app.example.com/callback", true),
            ("http://app.example.com/callback", false),
            ("https://app.example.com/callback?a=1", false),
            ("https://app.example.com/callback#top", false),
            ("/callback", false),
            ("http://127.0.0.1:8787/cb", true),
            ("http://localhost/cb", false),
            ("http://localhost:*/cb", true),
            ("https://app.example.com:*/cb", false),
        ];
        for (uri, expected) in cases {
            assert_eq!(may_be_registered(uri), expected, "{uri}");
        }
        assert!(!may_be_registered(&format!("https://a.example.com/{}", "x".repeat(512))));
        assert!(check_registered(&vec!["https://a.example.com/".to_owned(); 11]).is_err());
    }

    #[test]
    fn a_redirect_uri_must_equal_a_registered_one_to_the_character() {
        let registered = ["https://a.example.com/cb".to_owned(), "http://127.0.0.1:*/cb".to_owned()];
        for (uri, expected) in [
            ("https://a.example.com/cb", true),
            ("https://a.example.com/cb/", false),
            ("http://127.0.0.1:4000/cb", true),
            ("http://127.0.0.1:4000/other", false),
            ("http://127.0.0.1:/cb", false),
        ] {
            assert_eq!(is_registered(&registered, uri), expected, "{uri}");
        }
        assert!(is_registered(&[], "http://localhost:1234/cb"));
        assert!(!is_registered(&[], "https://a.example.com/cb"));
    }
}
