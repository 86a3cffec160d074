//! Requests that make little sense, and what holds for all of them: none is our fault, and none that is refused leaves a
//! trace.

use axum::Router;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::{Answer, Bench, Caller};

/// A route, and what its bodies are made of.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// Names of fields, those inside of others too.
    pub names: &'a [&'a str],
}

/// What requests are made of somewhere.
const TEXTS: [&str; 18] = [
    "",
    "tiktok",
    "acc_1",
    "med_1",
    "brand_1",
    "https://example.com/video.mp4",
    "http://127.0.0.1/",
    "https://app.example/\u{7f}",
    "2026-12-24T18:00:00Z",
    "2026-12-24T18:00:00+24:00",
    "SELF_ONLY",
    "video/mp4",
    "video",
    "true",
    "\0",
    "\u{feff}",
    "😀",
    "é",
];
/// Headers that a request may have, and what may stand in them.
const HEADERS: [(&str, &[&str]); 6] = [
    (
        "content-type",
        &["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"],
    ),
    ("idempotency-key", &["", "a", "b", "a key with spaces", "\u{e9}"]),
    ("prefer", &["handling=strict", "handling=lenient", ";=,", ""]),
    ("x-request-id", &["mine", "", "not well formed", "\u{e9}"]),
    ("host", &["api.example.com", "", "[::1"]),
    ("content-length", &["0", "7", "x"]),
];
/// How many requests each route gets; `PROPTEST_CASES` says otherwise.
const CASES: u32 = 16;

fn value(names: Vec<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..40_u64).prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        proptest::sample::select(TEXTS.to_vec()).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(Value::from("x".repeat(5000))),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let object = proptest::collection::vec((proptest::sample::select(names.clone()), inner.clone()), 0..8);
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Value::from),
            object.prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Mostly an object with these names, sometimes cut off, sometimes with a name twice.
fn body(names: &[&str]) -> impl Strategy<Value = String> + use<> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let fields = proptest::collection::vec((proptest::sample::select(names.clone()), value(names)), 0..10);
    (fields, 0..8_u8, any::<proptest::sample::Index>()).prop_map(|(fields, way, place)| {
        let members: Vec<_> = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        let text = match way {
            // As it comes, with names that are there twice.
            0 => format!("{{{}}}", members.join(",")),
            _ => Value::Object(fields.into_iter().collect()).to_string(),
        };
        if way == 1 { text.chars().take(place.index(text.chars().count())).collect() } else { text }
    })
}

/// Some of the headers, each once or twice.
fn headers() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let header = proptest::sample::select(HEADERS.to_vec())
        .prop_flat_map(|(name, values)| proptest::sample::select(values.to_vec()).prop_map(move |value| (name, value)));
    proptest::collection::vec(header, 0..4)
}

impl Bench {
    /// Sends such requests to a route. Answers which part of them was refused.
    pub async fn nothing_is_our_fault(&self, router: &Router, caller: &Caller, route: Spoken<'_>) -> f64 {
        let Spoken { method, path, names } = route;
        let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
        let mut runner = TestRunner::deterministic();
        let requests =
            (body(names), headers(), proptest::option::weighted(0.2, proptest::sample::select(TEXTS.to_vec())));
        let (mut refused, mut before) = (0, self.traces().await);
        for _ in 0..cases {
            let (body, headers, query) = requests.new_tree(&mut runner).expect("a request").current();
            let query = query.map(|text| ("limit", text));
            let query =
                Url::parse_with_params("http://x", query).expect("an address").query().unwrap_or_default().to_owned();
            let mut request = caller.request(method, &format!("{path}?{query}"));
            for (name, value) in &headers {
                request = request.header(*name, http::HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
            }
            let said = format!("{method} {path}?{query} {headers:?} {body}");
            let answer = Answer::to(router, request.body(axum::body::Body::from(body)).expect("a request")).await;
            assert!(answer.status.as_u16() < 500, "{said}: {:#}", answer.json());
            assert!(answer.body.len() < 200_000, "{said}: an answer of {} bytes", answer.body.len());
            let now = self.traces().await;
            if answer.status.as_u16() >= 400 {
                refused += 1;
                let error = &answer.json()["error"];
                assert!(error["message"].is_string() && error["code"].is_string(), "{said}: {error:#}");
                assert_eq!(now.since(&before), [""; 0], "{said}");
            }
            before = now;
        }
        f64::from(refused) / f64::from(cases)
    }
}
