//! One request as the simulated TikTok sees it, and on whose behalf it comes.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use serde_json::Value;

use crate::content_range::ContentRange;
use crate::endpoint::Endpoint;
use crate::fault::Occasion;
use crate::form::{decode_form, param};
use crate::world::World;

/// A request, its body complete unless it is a chunk PUT.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub endpoint: Endpoint,
    pub method: Method,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub open_id: Option<String>,
    pub publish_id: Option<String>,
    pub chunk: Option<u64>,
}

/// A request that gets no (whole) answer; the connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("a fault closed the connection")]
    ByFault,
    #[error("the client went away")]
    ByClient,
}

impl Call {
    pub(crate) fn new(parts: &Parts, body: Bytes) -> Self {
        let path = parts.uri.path().to_owned();
        let mut endpoint = Endpoint::at(&path);
        if endpoint == Endpoint::Token && param(&decode_form(&body), "grant_type") == Some("refresh_token") {
            endpoint = Endpoint::Refresh;
        }
        Self {
            endpoint,
            method: parts.method.clone(),
            path,
            query: decode_form(parts.uri.query().unwrap_or_default().as_bytes()),
            headers: parts.headers.clone(),
            body,
            open_id: None,
            publish_id: None,
            chunk: None,
        }
    }

    /// A header as text.
    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The content type in lower case, without parameters.
    pub(crate) fn content_type(&self) -> String {
        let value = self.header(header::CONTENT_TYPE).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The bearer token.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header(header::AUTHORIZATION)?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// What fault rules are matched against.
    pub(crate) fn occasion(&self) -> Occasion<'_> {
        Occasion {
            endpoint: self.endpoint,
            user: self.open_id.as_deref(),
            publish_id: self.publish_id.as_deref(),
            chunk: self.chunk,
            event: None,
        }
    }
}

impl World {
    /// Finds out on whose behalf a call comes and which publish it is about, be it allowed or not.
    pub(crate) fn identify(&self, call: &mut Call) {
        let form = || decode_form(&call.body);
        let by_access_token = |token: &str| {
            let holds = |tokens: &[crate::ledger::AccessTokenRecord]| tokens.iter().any(|known| known.token == token);
            self.grants.iter().find(|grant| holds(&grant.access_tokens)).map(|grant| grant.open_id.clone())
        };
        let open_id = match call.endpoint {
            Endpoint::Authorize => {
                self.browser_user(if call.method == Method::POST { form() } else { call.query.clone() }.as_slice())
            }
            Endpoint::Token => {
                param(&form(), "code").and_then(|code| self.codes.get(code)).map(|code| code.open_id.clone())
            }
            Endpoint::Refresh => param(&form(), "refresh_token").and_then(|token| {
                let knows =
                    |spent: &Vec<String>, current: &str| current == token || spent.iter().any(|old| old == token);
                let grant = self.grants.iter().find(|grant| knows(&grant.spent_refresh_tokens, &grant.refresh_token));
                grant.map(|grant| grant.open_id.clone())
            }),
            Endpoint::Revoke => param(&form(), "token").and_then(by_access_token),
            Endpoint::Upload => {
                let publish = self.upload_target(&call.query);
                call.publish_id = publish.map(|publish| publish.record.publish_id.clone());
                let range = call.header(header::CONTENT_RANGE).and_then(ContentRange::parse);
                let plan = publish.and_then(|publish| publish.record.plan);
                call.chunk = range.zip(plan).map(|(range, plan)| {
                    (range.first / plan.chunk_size.max(1)).min(plan.total_chunk_count.saturating_sub(1))
                });
                publish.map(|publish| publish.record.open_id.clone())
            }
            _ => call.bearer().and_then(by_access_token),
        };
        if matches!(call.endpoint, Endpoint::StatusFetch | Endpoint::Cancel) {
            let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
            call.publish_id = body.get("publish_id").and_then(Value::as_str).map(str::to_owned);
        }
        call.open_id = open_id;
    }
}
