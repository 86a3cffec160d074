//! Calls of the API. Every call here is safe to repeat, so each is repeated when its answer is lost or says "later":
//! reads by nature, uploads because an unused one expires, posts by their idempotency key.

use std::time::Duration;

use bytes::Bytes;
use jiff::SignedDuration;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::connection::Connection;
use crate::problem::Problem;
use crate::say::Say;
use crate::text::{duration, encoded};

/// API Gateway gives up after 30 seconds; so long a call may take.
const TIMEOUT: Duration = Duration::from_secs(35);
/// How often a call is made in all.
const ATTEMPTS: u32 = 4;
/// The longest that we sit and wait because the API said so; beyond it the caller is told instead.
const PATIENCE: Duration = Duration::from_mins(1);
/// More pages than that nobody has, and a cursor that leads in a circle must end.
const MAX_PAGES: usize = 200;
/// An answer is a few kilobytes, a list some hundred; more is not ours.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// The API and the key for it.
pub(crate) struct Api {
    http: Client,
    connection: Connection,
    say: Say,
}

/// A page of a list.
#[derive(Deserialize)]
struct Page {
    data: Vec<Json>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// What a request carries.
#[derive(Clone)]
enum Body {
    Json(String),
    /// A form with one file.
    File {
        name: String,
        content: Bytes,
    },
}

/// What the API answered in the end. Nothing prints it: it may hold secrets.
pub(crate) struct Answer {
    call: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body, of JSON lines all of them; null if it is neither.
    pub(crate) body: Json,
    request_id: Option<String>,
    retry_after: Option<Duration>,
}

impl Api {
    /// Calls nobody yet.
    pub(crate) fn new(connection: Connection, say: Say) -> Result<Self, Problem> {
        // Redirects are not followed: the API's own are for paths that nobody here asks for, and the key is for one host.
        let http = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("slipway/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Problem::failure(format!("HTTP can't be set up: {}", innermost(error))))?;
        if connection.in_the_clear {
            say.note("warning: the API's address is http://, so the API key travels in the clear");
        }
        Ok(Self { http, connection, say })
    }

    /// The API's base URL without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.connection.base
    }

    /// The HTTP client, for what is not the API. It sends no key by itself.
    pub(crate) const fn http(&self) -> &Client {
        &self.http
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Problem> {
        self.call(Method::GET, path, None, None).await
    }

    /// Reads a list to its end.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<Json>, Problem> {
        let mut all = Vec::new();
        let part = if path.contains('?') { '&' } else { '?' };
        let mut next = format!("{path}{part}limit=100");
        for _ in 0..MAX_PAGES {
            let page: Page = self.get(&next).await?.read()?;
            all.extend(page.data);
            let Some(cursor) = page.next_cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(all) };
            let cursor = encoded(&cursor);
            next = format!("{path}{part}limit=100&cursor={cursor}");
        }
        Err(Problem::failure(format!("the list {path} has no end")))
    }

    /// Changes something; `path` must be safe to call twice.
    pub(crate) async fn post(&self, path: &str, body: Option<&Json>) -> Result<Answer, Problem> {
        self.call(Method::POST, path, body.map(|body| Body::Json(body.to_string())), None).await
    }

    /// Sets something; `path` must be safe to call twice.
    pub(crate) async fn patch(&self, path: &str, body: &Json) -> Result<Answer, Problem> {
        self.call(Method::PATCH, path, Some(Body::Json(body.to_string())), None).await
    }

    /// Deletes something.
    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, Problem> {
        self.call(Method::DELETE, path, None, None).await
    }

    /// Creates something once, however often it is called with this key and body.
    pub(crate) async fn post_once(&self, path: &str, body: String, key: &str) -> Result<Answer, Problem> {
        self.call(Method::POST, path, Some(Body::Json(body)), Some(key)).await
    }

