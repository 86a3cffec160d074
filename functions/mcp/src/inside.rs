//! The API's routes in this process: a tool asks them as a caller would over HTTP, with the caller's own key, and is
//! answered by the very same code.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use lambda_http::Error;
use serde_json::Value;
use slipway_contract::ApiError;
use slipway_domain::ApiScope;
use slipway_http::auth::KnownKey;
use slipway_http::limits::Meter;
use slipway_http::{RateLimits, RequestId};
use slipway_runtime::aws::SdkConfig;
use slipway_store::Client;
use tower::ServiceExt as _;

use crate::Config;

/// Which function's routes a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Accounts,
    Media,
    Posts,
    Webhooks,
    Workspace,
}

/// The functions' own routers.
#[derive(Clone)]
pub struct Inside {
    accounts: Router,
    media: Router,
    posts: Router,
    webhooks: Router,
    workspace: Router,
    /// The two of them whose objects are waited for, counting each request.
    counting: (Router, Router),
}

impl Inside {
    /// Builds all clients but that of the tables, which the functions share. Calls nobody.
    pub fn new(aws: &SdkConfig, dynamodb: &Client, config: Config) -> Result<Self, Error> {
        let of_all = config.workspace.rate_limits;
        // A request is counted once, on its way in.
        let rate_limits = RateLimits::OFF;
        let accounts = accounts::App { rate_limits, ..accounts::App::new(aws, dynamodb, config.accounts)? };
        let media = media::App { rate_limits, ..media::App::new(aws, dynamodb, config.media) };
        let posts = posts::App { rate_limits, ..posts::App::new(aws, dynamodb, config.posts)? };
        let webhooks = webhooks::App { rate_limits, ..webhooks::App::new(aws, dynamodb, config.webhooks)? };
        let workspace = workspace::App { rate_limits, ..workspace::App::new(dynamodb, config.workspace) };
        let rate_limits = of_all;
        let counting = (
            media::router(media::App { rate_limits, ..media.clone() }),
            posts::router(posts::App { rate_limits, ..posts.clone() }),
        );
        Ok(Self {
            accounts: accounts::router(accounts),
            media: media::router(media),
            posts: posts::router(posts),
            webhooks: webhooks::router(webhooks),
            workspace: workspace::router(workspace),
            counting,
        })
    }

    /// Asks a route.
    pub(crate) async fn ask(&self, question: Question, caller: &Caller) -> Answered {
        let router = match question.room {
            Room::Accounts => &self.accounts,
            Room::Media => &self.media,
            Room::Posts => &self.posts,
            Room::Webhooks => &self.webhooks,
            Room::Workspace => &self.workspace,
        };
        answered(router, question, caller).await
    }

    /// The same, which counts as one more request of the tenant's.
    pub(crate) async fn ask_counted(&self, question: Question, caller: &Caller) -> Answered {
        match question.room {
            Room::Media => answered(&self.counting.0, question, caller).await,
            Room::Posts => answered(&self.counting.1, question, caller).await,
            // Nothing of these is waited for.
            Room::Accounts | Room::Webhooks | Room::Workspace => self.ask(question, caller).await,
        }
    }
}

async fn answered(router: &Router, question: Question, caller: &Caller) -> Answered {
    // The router fails at nothing, and what can't be sent is answered as what can't be read.
    let Ok(request) = question.request(caller) else { return Answered::unreadable() };
    let Ok(response) = router.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Answered { status: parts.status, headers: parts.headers, body }
}

/// What a route is asked. Nothing prints it: it holds what callers say.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) room: Room,
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    /// Nothing for a GET.
    pub(crate) body: Option<String>,
    pub(crate) idempotency_key: Option<String>,
}

impl Question {
    fn request(self, caller: &Caller) -> Result<Request, http::Error> {
        let mut request = Request::builder().method(self.method).uri(self.path_and_query);
        if let Some(all) = request.headers_mut() {
            all.extend(caller.headers.clone());
            // An agent that has misspelt something must not take it for done.
            all.insert(HeaderName::from_static("prefer"), HeaderValue::from_static("handling=strict"));
            all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = self.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(key) = &caller.key {
            request = request.extension(key.clone());
        }
        if let Some(meter) = &caller.meter {
            request = request.extension(meter.clone());
        }
        request.body(self.body.map_or_else(Body::empty, Body::from))
    }
}

/// What a request of a caller's hands on: the key that it was let in with, by what more of it is counted, where it came
/// from, and its id.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Without it a route lets nobody in.
    key: Option<KnownKey>,
    meter: Option<Meter>,
    headers: HeaderMap,
}

impl Caller {
    pub(crate) fn of(parts: &Parts) -> Self {
        let names = [HOST, HeaderName::from_static("x-forwarded-for")];
        let passed_on = names.into_iter().filter_map(|name| Some((name.clone(), parts.headers.get(&name)?.clone())));
        let mut headers: HeaderMap = passed_on.collect();
        let id = parts.extensions.get::<RequestId>().and_then(|RequestId(id)| HeaderValue::from_str(id).ok());
        headers.extend(id.map(|id| (HeaderName::from_static("x-request-id"), id)));
        Self { key: parts.extensions.get().cloned(), meter: parts.extensions.get().cloned(), headers }
    }

    /// Refuses a caller whose key has not this scope, as a route that needs it does.
    pub(crate) fn must_have(&self, scope: ApiScope) -> Result<(), ApiError> {
        self.key.as_ref().map_or(Ok(()), |key| key.must_have(scope))
    }

    /// The request's id; empty if it has none.
    fn request_id(&self) -> &str {
        self.headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default()
    }
}

/// What a route answered. Nothing prints it.
#[derive(Clone)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Null if it was empty.
    pub(crate) body: Value,
}

impl Answered {
    fn unreadable() -> Self {
        Self { status: StatusCode::BAD_REQUEST, headers: HeaderMap::new(), body: Value::Null }
    }
}

impl Answered {
    /// A refusal that no route gave, as one would have.
    pub(crate) fn refused(error: &ApiError, caller: &Caller) -> Self {
        let body = error.body(caller.request_id());
        Self { status: slipway_http::status_of(error.code), headers: HeaderMap::new(), body }
    }
}
