//! Under which names the endpoint may be called, and from which pages: a page of somebody else's must not reach it
//! through the browser of whoever has a key, under whatever name its own domain leads here.

use std::str::FromStr;

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Uri};
use lambda_http::RequestExt as _;
use lambda_http::request::RequestContext;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::is_loopback;
use slipway_http::PublicBase;

/// The names that the operator lists: `host`, which stands for any port, or `host:port`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Authority>);

/// A text that is no list of hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no host such as api.example.com or localhost:8787; put commas between several")]
pub struct NoHost(String);

impl FromStr for AllowedHosts {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        let hosts = text.split(',').map(str::trim).filter(|host| !host.is_empty());
        let read = |host: &str| host.parse().ok().filter(|host| !is_odd(host)).ok_or_else(|| NoHost(host.to_owned()));
        hosts.map(read).collect::<Result<_, _>>().map(Self)
    }
}

/// Whether it holds more than a host and a port.
fn is_odd(authority: &Authority) -> bool {
    authority.host().is_empty() || authority.as_str().contains(['@', '*'])
}

/// Refuses a request that came under a name that is none of ours, or from a page that is.
///
/// Ours are the API's own address, what the operator lists, and API Gateway's own name, as itself reports it. Whoever is
/// no browser may come without either header.
pub(crate) fn check<B>(request: &http::Request<B>, base: &PublicBase, listed: &AllowedHosts) -> Result<(), ApiError> {
    let own = match base {
        PublicBase::Fixed(address) => authority_of(address),
        PublicBase::FromHost => None,
    };
    let gateway = gateways_name(request);
    let allowed = |asked: &Authority| {
        let names = own.iter().chain(&listed.0).chain(&gateway);
        names.into_iter().any(|name| {
            let same_port = name.port().is_none() || name.port_u16() == asked.port_u16();
            name.host().eq_ignore_ascii_case(asked.host()) && same_port
        })
    };
    let headers = request.headers();
    if !fits(headers, HOST, |host| host.parse().is_ok_and(|host| allowed(&host))) {
        return Err(refused("Host", "The endpoint may not be called under this name."));
    }
    if !fits(headers, ORIGIN, |origin| page(origin).is_some_and(|page| allowed(&page))) {
        return Err(refused("Origin", "The endpoint may not be called by this page."));
    }
    Ok(())
}

/// Whether a header is not there, or says what is allowed.
fn fits(headers: &HeaderMap, name: HeaderName, allowed: impl Fn(&str) -> bool) -> bool {
    headers.get(name).is_none_or(|value| value.to_str().is_ok_and(allowed))
}

/// Host and port of a page that nobody on the way can have put there: one over https, or of the caller's own machine.
fn page(origin: &str) -> Option<Authority> {
    let address = origin.parse::<Uri>().ok()?;
    let is_safe = match address.scheme_str() {
        Some("https") => true,
        Some("http") => address.host().is_some_and(is_loopback),
        _ => false,
    };
    address.into_parts().authority.filter(|_| is_safe)
}

/// Host and port of an address.
fn authority_of(address: &str) -> Option<Authority> {
    address.parse::<Uri>().ok()?.into_parts().authority
}

/// The API's name at API Gateway, if the request came under it: nobody else can have that.
fn gateways_name<B>(request: &http::Request<B>) -> Option<Authority> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.extensions().request_context_ref() else { return None };
    let name = context.domain_name.as_deref()?;
    let is_gateways = name.starts_with(&format!("{}.execute-api.", context.apiid.as_deref()?));
    name.parse().ok().filter(|_| is_gateways)
}

fn refused(header: &str, what: &str) -> ApiError {
    let how = "Use the API's own address, or have the operator list the host in McpAllowedHosts.";
    ApiError::new(ErrorCode::Http403, format!("{what} {how}")).with_field(header).with_cause(Cause::Caller)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn told(host: &str, origin: &str) -> Result<(), String> {
        let listed = "agents.example.com, localhost:6274".parse().unwrap();
        let mut request = Request::post("/mcp");
        for (name, value) in [("host", host), ("origin", origin)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        let base = "https://api.example.com".parse().unwrap();
        check(&request.body(()).unwrap(), &base, &listed).map_err(|error| error.meta.field.unwrap())
    }

    #[test]
    fn only_our_own_names_and_those_on_the_list_may_be_called_or_call() {
        let (host, origin) = (Err("Host".to_owned()), Err("Origin".to_owned()));
        for (asked, from, expected) in [
            ("", "", Ok(())),
            ("api.example.com", "", Ok(())),
            ("API.example.com:443", "https://api.example.com", Ok(())),
            ("agents.example.com", "https://agents.example.com:8443", Ok(())),
            ("localhost:6274", "http://localhost:6274", Ok(())),
            ("localhost:1", "", host.clone()),
            ("evil.example", "", host.clone()),
            ("api.example.com.evil.example", "", host.clone()),
            ("b\u{e4}d", "", host),
            ("api.example.com", "https://evil.example", origin.clone()),
            ("api.example.com", "http://api.example.com", origin.clone()),
            ("api.example.com", "ftp://api.example.com", origin.clone()),
            ("api.example.com", "api.example.com", origin.clone()),
            ("api.example.com", "null", origin.clone()),
            ("api.example.com", "https://api.example.com@evil.example", origin.clone()),
            ("api.example.com", "http://localhost", origin),
        ] {
            assert_eq!(told(asked, from), expected, "{asked} from {from}");
        }
    }

    #[test]
    fn api_gateways_own_name_is_ours_and_whatever_else_leads_there_is_not() {
        for (domain, id, is_ours) in [
            ("abc123.execute-api.eu-central-1.amazonaws.com", "abc123", true),
            ("other1.execute-api.eu-central-1.amazonaws.com", "abc123", false),
            ("evil.example", "abc123", false),
        ] {
            let event = serde_json::json!({
                "version": "2.0", "routeKey": "ANY /mcp", "rawPath": "/mcp", "rawQueryString": "",
                "isBase64Encoded": false, "headers": {"host": domain},
                "requestContext": {
                    "apiId": id, "domainName": domain, "stage": "$default", "timeEpoch": 0,
                    "http": {"method": "POST", "path": "/mcp", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
                },
            });
            let request = lambda_http::request::from_str(&event.to_string()).unwrap();
            let told = check(&request, &PublicBase::FromHost, &AllowedHosts::default());
            assert_eq!(told.is_ok(), is_ours, "{domain}");
        }
    }

    #[test]
    fn a_list_has_hosts_and_nothing_else() {
        assert_eq!("".parse(), Ok(AllowedHosts::default()));
        for text in ["https://a.example", "*", "a@b", ":80", "a b"] {
            assert!(text.parse::<AllowedHosts>().is_err(), "{text}");
        }
    }
}