    /// The same with a file.
    pub(crate) async fn post_file(
        &self,
        path: &str,
        name: &str,
        content: Vec<u8>,
        key: &str,
    ) -> Result<Answer, Problem> {
        let body = Body::File { name: name.to_owned(), content: content.into() };
        self.call(Method::POST, path, Some(body), Some(key)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Body>,
        idempotency_key: Option<&str>,
    ) -> Result<Answer, Problem> {
        let mut attempt = 1;
        loop {
            let answer = self.attempt(&method, path, body.clone(), idempotency_key).await;
            let told = answer.as_ref().ok().and_then(|answer| answer.retry_after);
            let temporary = answer.as_ref().map_or(true, Answer::is_temporary);
            let wait = if temporary && attempt < ATTEMPTS { pause(attempt, told) } else { None };
            let Some(wait) = wait else { return answer };
            if let Err(problem) = &answer {
                self.say.detail(&format!("{}; trying again", problem.message));
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        path: &str,
        body: Option<Body>,
        idempotency_key: Option<&str>,
    ) -> Result<Answer, Problem> {
        let call = format!("{method} {path}");
        let url = format!("{}{path}", self.connection.base);
        let key = self.connection.key.expose_secret();
        let mut request = self.http.request(method.clone(), url).bearer_auth(key).timeout(TIMEOUT);
        request = match body {
            None => request,
            Some(Body::Json(body)) => request.header("content-type", "application/json").body(body),
            Some(Body::File { name, content }) => {
                request.multipart(Form::new().part("file", Part::stream(content).file_name(name)))
            }
        };
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let host = self.connection.host();
        let lost = |error| {
            let problem = Problem::failure(format!("{host} does not answer: {} ({call})", innermost(error)));
            problem.with_next_step("is it running, and is SLIPWAY_API_URL or --api-url its address?")
        };
        let mut response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let request_id = text(response.headers(), &HeaderName::from_static("x-request-id"));
        let has_lines = text(response.headers(), &CONTENT_TYPE).is_some_and(|kind| kind.contains("ndjson"));
        let retry_after = text(response.headers(), &RETRY_AFTER).and_then(|value| value.parse().ok());
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(lost)? {
            if bytes.len() + part.len() > MAX_ANSWER {
                return Err(Problem::failure(format!("{call} was answered with more than {MAX_ANSWER} bytes")));
            }
            bytes.extend_from_slice(&part);
        }
        let body = if has_lines {
            let lines = serde_json::Deserializer::from_slice(&bytes).into_iter().collect::<Result<_, _>>();
            lines.map_or(Json::Null, Json::Array)
        } else {
            serde_json::from_slice(&bytes).unwrap_or(Json::Null)
        };
        let retry_after = retry_after.map(Duration::from_secs);
        Ok(Answer { call, status, body, request_id, retry_after })
    }
}

impl Answer {
    /// Whether the status says so.
    const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Whether the same call may be answered otherwise in a moment.
    fn is_temporary(&self) -> bool {
        match self.status {
            501 => false,
            408 | 429 | 500..=599 => true,
            409 => self.body["error"]["code"] == "idempotency.in_progress",
            _ => false,
        }
    }

    /// The refusal or the fault.
    pub(crate) fn problem(&self) -> Problem {
        let problem = Problem::of_answer(&self.call, self.status, &self.body, self.request_id.as_deref());
        if self.status == 401 && problem.next_step.is_none() {
            return problem.with_next_step("check SLIPWAY_API_KEY, and whether it is a key of this SLIPWAY_API_URL");
        }
        match self.retry_after {
            Some(wait) if problem.next_step.is_none() && self.status == 429 => problem
                .with_next_step(format!("try again in {}", duration(wait.try_into().unwrap_or(SignedDuration::MAX)))),
            _ => problem,
        }
    }

    /// The body of a success.
    pub(crate) fn success(self) -> Result<Json, Problem> {
        if self.is_success() { Ok(self.body) } else { Err(self.problem()) }
    }

    /// The body of a success, as what the contract says it is.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        let call = self.call.clone();
        let body = self.success()?;
        serde_json::from_value(body).map_err(|error| {
            Problem::failure(format!("{call} was answered with something else than the API's contract says: {error}"))
        })
    }
}

/// A name for a request that no other one has.
pub(crate) fn new_key() -> String {
    format!("cli-{}", uuid::Uuid::now_v7().simple())
}

/// How long to wait after this attempt, from 1; nothing if the API wants more patience than we have.
fn pause(attempt: u32, told: Option<Duration>) -> Option<Duration> {
    let own = backoff(attempt, Duration::from_secs(8));
    let wait = told.map_or(own, |told| told.max(own));
    (wait <= PATIENCE).then_some(wait)
}

/// Half a second, doubled with each attempt, to a limit.
pub(crate) fn backoff(attempt: u32, limit: Duration) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    (Duration::from_millis(500) * 2_u32.pow(doublings)).min(limit)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The cause of a failed call, without the URL: those of uploads are signed and must not be shown.
pub(crate) fn innermost(error: reqwest::Error) -> String {
    let timed_out = error.is_timeout();
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if timed_out { "it took too long".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_doubles_and_what_the_api_says_counts_until_it_is_too_long() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (attempt, told, wait) in [
            (1, None, Some(Duration::from_millis(500))),
            (2, None, seconds(1)),
            (5, None, seconds(8)),
            (40, None, seconds(8)),
            (1, seconds(7), seconds(7)),
            (5, seconds(1), seconds(8)),
            (1, seconds(60), seconds(60)),
            (1, seconds(61), None),
        ] {
            assert_eq!(pause(attempt, told), wait, "{attempt} {told:?}");
        }
    }

    #[test]
    fn only_what_may_change_in_a_moment_is_asked_again() {
        let answer = |status, code: &str| Answer {
            call: String::new(),
            status,
            body: serde_json::json!({"error": {"code": code}}),
            request_id: None,
            retry_after: None,
        };
        for (status, code, temporary) in [
            (200, "", false),
            (400, "", false),
            (409, "resource.conflict", false),
            (409, "idempotency.in_progress", true),
            (429, "", true),
            (500, "", true),
            (501, "", false),
            (502, "", true),
        ] {
            assert_eq!(answer(status, code).is_temporary(), temporary, "{status} {code}");
        }
    }
}
