//! The function under test, and somebody's endpoint.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use slipway_domain::{Plan, Plans};
use slipway_fetch::TrustedOrigins;
use slipway_http::{Keyring, RateLimits};
use slipway_queue::Queue;
use tokio::net::TcpListener;
use webhooks::{App, router};
use workbench::{Bench, Caller};

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) router: Router,
    pub(crate) caller: Caller,
    pub(crate) endpoint: Endpoint,
    app: App,
}

/// An endpoint on loopback that answers everything with one status.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    status: Arc<Mutex<StatusCode>>,
    text: Arc<Mutex<String>>,
    bodies: Arc<Mutex<Vec<Value>>>,
    /// The header `webhook-signature` of each.
    signatures: Arc<Mutex<Vec<String>>>,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let status = Arc::new(Mutex::new(StatusCode::OK));
        let text = Arc::new(Mutex::new("thanks".to_owned()));
        let endpoint = Self { url, status, text, bodies: Arc::default(), signatures: Arc::default() };
        let shared = endpoint.clone();
        let app = Router::new().route(
            "/hook",
            post(async move |headers: HeaderMap, body: String| {
                let signature = headers["webhook-signature"].to_str().unwrap().to_owned();
                shared.signatures.lock().unwrap().push(signature);
                shared.bodies.lock().unwrap().push(serde_json::from_str(&body).unwrap());
                let status = *shared.status.lock().unwrap();
                (status, [("location", "/elsewhere")], shared.text.lock().unwrap().clone())
            }),
        );
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        endpoint
    }

    /// What it answers from now on.
    pub(crate) fn answers(&self, status: u16) {
        *self.status.lock().unwrap() = StatusCode::from_u16(status).unwrap();
    }

    /// What it says from now on.
    pub(crate) fn says(&self, text: String) {
        *self.text.lock().unwrap() = text;
    }

    /// How many secrets have signed what came last.
    pub(crate) fn signed_by(&self) -> usize {
        self.signatures.lock().unwrap().last().unwrap().split(' ').count()
    }

    /// The events that came.
    pub(crate) fn came(&self) -> Vec<String> {
        self.bodies.lock().unwrap().iter().map(|body| body["event"].as_str().unwrap().to_owned()).collect()
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::on(Plan::Unlimited).await
    }

    /// The same in a deployment of this plan.
    pub(crate) async fn on(plan: Plan) -> Self {
        let endpoint = Endpoint::start().await;
        let bench = Bench::of("WebhooksFunction").await;
        let origin: TrustedOrigins = endpoint.url.trim_end_matches("/hook").parse().unwrap();
        let role = &bench.role;
        let app = App {
            tenants: role.tenants.clone(),
            keyring: Keyring::of("secret"),
            rate_limits: RateLimits::OFF,
            plans: Plans::usual(plan),
            accounts: role.accounts.clone(),
            webhooks: role.webhooks.as_ref().clone(),
            vault: role.vault.clone(),
            deliveries: queue(&bench),
            endpoints: slipway_webhooks::Caller::new(origin).unwrap(),
        };
        let caller = bench.caller(&bench.tenant).await;
        Self { router: router(app.clone()), bench, caller, endpoint, app }
    }

    /// Another process of the function, where tenants may make so many requests.
    pub(crate) fn limit(&mut self, rate_limits: RateLimits) {
        self.router = router(App { rate_limits, ..self.app.clone() });
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> workbench::Answer {
        self.caller.call(&self.router, method, path, body.as_ref()).await
    }

    /// A new endpoint.
    pub(crate) async fn made(&self, caller: &Caller, more: &[(&str, Value)]) -> Value {
        let mut body = json!({"url": self.endpoint.url, "events": ["post.published"]});
        body.as_object_mut().unwrap().extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        caller.call(&self.router, "POST", "/v1/webhooks", Some(&body)).await.expect(201)
    }
}

fn queue(bench: &Bench) -> Queue {
    bench.queue("DeliveriesQueue")
}
