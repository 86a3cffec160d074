//! The few calls of our own API that come before `slipway` can do the rest.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value as Json;

use super::run_error::RunError;

/// API Gateway gives up after 30 seconds; so long a call may take.
const TIMEOUT: Duration = Duration::from_secs(35);

/// The API and the key for it.
pub(crate) struct Api {
    http: Client,
    base: String,
    key: String,
}

/// What the API answered.
pub(crate) struct Answer {
    /// What was called, such as `GET /v1/accounts`.
    call: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body; null if it is no JSON.
    body: Json,
}

impl Api {
    /// Calls nobody yet.
    pub(crate) fn new(base: &str, key: &str) -> Result<Self, RunError> {
        Ok(Self { http: http(Policy::none())?, base: base.to_owned(), key: key.to_owned() })
    }

    /// Reads.
    pub(crate) async fn get(&self, step: &str, path: &str) -> Result<Answer, RunError> {
        self.call(step, format!("GET {path}"), self.http.get(format!("{}{path}", self.base))).await
    }

    /// Asks for something.
    pub(crate) async fn post(&self, step: &str, path: &str, body: &Json) -> Result<Answer, RunError> {
        self.call(step, format!("POST {path}"), self.http.post(format!("{}{path}", self.base)).json(body)).await
    }

    async fn call(&self, step: &str, call: String, request: RequestBuilder) -> Result<Answer, RunError> {
        let lost = |error: reqwest::Error| {
            let problem = format!("{call} got no answer ({})", innermost(&error));
            RunError::new(step, problem, "see whether another program disturbs this one, then start again")
        };
        let response = request.bearer_auth(&self.key).timeout(TIMEOUT).send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let body = serde_json::from_slice(&response.bytes().await.map_err(lost)?).unwrap_or(Json::Null);
        Ok(Answer { call, status, body })
    }
}

impl Answer {
    /// Whether the status says so.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body of a success.
    pub(crate) fn success(self, step: &str, cure: &str) -> Result<Json, RunError> {
        if self.is_success() { Ok(self.body) } else { Err(self.failure(step, cure)) }
    }

    /// The answer as the reason of a failure.
    pub(crate) fn failure(&self, step: &str, cure: &str) -> RunError {
        let Self { call, status, body } = self;
        let error = &body["error"];
        let why = match (error["code"].as_str(), error["message"].as_str()) {
            (Some(code), Some(message)) => format!(" {code}: {message}"),
            _ => String::new(),
        };
        RunError::new(step, format!("{call} answered {status}{why}"), cure)
    }
}

/// A client that asks no proxy the way to this machine.
pub(crate) fn http(redirects: Policy) -> Result<Client, RunError> {
    let client = Client::builder().no_proxy().redirect(redirects).referer(false);
    client.connect_timeout(Duration::from_secs(10)).build().map_err(|error| {
        RunError::new("setting up HTTP", innermost(&error), "see whether the system's certificates are there")
    })
}

/// The cause of a failed call; what is around it repeats the URL.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
