//! Origins that an operator opens, against the rules for everybody.

use std::collections::BTreeSet;
use std::str::FromStr;

use url::{Origin, ParseError, Url};

/// Exact origins, each of scheme, host and port, that may be called although they are not https or not public. For
/// tests on loopback, and for private networks that an operator wants to be reached. Empty unless an operator says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedOrigins(BTreeSet<String>);

/// What is written is no list of origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin such as http://127.0.0.1:8080: http or https, a host, and no path")]
pub struct TrustedOriginsError(String, #[source] Option<ParseError>);

impl TrustedOrigins {
    /// Nothing is opened.
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Whether this is an address of one of them.
    pub(crate) fn holds(&self, url: &Url) -> bool {
        match url.origin() {
            origin @ Origin::Tuple(..) => self.0.contains(&origin.ascii_serialization()),
            Origin::Opaque(_) => false,
        }
    }
}

impl FromStr for TrustedOrigins {
    type Err = TrustedOriginsError;

    /// Reads origins between commas; blanks around them do not count.
    fn from_str(text: &str) -> Result<Self, TrustedOriginsError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let origins = parts.map(|part| {
            let refused = |why| TrustedOriginsError(part.to_owned(), why);
            let url = Url::parse(part).map_err(|error| refused(Some(error)))?;
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            let plain = url.username().is_empty() && url.password().is_none() && !part.contains('*');
            if !matches!(url.scheme(), "http" | "https") || !bare || !plain {
                return Err(refused(None));
            }
            Ok(url.origin().ascii_serialization())
        });
        Ok(Self(origins.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PublicUrl;

    #[test]
    fn an_opened_origin_is_exactly_this_one() {
        let origins: TrustedOrigins = "http://127.0.0.1:8080, https://media.lan".parse().unwrap();
        for (text, opened) in [
            ("http://127.0.0.1:8080/video.mp4?x=1", true),
            ("http://0x7f.1:8080/", true), // the same address
            ("https://media.lan/video.mp4", true),
            ("https://media.lan:443/", true),
            ("http://127.0.0.1:8081/", false),
            ("http://127.0.0.1/", false),
            ("https://127.0.0.1:8080/", false),
            ("http://127.0.0.2:8080/", false),
            ("http://localhost:8080/", false),
            ("http://[::ffff:127.0.0.1]:8080/", false),
            ("http://user@127.0.0.1:8080/", false),
            ("http://media.lan/", false),
            ("https://other.media.lan/", false),
            ("https://media.lan:8443/", false),
        ] {
            let url = PublicUrl::parse_with(text, &origins);
            assert_eq!(url.as_ref().is_ok_and(PublicUrl::is_trusted), opened, "{text}");
            assert_eq!(url.is_ok(), opened, "{text}");
        }
        // A public address is as public as before, and not trusted.
        assert!(!PublicUrl::parse_with("https://example.com/", &origins).unwrap().is_trusted());
    }

    #[test]
    fn nothing_is_opened_by_default_or_by_mistake() {
        assert_eq!("".parse(), Ok(TrustedOrigins::none()));
        assert_eq!(" , ".parse(), Ok(TrustedOrigins::none()));
        for text in ["*", "http://*", "127.0.0.1", "127.0.0.1:80", "http://", "http://a/b", "http://a/?q", "http://u@a"]
        {
            let refused = text.parse::<TrustedOrigins>().unwrap_err();
            assert_eq!(refused, TrustedOriginsError(text.to_owned(), Url::parse(text).err()));
        }
    }
}
