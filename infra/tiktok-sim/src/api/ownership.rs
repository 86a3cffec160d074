//! Which URLs TikTok downloads from: those under a verified domain or prefix.

use url::{Host, Url};

use crate::answer::Refusal;
use crate::loopback::is_loopback;

/// Checks one URL: it must be a URL at all, and under a verified property.
pub(super) fn parse(url: &str) -> Result<Url, Refusal> {
    Url::parse(url).ok().filter(Url::has_host).ok_or_else(|| Refusal::invalid(format!("{url} is not a valid URL")))
}

/// Whether a property covers the URL. A domain covers all of its sub-domains' paths over https; a prefix covers what
/// begins with it to the character, and only loopback may do without https.
pub(super) fn is_verified(properties: &[String], url: &Url) -> bool {
    properties.iter().any(|property| {
        if property.contains("://") {
            let encrypted = url.scheme() == "https" && matches!(url.host(), Some(Host::Domain(_)));
            property.ends_with('/') && url.as_str().starts_with(property.as_str()) && (encrypted || is_loopback(url))
        } else {
            let Some(Host::Domain(host)) = url.host() else { return false };
            let below = host.strip_suffix(property.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            url.scheme() == "https" && below
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_its_sub_domains_and_a_prefix_only_itself() {
        let properties =
            ["static.example.com", "https://cdn.example.org/videos/", "http://127.0.0.1:9000/"].map(str::to_owned);
        let cases = [
            ("https://static.example.com/a.mp4", true),
            ("https://video.static.example.com/x", true),
            ("https://example.com/x", false),
            ("https://notstatic.example.com/x", false),
            ("http://static.example.com/a.mp4", false),
            ("https://cdn.example.org/videos/a.mp4", true),
            ("https://cdn.example.org/video/a.mp4", false),
            ("https://sub.cdn.example.org/videos/a.mp4", false),
            ("http://127.0.0.1:9000/a.jpg", true),
            ("http://127.0.0.1:9001/a.jpg", false),
        ];
        for (url, expected) in cases {
            assert_eq!(is_verified(&properties, &Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
