//! Cross-origin answers, which an HTTP API gives by itself once it has a CORS configuration.

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;

use super::answer::Answer;
use crate::template::Cors;

/// The answer to a preflight; `None` if the request is none.
pub(super) fn preflight(cors: &Cors, request: &Parts) -> Option<Answer> {
    let headers = &request.headers;
    let asks = request.method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !asks {
        return None;
    }
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let answer_headers = answer.headers_mut();
    if allow_origin(cors, headers, answer_headers) {
        list(answer_headers, header::ACCESS_CONTROL_ALLOW_METHODS, &cors.allow_methods);
        list(answer_headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &cors.allow_headers);
        if let Some(age) = cors.max_age {
            answer_headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age.as_secs()));
        }
    }
    Some(answer)
}

/// Puts the gateway's headers on a function's answer, in place of any of the function's own.
pub(super) fn finish(cors: &Cors, request: &HeaderMap, answer: &mut HeaderMap) {
    for own in [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        header::ACCESS_CONTROL_MAX_AGE,
    ] {
        answer.remove(own);
    }
    if allow_origin(cors, request, answer) {
        list(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, &cors.expose_headers);
    }
}

/// Whether the request comes from an allowed origin; says so in the answer.
fn allow_origin(cors: &Cors, request: &HeaderMap, answer: &mut HeaderMap) -> bool {
    let Some(origin) = request.get(header::ORIGIN) else { return false };
    let any = cors.allow_origins.iter().any(|allowed| allowed == "*");
    if !any && !cors.allow_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()) {
        return false;
    }
    let shown = if any { HeaderValue::from_static("*") } else { origin.clone() };
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, shown);
    if cors.allow_credentials {
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    true
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    let joined = HeaderValue::from_str(&values.join(","));
    if let Ok(value) = joined
        && !values.is_empty()
    {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Request;

    use super::*;

    fn cors(origins: &[&str]) -> Cors {
        Cors {
            allow_origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
            allow_headers: vec!["authorization".to_owned()],
            expose_headers: vec!["X-Request-ID".to_owned()],
            max_age: Some(Duration::from_mins(10)),
            allow_credentials: false,
        }
    }

    fn request(method: Method, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const PREFLIGHT: [(&str, &str); 2] = [("origin", "https://a.example"), ("access-control-request-method", "PUT")];

    #[test]
    fn a_preflight_is_answered_by_the_gateway() {
        for (origins, shown) in [(&["*"][..], "*"), (&["https://b.example", "https://a.example"], "https://a.example")]
        {
            let answer = preflight(&cors(origins), &request(Method::OPTIONS, &PREFLIGHT)).unwrap();
            assert_eq!(answer.status(), 204);
            assert_eq!(answer.headers()["access-control-allow-origin"], shown);
            assert_eq!(answer.headers()["access-control-allow-methods"], "GET,POST");
            assert_eq!(answer.headers()["access-control-allow-headers"], "authorization");
            assert_eq!(answer.headers()["access-control-max-age"], "600");
        }
    }

    #[test]
    fn a_foreign_origin_gets_no_leave() {
        let cors = cors(&["https://b.example"]);
        let answer = preflight(&cors, &request(Method::OPTIONS, &PREFLIGHT)).unwrap();
        assert_eq!((answer.status(), answer.headers().len()), (StatusCode::NO_CONTENT, 0));
    }

    #[test]
    fn other_requests_are_no_preflights() {
        let cors = cors(&["*"]);
        assert!(preflight(&cors, &request(Method::OPTIONS, &PREFLIGHT[..1])).is_none());
        assert!(preflight(&cors, &request(Method::GET, &PREFLIGHT)).is_none());
    }

    #[test]
    fn the_functions_own_headers_give_way_to_the_gateways() {
        let cors = cors(&["*"]);
        let mut answer = HeaderMap::new();
        answer.insert("access-control-allow-origin", HeaderValue::from_static("https://own.example"));
        let from_a_page = request(Method::GET, &PREFLIGHT[..1]);
        finish(&cors, &from_a_page.headers, &mut answer);
        assert_eq!(answer["access-control-allow-origin"], "*");
        assert_eq!(answer["access-control-expose-headers"], "X-Request-ID");
        finish(&cors, &HeaderMap::new(), &mut answer);
        assert_eq!(answer.get("access-control-allow-origin"), None);
    }
}
