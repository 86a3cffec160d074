//! An address that a customer gave us and that does not lead inside.

use std::fmt;

use slipway_domain::limits::LONGEST_PUBLIC_URL;
use url::{Host, ParseError, Url};

use crate::{TrustedOrigins, is_global};

/// An https address with a public name or a global IP address for a host, or one of an origin that the operator
/// trusts. Its path and query may hold a signature, so only the host is ever shown.
///
/// What a name leads to is not known yet: that is checked when it is connected to.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicUrl {
    url: Url,
    trusted: bool,
}

/// Why a text is no such address. Does not contain it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefused {
    /// Longer than [`LONGEST_PUBLIC_URL`].
    #[error("the address is longer than {} bytes", LONGEST_PUBLIC_URL)]
    TooLong,
    /// It does not parse.
    #[error("the address is not a URL: {0}")]
    Syntax(#[source] ParseError),
    /// Spaces, line ends or other characters that parsers drop.
    #[error("the address is not a URL: it has spaces or control characters")]
    Blanks,
    /// A scheme, and no host behind it.
    #[error("the address is not a URL: it has no host")]
    NoHost,
    /// Neither https nor a trusted origin.
    #[error("the address is not https")]
    Scheme,
    /// A user name or password.
    #[error("the address holds a user name or a password")]
    Credentials,
    /// Another port than [`PublicUrl::PORT`].
    #[error("the address names port {0}; only {port} is called", port = PublicUrl::PORT)]
    Port(u16),
    /// An IP address that is not on the public internet.
    #[error("the address is not on the public internet")]
    PrivateAddress,
    /// A name that can only mean something inside.
    #[error("the host is not a name on the public internet")]
    PrivateName,
}

impl UrlRefused {
    /// What to do about it.
    pub const fn cure(&self) -> &'static str {
        match self {
            Self::TooLong => "Use a shorter address, such as a link that redirects to it.",
            Self::Syntax(_) | Self::Blanks | Self::NoHost => {
                "Send a whole address, such as https://example.com/video.mp4."
            }
            Self::Scheme => "Send an address that begins with https://.",
            Self::Credentials => "Use a signed link instead of a user name and a password.",
            Self::Port(_) => "Serve the file on the usual port of https.",
            Self::PrivateAddress | Self::PrivateName => {
                "Send an address that everybody on the internet can reach, or upload the file."
            }
        }
    }
}

/// Names at whose end a name means something inside, or nothing at all (RFC 6761 and what networks use).
const INSIDE: [&str; 16] = [
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intra",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

impl PublicUrl {
    /// The one port that is called.
    pub const PORT: u16 = 443;

    /// Reads an address by the rules for everybody.
    pub fn parse(text: &str) -> Result<Self, UrlRefused> {
        Self::parse_with(text, &TrustedOrigins::none())
    }

    /// Reads an address that may also be of one of these origins.
    pub fn parse_with(text: &str, trusted: &TrustedOrigins) -> Result<Self, UrlRefused> {
        if text.len() > LONGEST_PUBLIC_URL {
            return Err(UrlRefused::TooLong);
        }
        // A parser of URLs drops tabs and line ends wherever they are. Who sends them means something else.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(UrlRefused::Blanks);
        }
        let url = Url::parse(text).map_err(UrlRefused::Syntax)?;
        Self::check(url, trusted)
    }

    /// Where a redirect from here leads.
    pub(crate) fn join(&self, location: &str, trusted: &TrustedOrigins) -> Result<Self, UrlRefused> {
        if location.len() > LONGEST_PUBLIC_URL {
            return Err(UrlRefused::TooLong);
        }
        let url = self.url.join(location).map_err(UrlRefused::Syntax)?;
        Self::check(url, trusted)
    }

    fn check(mut url: Url, origins: &TrustedOrigins) -> Result<Self, UrlRefused> {
        url.set_fragment(None);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlRefused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefused::Credentials);
        }
        if origins.holds(&url) {
            return Ok(Self { url, trusted: true });
        }
        match url.host() {
            None => return Err(UrlRefused::NoHost),
            // Whatever the spelling was, decimal, hex, octal, short or with a dot at its end: it is parsed by now.
            Some(Host::Ipv4(address)) if !is_global(address.into()) => return Err(UrlRefused::PrivateAddress),
            Some(Host::Ipv6(address)) if !is_global(address.into()) => return Err(UrlRefused::PrivateAddress),
            Some(Host::Domain(name)) if !is_public_name(name) => return Err(UrlRefused::PrivateName),
            Some(Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_)) => {}
        }
        if url.scheme() != "https" {
            return Err(UrlRefused::Scheme);
        }
        match url.port_or_known_default() {
            Some(Self::PORT) => Ok(Self { url, trusted: false }),
            other => Err(UrlRefused::Port(other.unwrap_or_default())),
        }
    }

    /// The host's name or address, for logs and messages.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The address in clear: for storing it and for calling it, for nothing else.
    pub fn expose(&self) -> &str {
        self.url.as_str()
    }

    /// The last part of the path, as it is written there: what the file may be called.
    pub fn file_name(&self) -> Option<&str> {
        self.url.path_segments()?.next_back().filter(|name| !name.is_empty())
    }

    /// Whether the operator trusts its origin.
    pub(crate) const fn is_trusted(&self) -> bool {
        self.trusted
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicUrl({}://{}/..)", self.url.scheme(), self.host())
    }
}

fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(|label| (1..=63).contains(&label.len()))
        && name.rsplit_once('.').is_some_and(|(_, last)| !INSIDE.contains(&last.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_inside_is_refused_in_every_spelling() {
        use UrlRefused as R;
        let address = || Some(R::PrivateAddress);
        let name = || Some(R::PrivateName);
        for (text, refused) in [
            ("https://example.com/video.mp4?X-Signature=1#t=3", None),
            ("https://example.com.:443/", None),
            ("https://EXAMPLE.com/", None),
            ("https://bücher.example.org/", None),
            ("https://8.8.8.8/", None),
            ("https://[2606:4700::1111]/", None),
            ("https://134744072/", None), // 8.8.8.8
            // 127.0.0.1, where the Runtime API listens, and its neighbours
            ("https://127.0.0.1/", address()),
            ("https://127.0.0.1:9001/2018-06-01/runtime/invocation/next", address()),
            ("https://127.0.0.1./", address()),
            ("https://127.1/", address()),
            ("https://127.0.1/", address()),
            ("https://2130706433/", address()),
            ("https://0x7f000001/", address()),
            ("https://0x7f.0.0.1/", address()),
            ("https://0x7F.1/", address()),
            ("https://017700000001/", address()),
            ("https://0177.0.0.01/", address()),
            ("https://00000177.0.0.1/", address()),
            ("https://%31%32%37.0.0.1/", address()),
            ("https://１２７.０.０.１/", address()),
            ("https://①②⑦.⓪.⓪.①/", address()),
            ("https://127。0。0。1/", address()),
            ("https://0/", address()),
            ("https://0.0.0.0/", address()),
            ("https://[::1]/", address()),
            ("https://[::]/", address()),
            ("https://[0:0:0:0:0:0:0:1]/", address()),
            ("https://[::ffff:127.0.0.1]/", address()),
            ("https://[::ffff:7f00:1]/", address()),
            ("https://[::127.0.0.1]/", address()),
            ("https://[64:ff9b::127.0.0.1]/", address()),
            ("https://[2002:7f00:1::]/", address()),
            ("https://[2001:0:0:0:0:0:80ff:fffe]/", address()),
            // the cloud's metadata
            ("https://169.254.169.254/latest/meta-data/", address()),
            ("https://169.254.169.254./", address()),
            ("https://2852039166/", address()),
            ("https://0xa9fea9fe/", address()),
            ("https://0xA9.0xFE.0xA9.0xFE/", address()),
            ("https://0251.0376.0251.0376/", address()),
            ("https://169.254.43518/", address()),
            ("https://169.16689662/", address()),
            ("https://[::ffff:a9fe:a9fe]/", address()),
            ("https://[fd00:ec2::254]/", address()),
            ("https://169.254.170.2/v2/credentials", address()),
            // private networks
            ("https://10.0.0.1/", address()),
            ("https://192.168.1.1/", address()),
            ("https://172.16.0.1/", address()),
            ("https://100.64.0.1/", address()),
            ("https://[fe80::1]/", address()),
            ("https://[fc00::1]/", address()),
            ("https://224.0.0.1/", address()),
            ("https://255.255.255.255/", address()),
            // names
            ("https://localhost/", name()),
            ("https://LOCALHOST/", name()),
            ("https://localhost./", name()),
            ("https://a.localhost/", name()),
            ("https://printer.local/", name()),
            ("https://printer.LOCAL./", name()),
            ("https://instance-data.ec2.internal/", name()),
            ("https://metadata.google.internal/", name()),
            ("https://intranet/", name()),
            ("https://router.home.arpa/", name()),
            ("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", name()),
            // schemes, credentials, ports
            ("http://example.com/", Some(R::Scheme)),
            ("http://127.0.0.1/", address()),
            ("ftp://example.com/", Some(R::Scheme)),
            ("file:///etc/passwd", Some(R::Scheme)),
            ("gopher://127.0.0.1:9001/_GET", Some(R::Scheme)),
            ("data:video/mp4;base64,AAAA", Some(R::Scheme)),
            ("javascript:1", Some(R::Scheme)),
            ("https://user@example.com/", Some(R::Credentials)),
            ("https://user:password@example.com/", Some(R::Credentials)),
            ("https://example.com@127.0.0.1/", Some(R::Credentials)),
            (r"https://127.0.0.1\@example.com/", address()),
            (r"https:\\127.0.0.1/", address()),
            ("https:127.0.0.1", address()),
            ("https:///127.0.0.1/", address()),
            ("https://example.com:22/", Some(R::Port(22))),
            ("https://example.com:8443/", Some(R::Port(8443))),
            ("https://example.com:80/", Some(R::Port(80))),
            ("https://example.com:0/", Some(R::Port(0))),
        ] {
            assert_eq!(PublicUrl::parse(text).err(), refused, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("https://example.com/{}", "x".repeat(2_048));
        assert_eq!(PublicUrl::parse(&long), Err(UrlRefused::TooLong));
        for text in [
            "",
            "video.mp4",
            "/video.mp4",
            "//example.com/",
            "https://",
            "https:// example.com/",
            " https://example.com/",
            "https://exa\tmple.com/",
            "https://example.com/\r\nHost: inside",
            "https://example.com/\u{a0}",
            "https://exa mple.com/",
            "https://[::1/",
            "https://1.2.3.4.5/",
            "https://256.1.1.1/",
            "https://0x100000000/",
            "https://example.com:99999/",
            "https://a..b.com/",
            "https://[fe80::1%25eth0]/",
        ] {
            let refused = PublicUrl::parse(text).unwrap_err();
            let is_syntax = matches!(refused, UrlRefused::Syntax(_) | UrlRefused::Blanks);
            assert!(is_syntax || refused == UrlRefused::PrivateName, "{text:?}: {refused:?}");
            assert_eq!(is_syntax, refused.to_string().starts_with("the address is not a URL: "), "{text:?}");
            assert!(text.is_empty() || !refused.to_string().contains(text));
        }
    }

    #[test]
    fn a_redirect_is_checked_like_the_first_address() {
        let from = PublicUrl::parse("https://example.com/a/b?signature=1").unwrap();
        for (location, leads_to) in [
            ("/c", Ok("https://example.com/c")),
            ("d", Ok("https://example.com/a/d")),
            ("//cdn.example.org/c", Ok("https://cdn.example.org/c")),
            ("//127.0.0.1/c", Err(UrlRefused::PrivateAddress)),
            ("http://example.com/c", Err(UrlRefused::Scheme)),
            ("https://[::1]/", Err(UrlRefused::PrivateAddress)),
            ("https://user@example.com/", Err(UrlRefused::Credentials)),
            ("https://localhost/", Err(UrlRefused::PrivateName)),
            ("file:///etc/passwd", Err(UrlRefused::Scheme)),
        ] {
            let joined = from.join(location, &TrustedOrigins::none());
            assert_eq!(joined.as_ref().map(PublicUrl::expose), leads_to.as_ref().copied(), "{location}");
        }
    }

    #[test]
    fn only_the_host_is_shown() {
        let url = PublicUrl::parse("https://example.com/secret/video.mp4?X-Amz-Signature=secret").unwrap();
        assert_eq!(format!("{url:?}"), "PublicUrl(https://example.com/..)");
        assert_eq!(url.file_name(), Some("video.mp4"));
        assert_eq!(url.expose(), "https://example.com/secret/video.mp4?X-Amz-Signature=secret");
    }
}
