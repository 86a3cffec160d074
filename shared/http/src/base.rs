//! The API's own address.

use std::str::FromStr;

use http::HeaderMap;
use http::header::HOST;
use url::Url;

/// The API's own address as the world sees it, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicBase {
    /// The operator's own domain.
    Fixed(String),
    /// Whatever host a request came to: API Gateway lets no other host through.
    FromHost,
}

impl FromStr for PublicBase {
    type Err = url::ParseError;

    /// Reads `PUBLIC_BASE_URL`, which may be empty.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::FromHost);
        }
        Url::parse(text).map(|_| Self::Fixed(text.trim_end_matches('/').to_owned()))
    }
}

impl PublicBase {
    /// The address for a request with these headers.
    pub fn resolve(&self, headers: &HeaderMap) -> String {
        match self {
            Self::Fixed(base) => base.clone(),
            Self::FromHost => {
                let host = headers.get(HOST).and_then(|value| value.to_str().ok());
                format!("https://{}", host.unwrap_or("localhost"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_address_is_that_of_the_request() {
        assert_eq!("".parse(), Ok(PublicBase::FromHost));
        assert_eq!("https://api.example.com/".parse(), Ok(PublicBase::Fixed("https://api.example.com".to_owned())));
        assert!("api.example.com".parse::<PublicBase>().is_err());
        let headers = HeaderMap::from_iter([(HOST, "x.example".parse().unwrap())]);
        assert_eq!(PublicBase::FromHost.resolve(&headers), "https://x.example");
    }
}
