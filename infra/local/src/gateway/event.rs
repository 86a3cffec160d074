//! The event a function gets for an HTTP request: payload format 2.0 of HTTP APIs.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::routes::Route;
use crate::template::ACCOUNT_ID;

/// Headers that concern one connection only, and the cookies, which the event holds apart.
const NOT_PASSED_ON: [&str; 8] =
    ["connection", "cookie", "expect", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// What the gateway knows of a request besides the request itself.
pub(super) struct Context<'a> {
    pub(super) api_id: &'a str,
    pub(super) request_id: &'a str,
    pub(super) source_ip: IpAddr,
    pub(super) port: u16,
    pub(super) now: Timestamp,
}

/// The event as JSON.
pub(super) fn event(
    parts: &Parts,
    body: &Bytes,
    route: &Route,
    variables: &BTreeMap<String, String>,
    context: &Context<'_>,
) -> Json {
    let path = decoded_path(parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let text = |name: header::HeaderName| parts.headers.get(name).map(|value| lossy(value.as_bytes()));
    let host = text(header::HOST).or_else(|| parts.uri.host().map(str::to_owned)).unwrap_or_default();
    let domain = host.rsplit_once(':').map_or(host.as_str(), |(domain, _)| domain);
    let is_text = is_text(&parts.headers) && std::str::from_utf8(body).is_ok();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(parts, body, &host, context),
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": context.api_id,
            "domainName": domain,
            "domainPrefix": domain.split('.').next().unwrap_or_default(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": context.source_ip.to_string(),
                "userAgent": text(header::USER_AGENT).unwrap_or_default(),
            },
            "requestId": context.request_id,
            "routeKey": route.key,
            "stage": "$default",
            "time": context.now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": context.now.as_millisecond(),
        },
        "isBase64Encoded": !body.is_empty() && !is_text,
    });
    // API Gateway leaves out what a request does not have.
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = Json::from(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query_parameters(query));
    }
    if !variables.is_empty() {
        event["pathParameters"] = json!(variables);
    }
    if !body.is_empty() {
        event["body"] = Json::from(if is_text { lossy(body) } else { BASE64_STANDARD.encode(body) });
    }
    event
}

/// The path as an HTTP API hands it on: percent-decoded, and cut at a question mark that was encoded.
pub(super) fn decoded_path(path: &str) -> String {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        let escaped = (byte == b'%').then(|| {
            let mut ahead = bytes.clone();
            let digits = [ahead.next()?, ahead.next()?];
            let value = hex::decode(digits).ok()?;
            bytes = ahead;
            value.first().copied()
        });
        decoded.push(escaped.flatten().unwrap_or(byte));
    }
    let mut path = lossy(&decoded);
    path.truncate(path.find('?').unwrap_or(path.len()));
    path
}

/// Names in lower case, repeated ones joined by a comma, and what API Gateway adds.
fn headers(parts: &Parts, body: &Bytes, host: &str, context: &Context<'_>) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in &parts.headers {
        if NOT_PASSED_ON.contains(&name.as_str()) {
            continue;
        }
        let value = lossy(value.as_bytes());
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert(value);
    }
    headers.insert("host".to_owned(), host.to_owned());
    if !body.is_empty() || headers.contains_key("content-length") {
        headers.insert("content-length".to_owned(), body.len().to_string());
    }
    let forwarded = headers.get("x-forwarded-for").map_or_else(String::new, |others| format!("{others}, "));
    headers.insert("x-forwarded-for".to_owned(), format!("{forwarded}{}", context.source_ip));
    headers.insert("x-forwarded-port".to_owned(), context.port.to_string());
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    headers
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter();
    let values: Vec<_> = values.map(|value| lossy(value.as_bytes())).collect();
    values.iter().flat_map(|value| value.split(';')).map(|cookie| cookie.trim().to_owned()).collect()
}

fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// Whether a body goes into the event as text. HTTP APIs do so for `text/*` and for JSON, XML and JavaScript; all
/// others, forms and bodies without a content type among them, are base64-encoded.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(essence.as_str(), "application/json" | "application/xml" | "application/javascript")
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use http::Request;

    use super::*;

    fn event_for(request: http::request::Builder, body: &'static [u8]) -> Json {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let route =
            Route { key: "ANY /v1/{proxy+}".to_owned(), function: String::new(), timeout: Duration::from_secs(30) };
        let variables = BTreeMap::from([("proxy".to_owned(), "posts".to_owned())]);
        let context = Context {
            api_id: "HttpApi",
            request_id: "req-1",
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8787,
            now: "2026-11-22T12:00:05.5Z".parse().unwrap(),
        };
        event(&parts, &Bytes::from_static(body), &route, &variables, &context)
    }

    #[test]
    fn a_request_becomes_an_event_of_format_2() {
        let request = Request::post("/v1/posts?a=1&b=x%20y&a=2")
            .header("Host", "127.0.0.1:8787")
            .header("User-Agent", "curl/8")
            .header("Accept", "a")
            .header("accept", "b")
            .header("Cookie", "one=1; two=2")
            .header("Connection", "keep-alive")
            .header("Content-Type", "application/json; charset=utf-8");
        let expected = json!({
            "version": "2.0",
            "routeKey": "ANY /v1/{proxy+}",
            "rawPath": "/v1/posts",
            "rawQueryString": "a=1&b=x%20y&a=2",
            "cookies": ["one=1", "two=2"],
            "headers": {
                "accept": "a,b",
                "content-length": "2",
                "content-type": "application/json; charset=utf-8",
                "host": "127.0.0.1:8787",
                "user-agent": "curl/8",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-port": "8787",
                "x-forwarded-proto": "http",
            },
            "queryStringParameters": { "a": "1,2", "b": "x y" },
            "pathParameters": { "proxy": "posts" },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "HttpApi",
                "domainName": "127.0.0.1",
                "domainPrefix": "127",
                "http": {
                    "method": "POST",
                    "path": "/v1/posts",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "curl/8",
                },
                "requestId": "req-1",
                "routeKey": "ANY /v1/{proxy+}",
                "stage": "$default",
                "time": "22/Nov/2026:12:00:05 +0000",
                "timeEpoch": 1_795_348_805_500_i64,
            },
            "body": "{}",
            "isBase64Encoded": false,
        });
        assert_eq!(event_for(request, b"{}"), expected);
    }

    #[test]
    fn bodies_are_text_or_base64_as_api_gateway_decides() {
        for (content_type, body, base64) in [
            (Some("text/csv"), "a,b".as_bytes(), false),
            (Some("application/json"), b"{}", false),
            (Some("Application/XML"), b"<a/>", false),
            (Some("application/javascript"), b"1", false),
            (Some("application/x-www-form-urlencoded"), b"a=b", true),
            (Some("multipart/form-data; boundary=x"), b"--x", true),
            (Some("application/vnd.api+json"), b"{}", true),
            (None, b"plain", true),
            (Some("text/plain"), b"\xff\xfe", true),
        ] {
            let mut request = Request::post("/v1/posts");
            if let Some(content_type) = content_type {
                request = request.header("Content-Type", content_type);
            }
            let event = event_for(request, body);
            assert_eq!(event["isBase64Encoded"], base64, "{content_type:?}");
            let text = event["body"].as_str().unwrap();
            let sent = if base64 { BASE64_STANDARD.decode(text).unwrap() } else { text.as_bytes().to_vec() };
            assert_eq!(sent, body, "{content_type:?}");
        }
    }

    #[test]
    fn what_a_request_lacks_the_event_lacks() {
        let event = event_for(Request::get("/v1/posts"), b"");
        for field in ["body", "cookies", "queryStringParameters"] {
            assert_eq!(event.get(field), None, "{field}");
        }
        assert_eq!(event["isBase64Encoded"], false);
        assert_eq!(event["headers"].get("content-length"), None);
    }

    #[test]
    fn the_path_is_decoded_once_and_cut_at_an_encoded_question_mark() {
        for (path, decoded) in [
            ("/v1/a%20b", "/v1/a b"),
            ("/v1/%C3%A9", "/v1/é"),
            ("/v1/a%2Fb", "/v1/a/b"),
            ("/v1/a%3Fb=c", "/v1/a"),
            ("/v1/a%255Fb", "/v1/a%5Fb"),
            ("/v1/100%", "/v1/100%"),
            ("/v1/%zz", "/v1/%zz"),
            ("/v1/a+b", "/v1/a+b"),
        ] {
            assert_eq!(decoded_path(path), decoded);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_path_encoded_byte_by_byte_is_decoded(path in "/[^?]{0,40}") {
            let encoded = hex::encode(&path).as_bytes().chunks(2).fold(String::new(), |encoded, digits| {
                encoded + "%" + std::str::from_utf8(digits).unwrap()
            });
            proptest::prop_assert_eq!(decoded_path(&encoded), path);
        }

        #[test]
        fn any_body_comes_out_of_its_event_as_it_went_in(body: Vec<u8>, content_type in "(text/plain|application/json|video/mp4)") {
            let (parts, ()) = Request::post("/").header("content-type", content_type).body(()).unwrap().into_parts();
            let route = Route { key: "$default".to_owned(), function: String::new(), timeout: Duration::ZERO };
            let context = Context {
                api_id: "Api",
                request_id: "1",
                source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
                port: 1,
                now: Timestamp::UNIX_EPOCH,
            };
            let event = event(&parts, &Bytes::from(body.clone()), &route, &BTreeMap::new(), &context);
            let sent = event["body"].as_str().unwrap_or_default();
            let sent = match event["isBase64Encoded"] {
                Json::Bool(true) => BASE64_STANDARD.decode(sent).unwrap(),
                _ => sent.as_bytes().to_vec(),
            };
            proptest::prop_assert_eq!(sent, body);
        }
    }
}
