//! The function under test, with the environment and the role that the template gives it.

use axum::Router;
use mcp::{App, Config, router};
use serde_json::{Value, json};
use slipway_runtime::config::Env;
use workbench::{Answer, Bench, Caller};

/// Where endpoints may be, and nobody listens.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1";

pub(crate) struct World {
    pub(crate) bench: Bench,
    pub(crate) router: Router,
    pub(crate) caller: Caller,
}

impl World {
    pub(crate) async fn start() -> Self {
        // Counting requests costs a call now and then.
        Self::with_limits("0").await
    }

    /// With so many per cent of the requests that a tenant may make.
    pub(crate) async fn with_limits(percent: &str) -> Self {
        let bench = Bench::of("McpFunction").await;
        let mut environment = bench.deployment.function("McpFunction").unwrap().environment.0.clone();
        environment.insert("RATE_LIMIT_PERCENT".to_owned(), percent.to_owned());
        environment.insert("WEBHOOK_TRUSTED_ORIGINS".to_owned(), NOBODY.to_owned());
        let config: Config = Env::from(environment).load().unwrap();
        let router = router(App::new(&bench.role.sdk, config).unwrap());
        let caller = bench.caller(&bench.tenant).await;
        Self { bench, router, caller }
    }

    /// The answer to a message.
    pub(crate) async fn say(&self, message: &Value) -> Answer {
        self.caller.call(&self.router, "POST", "/mcp", Some(message)).await
    }

    /// The result of a tool.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        self.say(&message("tools/call", json!({"name": tool, "arguments": arguments}))).await.expect(200)["result"]
            .take()
    }
}

/// A request of the protocol.
pub(crate) fn message(method: &str, params: impl Into<Value>) -> Value {
    let params: Value = params.into();
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}
