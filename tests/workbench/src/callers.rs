//! Callers of an HTTP function: their keys, what they ask, and what they are answered.

use axum::Router;
use axum::body::{Body, Bytes};
use http::{HeaderMap, Request, StatusCode, request};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::Value;
use slipway_domain::{KeyId, TenantId};
use slipway_http::api_key::RawKey;
use slipway_store::Write;
use slipway_store::tenants::{KeyHash, KeyRecord, TenantRecord};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::Bench;

/// Who calls: an API key, and whose it is.
#[derive(Clone)]
pub struct Caller {
    /// Whose key it is.
    pub tenant: TenantId,
    /// The key's id.
    pub key: KeyId,
    secret: String,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, verbatim.
    pub body: Bytes,
}

/// A tenant that nobody knows yet.
pub fn new_tenant() -> TenantId {
    TenantId::from_uuid(Uuid::now_v7())
}

impl Bench {
    /// A key of this tenant's that may do everything.
    pub async fn caller(&self, tenant: &TenantId) -> Caller {
        self.caller_with(tenant, &[], &[]).await
    }

    /// A key of this tenant's with these scopes and brands; none means all.
    pub async fn caller_with(&self, tenant: &TenantId, scopes: &[&str], brands: &[&str]) -> Caller {
        let key = RawKey::generate(tenant).expect("a key");
        let now = Timestamp::now();
        let owner = tenant.owner();
        let owner = TenantRecord::new(owner.clone(), format!("{owner}@example.com"), now);
        // A tenant may have several callers.
        let owner = match self.owner.tenants.create(&owner).await.expect("the tenant is kept") {
            Write::Done(owner) => owner,
            Write::Refused(there) => there.now().expect("the address has a tenant"),
        };
        let record = KeyRecord {
            id: KeyId::from_uuid(Uuid::now_v7()),
            tenant: tenant.clone(),
            name: "test".to_owned(),
            preview: key.preview(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned().into()).collect(),
            brand_ids: brands.iter().map(|brand| brand.parse().expect("a brand")).collect(),
            is_active: true,
            created_at: now,
            // So that using it leaves no trace.
            last_used_at: Some(now),
            hash: Some(key.hash()),
            previous: None,
            ends_at: None,
            plan: None,
            is_suspended: false,
            version: 0,
        };
        let added = self.owner.tenants.add_key(&owner, &record, None, None, now).await.expect("the key is kept");
        assert!(added.is_done(), "{added:?}");
        Caller { tenant: tenant.clone(), key: record.id, secret: key.reveal().to_owned() }
    }
}

impl Caller {
    /// The same caller with another key.
    #[must_use]
    pub fn with_key(&self, key: &KeyId, secret: &str) -> Self {
        Self { tenant: self.tenant.clone(), key: key.clone(), secret: secret.to_owned() }
    }

    /// By what the store knows the key.
    pub fn hash(&self) -> KeyHash {
        RawKey::parse(&self.secret).expect("a key").hash()
    }

    /// A request with this key.
    pub fn request(&self, method: &str, path: &str) -> request::Builder {
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.secret))
    }

    /// Calls a route. Without a body nothing is sent.
    pub async fn call(&self, router: &Router, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        Answer::to(router, request.expect("a request")).await
    }

    /// POSTs to a route with this `Idempotency-Key`.
    pub async fn post_with_key(&self, router: &Router, key: &str, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header("idempotency-key", key);
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
        Answer::to(router, request.expect("a request")).await
    }

    /// GETs a route.
    pub async fn get(&self, router: &Router, path: &str) -> Answer {
        self.call(router, "GET", path, None).await
    }
}

impl Answer {
    /// The router's answer to this request.
    pub async fn to(router: &Router, request: Request<Body>) -> Self {
        let answer = router.clone().oneshot(request).await.expect("a router does not fail");
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.expect("the body is read").to_bytes();
        assert!(parts.headers.contains_key("x-request-id"), "every answer has a request id");
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body, if the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        let body = self.json();
        assert_eq!(self.status.as_u16(), status, "{body:#}");
        body
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a text")
    }

    /// Where it sends the browser.
    #[track_caller]
    pub fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.text());
        self.headers["location"].to_str().expect("a text").parse().expect("an address")
    }

    /// The code of a refusal; empty if there is none.
    #[track_caller]
    pub fn code(&self) -> String {
        let body = self.json();
        let Some(code) = body["error"]["code"].as_str() else { return String::new() };
        assert_eq!(body["request_id"].as_str(), self.headers["x-request-id"].to_str().ok(), "{body:#}");
        code.to_owned()
    }

    /// The refusal's body, if it is one with this status and code whose first problem is this field's.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str, field: &str) -> Value {
        let body = self.expect(status);
        assert_eq!((self.code().as_str(), body["error"]["meta"]["field"].as_str()), (code, Some(field)), "{body:#}");
        body
    }

    /// Whether it is the first answer again.
    pub fn is_replayed(&self) -> bool {
        self.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
    }
}
