//! Calls of our own API, as any caller makes them.

use std::time::Duration;

use reqwest::{Client, Method, header::RETRY_AFTER, redirect::Policy};
use serde_json::Value as Json;

use super::failure::Failure;

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
    /// What was called, such as `GET /v1/posts/post_1`.
    call: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// When to try again.
    pub(crate) retry_after: Option<Duration>,
    /// The body; null if it is no JSON.
    pub(crate) body: Json,
    text: String,
}

impl Api {
    /// Calls nobody yet.
    pub(crate) fn new(base: &str, key: &str) -> Result<Self, Failure> {
        Ok(Self { http: http()?, base: base.to_owned(), key: key.to_owned() })
    }

    /// The base URL without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The HTTP client, for what is not the API.
    pub(crate) const fn http(&self) -> &Client {
        &self.http
    }

    /// Calls, and takes any answer.
    pub(crate) async fn send(
        &self,
        step: &str,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Answer, Failure> {
        let call = format!("{method} {path}");
        let mut request =
            self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key).timeout(TIMEOUT);
        if let Some(body) = body {
            request = request.json(body);
        }
        let lost = |error: reqwest::Error| {
            let problem = format!("{call} got no answer ({})", innermost(&error));
            Failure::new(step, problem, "see whether another program disturbs this one, then start again")
        };
        let response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let text = response.text().await.map_err(lost)?;
        let body = serde_json::from_str(&text).unwrap_or(Json::Null);
        Ok(Answer { call, status, retry_after: retry_after.map(Duration::from_secs), body, text })
    }

    /// Calls, and takes success only.
    pub(crate) async fn expect(
        &self,
        step: &str,
        cure: &str,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Answer, Failure> {
        let answer = self.send(step, method, path, body).await?;
        if answer.is_success() { Ok(answer) } else { Err(answer.failure(step, cure)) }
    }
}

impl Answer {
    /// Whether the status says so.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The answer as the reason of a failure.
    pub(crate) fn failure(&self, step: &str, cure: &str) -> Failure {
        Failure::new(step, format!("{} answered {}", self.call, self.summary()), cure)
    }

    /// A field that the contract promises.
    pub(crate) fn text(&self, step: &str, cure: &str, field: &str) -> Result<&str, Failure> {
        let found = self.body.pointer(field).and_then(Json::as_str);
        found.ok_or_else(|| {
            let field = field.trim_start_matches('/').replace('/', ".");
            Failure::new(step, format!("{} answered {} without {field}", self.call, self.status), cure)
        })
    }

    fn summary(&self) -> String {
        let error = &self.body["error"];
        match (error["code"].as_str(), error["message"].as_str()) {
            (Some(code), Some(message)) => format!("{} {code}: {message}", self.status),
            _ => format!("{} {}", self.status, self.text.chars().take(200).collect::<String>()),
        }
    }
}

/// A client that follows no redirect and asks no proxy the way to this machine.
fn http() -> Result<Client, Failure> {
    let client = Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(Duration::from_secs(10)).build();
    client.map_err(|error| {
        Failure::new("setting up HTTP", innermost(&error), "see whether the system's certificates are there")
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
