//! The function under test, and the creators' browsers.

use accounts::{App, AskedScopes, router};
use axum::Router;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use slipway_domain::EventType;
use slipway_domain::{AccountId, PaceLimits, Plans, Reach};
use slipway_http::{Keyring, PublicBase, RateLimits};
use slipway_store::accounts::AccountRecord;
use slipway_store::events::LogEntry;
use tiktok_sim::{Config, Endpoint};
use url::Url;
use workbench::{Answer, Bench, Caller, Hands, new_tenant};

/// Where the API is, as far as TikTok and browsers know.
pub(crate) const BASE: &str = "http://localhost:8787";

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) app: App,
    pub(crate) router: Router,
}

/// A parameter of an address.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        let bench = Bench::with("AccountsFunction", config).await;
        let app = app(&bench.role);
        Self { router: router(app.clone()), app, bench }
    }

    /// What another process has: the same table and key, nothing else in common.
    pub(crate) fn process(&self) -> App {
        app(&self.bench.another_process())
    }

    /// Whoever signs up.
    pub(crate) async fn caller(&self) -> Caller {
        self.caller_with(&[], &[]).await
    }

    pub(crate) async fn caller_with(&self, scopes: &[&str], brands: &[&str]) -> Caller {
        self.bench.caller_with(&new_tenant(), scopes, brands).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::to(&self.router, request).await
    }

    pub(crate) async fn call(&self, caller: &Caller, method: &str, path: &str, body: Option<Value>) -> Answer {
        caller.call(&self.router, method, path, body.as_ref()).await
    }

    pub(crate) async fn get(&self, caller: &Caller, path: &str) -> Answer {
        caller.get(&self.router, path).await
    }

    /// The address of TikTok's page for a new connection.
    pub(crate) async fn begin(&self, caller: &Caller, body: Value) -> Url {
        let answer = self.call(caller, "POST", "/v1/accounts/connect", Some(body)).await;
        answer.expect(202)["auth_url"].as_str().unwrap().parse().unwrap()
    }

    /// The creator's browser on TikTok's page, which takes `extra` besides TikTok's own parameters: where it goes next.
    pub(crate) async fn visit(&self, mut page: Url, extra: &[(&str, &str)]) -> Url {
        page.query_pairs_mut().extend_pairs(extra);
        workbench::visit(page).await
    }

    /// The creator's browser on our own page.
    pub(crate) async fn open(&self, url: &Url) -> Answer {
        assert!(url.as_str().starts_with(BASE), "{url}");
        let path = &url[url::Position::BeforePath..];
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A connected account.
    pub(crate) async fn connect(&self, caller: &Caller) -> AccountRecord {
        self.connect_as(caller, &[]).await
    }

    pub(crate) async fn connect_as(&self, caller: &Caller, extra: &[(&str, &str)]) -> AccountRecord {
        let body = json!({"platform": "tiktok", "redirect_uri": "https://app.example/done"});
        let back = self.visit(self.begin(caller, body).await, extra).await;
        let done = self.open(&back).await.location();
        let id = parameter(&done, "account_id").unwrap_or_else(|| panic!("{done}"));
        self.account(caller, &id.parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn account(&self, caller: &Caller, id: &AccountId) -> Option<AccountRecord> {
        self.app.accounts.get(&Reach::whole(&caller.tenant), id).await.unwrap()
    }

    /// What the event log says, the oldest first.
    pub(crate) async fn events(&self, caller: &Caller) -> Vec<LogEntry> {
        let mut events = self.bench.owner.events.list(&Reach::whole(&caller.tenant), None, 100).await.unwrap().entries;
        events.reverse();
        events
    }

    /// The kinds of what the event log says, the oldest first.
    pub(crate) async fn told(&self, caller: &Caller) -> Vec<EventType> {
        self.events(caller).await.iter().map(|event| event.kind).collect()
    }

    /// How often TikTok was asked.
    pub(crate) fn asked(&self, endpoint: Endpoint) -> usize {
        self.bench.tiktok.ledger().requests_to(endpoint).len()
    }
}

/// The function, as the holder of these keys runs it.
fn app(hands: &Hands) -> App {
    App {
        tenants: hands.tenants.clone(),
        keyring: Keyring::of("secret"),
        rate_limits: RateLimits::OFF,
        accounts: hands.accounts.clone(),
        posts: hands.posts.clone(),
        tokens: hands.tokens.clone(),
        plans: Plans::default(),
        base: PublicBase::Fixed(BASE.to_owned()),
        limits: PaceLimits::default(),
        asked_scopes: AskedScopes::default(),
    }
}
