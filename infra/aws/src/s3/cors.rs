//! Cross-origin requests: what browsers may do with a bucket, by the bucket's own rules.
//!
//! As in "Using cross-origin resource sharing (CORS)" of S3's user guide: the first rule that fits origin, method and
//! headers counts; without one a preflight is refused, and an answer goes out without leave for the page to see it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use s3s::Body;

const VARY: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Headers, Access-Control-Request-Method");

/// One rule of a bucket. A `*` in an origin or a header stands for any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsRule {
    /// Origins whose pages may call.
    pub allowed_origins: Vec<String>,
    /// Methods that they may use.
    pub allowed_methods: Vec<String>,
    /// Request headers that they may send.
    pub allowed_headers: Vec<String>,
    /// Response headers that they may read.
    pub exposed_headers: Vec<String>,
    /// How long a browser may remember the answer, in seconds.
    pub max_age_seconds: Option<u32>,
}

/// The rules of all buckets. They are set at each start, and kept nowhere.
#[derive(Debug, Default)]
pub(super) struct Cors(Mutex<HashMap<String, Vec<CorsRule>>>);

impl Cors {
    pub(super) fn set(&self, bucket: &str, rules: Vec<CorsRule>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(bucket.to_owned(), rules);
    }

    /// The answer to a browser that asks beforehand; none if the request is not such a question.
    pub(super) fn preflight<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let asked = request.headers();
        if request.method() != Method::OPTIONS || !asked.contains_key(header::ORIGIN) {
            return None;
        }
        let method = asked.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
        let names = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        let names_given = names.and_then(|names| names.to_str().ok()).unwrap_or_default();
        let mut response = Response::new(Body::empty());
        match self.rule(request, method.to_str().ok()?, names_given) {
            Some(rule) => {
                let headers = response.headers_mut();
                rule.allow(asked, headers);
                if let Some(age) = rule.max_age_seconds {
                    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age));
                }
                if let Some(names) = names {
                    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
                }
            }
            None => *response.status_mut() = StatusCode::FORBIDDEN,
        }
        Some(response)
    }

    /// What a browser must be told with the answer to this request, so that its page may see it.
    pub(super) fn leave<B>(&self, request: &Request<B>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(rule) = self.rule(request, request.method().as_str(), "") {
            rule.allow(request.headers(), &mut headers);
        }
        headers
    }

    /// The first rule of the request's bucket that fits.
    fn rule<B>(&self, request: &Request<B>, method: &str, names: &str) -> Option<CorsRule> {
        let origin = request.headers().get(header::ORIGIN)?.to_str().ok()?;
        let bucket = request.uri().path().trim_start_matches('/').split('/').next()?;
        let rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let mut fits = |rule: &&CorsRule| {
            rule.allowed_origins.iter().any(|allowed| matches(allowed, origin))
                && rule.allowed_methods.iter().any(|allowed| allowed == method)
                && names.all(|name| rule.allowed_headers.iter().any(|allowed| matches(allowed, name)))
        };
        rules.get(bucket)?.iter().find(|rule| fits(rule)).cloned()
    }
}

impl CorsRule {
    fn allow(&self, asked: &HeaderMap, headers: &mut HeaderMap) {
        let any = self.allowed_origins.iter().any(|origin| origin == "*");
        let origin = if any { Some(HeaderValue::from_static("*")) } else { asked.get(header::ORIGIN).cloned() };
        headers.extend(origin.map(|origin| (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)));
        list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.allowed_methods);
        list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.exposed_headers);
        headers.insert(header::VARY, VARY);
    }
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if let Ok(value) = HeaderValue::from_str(&values.join(", "))
        && !values.is_empty()
    {
        headers.insert(name, value);
    }
}

/// Whether `text` is what `pattern` says, in which one `*` may stand for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    match pattern.split_once('*') {
        Some((start, end)) => text.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        None => pattern == text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Cors {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let cors = Cors::default();
        let narrow = CorsRule {
            allowed_origins: texts(&["https://*.example"]),
            allowed_methods: texts(&["PUT", "GET"]),
            allowed_headers: texts(&["content-*"]),
            exposed_headers: texts(&["ETag"]),
            max_age_seconds: Some(60),
        };
        let wide = CorsRule { allowed_origins: texts(&["*"]), allowed_methods: texts(&["GET"]), ..CorsRule::default() };
        cors.set("media", vec![narrow, wide]);
        cors
    }

    fn ask(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn a_preflight_is_allowed_what_a_rule_of_the_bucket_allows() {
        for (uri, origin, method, names, allowed) in [
            ("/media/a", "https://a.example", "PUT", "Content-Type, content-length", Some("https://a.example")),
            ("/media/a", "https://a.example", "PUT", "x-other", None),
            ("/media/a", "https://a.test", "PUT", "", None),
            ("/media/a", "https://a.test", "GET", "", Some("*")),
            ("/media/a", "https://a.example", "DELETE", "", None),
            ("/other/a", "https://a.example", "PUT", "", None),
        ] {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", method),
                ("access-control-request-headers", names),
            ];
            let answer = rules().preflight(&ask("OPTIONS", uri, &headers)).unwrap();
            let found = answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap());
            assert_eq!(found, allowed, "{origin} {method} {names}");
            assert_eq!(answer.status() == 200, allowed.is_some());
        }
    }

    #[test]
    fn other_requests_are_no_preflights_and_a_page_sees_only_what_it_may() {
        let put = ask("PUT", "/media/a", &[("origin", "https://a.example")]);
        assert!(rules().preflight(&put).is_none());
        assert_eq!(rules().leave(&put)["access-control-expose-headers"], "ETag");
        assert!(rules().leave(&ask("PUT", "/media/a", &[("origin", "https://a.test")])).is_empty());
        assert!(rules().leave(&ask("PUT", "/media/a", &[])).is_empty());
    }
}
