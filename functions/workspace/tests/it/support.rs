//! The function under test.

use axum::Router;
use serde_json::Value;
use slipway_domain::Plans;
use slipway_http::{Keyring, RateLimits};
use slipway_store::tenants::Tenants;
use workbench::{Answer, Bench, Caller};
use workspace::{App, SignUp, router};

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) router: Router,
    pub(crate) caller: Caller,
    /// The tenants as the function reaches them.
    pub(crate) tenants: Tenants,
    app: App,
}

impl World {
    pub(crate) async fn start() -> Self {
        let bench = Bench::of("WorkspaceFunction").await;
        let tenants = bench.role.tenants.clone().recording(bench.role.events.clone());
        let app = App {
            tenants: tenants.clone(),
            accounts: bench.role.accounts.clone(),
            posts: bench.role.posts.clone(),
            media: bench.role.media.clone(),
            webhooks: (*bench.role.webhooks).clone(),
            plans: Plans::default(),
            sign_up: SignUp::Open,
            keyring: Keyring::of("secret"),
            rate_limits: RateLimits::OFF,
        };
        let caller = bench.caller(&bench.tenant).await;
        Self { router: router(app.clone()), bench, caller, tenants, app }
    }

    /// Another process of the function, where tenants may make so many requests.
    pub(crate) fn limit(&mut self, rate_limits: RateLimits) {
        self.router = router(App { rate_limits, ..self.app.clone() });
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.caller.call(&self.router, method, path, body.as_ref()).await
    }

    /// A new key out of this body, and who calls with it.
    pub(crate) async fn made(&self, body: Value) -> (Value, Caller) {
        let made = self.call("POST", "/v1/keys", Some(body)).await.expect(201);
        let caller = self.holder(&made);
        (made, caller)
    }

    /// Who calls with the secret of this answer.
    pub(crate) fn holder(&self, answer: &Value) -> Caller {
        self.caller.with_key(&answer["id"].as_str().unwrap().parse().unwrap(), answer["raw_key"].as_str().unwrap())
    }

    /// The status of a request of any kind with this key.
    pub(crate) async fn status(&self, caller: &Caller) -> u16 {
        caller.get(&self.router, "/v1/keys/scopes").await.status.as_u16()
    }
}
