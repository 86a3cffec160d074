//! The caller's page, to which a creator returns.

use slipway_domain::limits::{LONGEST_REDIRECT_URI, LONGEST_RETURN_URL};
use slipway_domain::{Hidden, is_loopback};
use url::Url;

/// An address that we are willing to send a browser, and with it a result, to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnUrl(Hidden<Url>);

impl ReturnUrl {
    /// What to send instead of an address that is not taken.
    pub(crate) const CURE: &'static str =
        "Send an absolute https address without a fragment, such as https://app.example.com/connected.";

    /// Takes an absolute https address, or http on this machine for development. On refusal says why.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST_RETURN_URL {
            return Err(format!("it is longer than {LONGEST_RETURN_URL} bytes"));
        }
        // What reads a URL takes these out, or for others: the address would not be the one that was checked.
        if text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err("it must not hold spaces, control characters or backslashes".to_owned());
        }
        let url = Url::parse(text).map_err(|error| format!("it is no absolute URL ({error})"))?;
        let host = url.host_str().ok_or("it names no host")?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(host) => {}
            _ => return Err("it must begin with https://".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it must not hold a user name or password".to_owned());
        }
        if url.fragment().is_some() {
            return Err("it must not have a fragment (#)".to_owned());
        }
        Ok(Self(Hidden(url)))
    }

    /// Takes an address that TikTok itself is to redirect to; its rules for redirect URIs are narrower.
    ///
    /// The text is kept verbatim: TikTok compares it character by character with the registered one.
    pub(crate) fn check_for_tiktok(text: &str) -> Result<(), String> {
        let Self(url) = Self::parse(text)?;
        if text.len() > LONGEST_REDIRECT_URI {
            return Err(format!("TikTok takes at most {LONGEST_REDIRECT_URI} characters"));
        }
        if url.query().is_some() {
            return Err("TikTok wants it without a query (?)".to_owned());
        }
        Ok(())
    }

    /// The address with these parameters behind its own.
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> Url {
        let Self(Hidden(url)) = self;
        let mut url = url.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_can_be_trusted_with_a_result_are_taken() {
        for (text, good) in [
            ("https://app.example/done", true),
            ("https://app.example/done?team=7", true),
            ("https://app.example:8443/", true),
            ("http://localhost:3000/cb", true),
            ("http://127.0.0.1:3000/cb", true),
            ("http://[::1]:3000/cb", true),
            ("http://app.example/done", false),
            ("http://localhost.evil.example/", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("//app.example/done", false),
            ("/done", false),
            ("https://user:pw@app.example/", false),
            ("https://app.example/#x", false),
            ("", false),
            ("https://app.example\\@evil.example/", false),
            ("https:\\\\app.example/done", false),
            ("https://app.example/do\tne", false),
            ("https://app.example/done\n", false),
            (" https://app.example/done", false),
            ("https://app.example/\u{7f}", false),
            ("https://app.example/a b", false),
            ("https://app.example/é", true),
        ] {
            assert_eq!(ReturnUrl::parse(text).is_ok(), good, "{text:?}");
        }
        assert!(ReturnUrl::parse(&format!("https://app.example/{}", "x".repeat(2048))).is_err());
    }

    #[test]
    fn tiktok_takes_less() {
        for (text, good) in [
            ("https://app.example/cb", true),
            ("http://localhost:3000/cb", true),
            ("https://app.example/cb?x=1", false),
        ] {
            assert_eq!(ReturnUrl::check_for_tiktok(text).is_ok(), good, "{text:?}");
        }
        assert!(ReturnUrl::check_for_tiktok(&format!("https://app.example/{}", "x".repeat(500))).is_err());
    }

    #[test]
    fn parameters_are_added_behind_the_callers_own_and_can_not_break_out() {
        let url = ReturnUrl::parse("https://app.example/done?team=7").unwrap();
        let url = url.with(&[("status", "success"), ("state", "a&b=c #%\r\nX: y")]);
        assert_eq!(url.as_str(), "https://app.example/done?team=7&status=success&state=a%26b%3Dc+%23%25%0D%0AX%3A+y");
    }
}
