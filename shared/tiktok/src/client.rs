//! The client and how it calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde::Serialize;
use url::Url;

use slipway_domain::schedule::TIKTOK_CONNECTS_WITHIN;
use slipway_domain::{LogId, Mode, TenantId};

use crate::answer::{Answer, Success};
use crate::double::{self, Double, Memory};
use crate::{AccessToken, BuildError, Config, Error, UploadUrl, UploadUrlError};

/// How long an idle connection is kept. Short, because a connection that was idle while its process was frozen is
/// dead, and a request that is written into it has an unknown outcome.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// TikTok as one app sees it. Cheap to clone; build it once a process, for it holds the connections.
///
/// What is done for a tenant is done through the client [of its space](Client::of): in a live space that is TikTok, in a
/// test space TikTok's double.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
    /// Who answers instead of TikTok.
    double: Option<Box<Double>>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    config: Config,
    /// What the double remembers by.
    memory: Option<Arc<dyn Memory>>,
    /// The base of the double's requests.
    double_base: Url,
}

impl Client {
    /// Checks the settings and sets up the HTTP client: it follows no redirects and uses no proxy. Calls nobody.
    pub fn new(config: Config) -> Result<Self, BuildError> {
        Self::build(config, None)
    }

    /// The same with a memory for the double, without which that answers nothing but that it does not work.
    pub fn remembering(config: Config, memory: Arc<dyn Memory>) -> Result<Self, BuildError> {
        Self::build(config, Some(memory))
    }

    fn build(config: Config, memory: Option<Arc<dyn Memory>>) -> Result<Self, BuildError> {
        let config = config.checked()?;
        let no_base = |error| BuildError::Base { name: "the double's base", source: Some(error) };
        let double_base = double::BASE.parse().map_err(no_base)?;
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(TIKTOK_CONNECTS_WITHIN)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(concat!("slipway/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(BuildError::Http)?;
        Ok(Self { inner: Arc::new(Inner { http, config, memory, double_base }), double: None })
    }

    /// TikTok as this space meets it: itself for a live one, its double for a test one.
    #[must_use]
    pub fn of(&self, space: &TenantId) -> Self {
        let (inner, memory, http) = (self.inner.clone(), self.inner.memory.clone(), self.inner.http.clone());
        let double = match space.mode() {
            Mode::Live => None,
            Mode::Test => Some(Box::new(Double { space: space.clone(), memory, http })),
        };
        Self { inner, double }
    }

    /// Reads an upload URL that was stored, with the same checks as one that TikTok gives.
    pub fn upload_url(&self, text: &str) -> Result<UploadUrl, UploadUrlError> {
        UploadUrl::parse(text, self.api_base())
    }

    /// The app's client key: webhooks must carry it.
    pub fn client_key(&self) -> &str {
        &self.inner.config.client_key
    }

    pub(crate) fn client_secret(&self) -> &str {
        self.inner.config.client_secret.expose_secret()
    }

    pub(crate) fn auth_url(&self, path: &str) -> Url {
        appended(&self.inner.config.auth_base, path)
    }

    /// A POST with a JSON body, in a creator's name.
    pub(crate) fn post_json(&self, path: &'static str, token: &AccessToken, body: &impl Serialize) -> RequestBuilder {
        self.post_json_fields(path, "", token, body)
    }

    /// The same with the list of wanted fields in the query.
    pub(crate) fn post_json_fields(
        &self,
        path: &'static str,
        fields: &str,
        token: &AccessToken,
        body: &impl Serialize,
    ) -> RequestBuilder {
        self.api(Method::POST, path, fields)
            .bearer_auth(token.expose())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"))
            .json(body)
    }

    /// A GET with the list of wanted fields, in a creator's name.
    pub(crate) fn get_fields(&self, path: &'static str, fields: &str, token: &AccessToken) -> RequestBuilder {
        self.api(Method::GET, path, fields).bearer_auth(token.expose())
    }

    /// A POST with a form body, in the app's name.
    pub(crate) fn post_form(&self, path: &'static str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.api(Method::POST, path, "").form(fields)
    }

    /// A PUT to an upload URL: no token, no limit of time.
    pub(crate) fn put(&self, url: &UploadUrl) -> RequestBuilder {
        self.inner.http.put(url.url().clone())
    }

    pub(crate) fn api_base(&self) -> &Url {
        if self.double.is_some() { &self.inner.double_base } else { &self.inner.config.api_base }
    }

    /// Says to the double which script these texts name, whichever of them the request itself carries.
    pub(crate) fn scripted(&self, request: RequestBuilder, texts: &[&str]) -> RequestBuilder {
        if self.double.is_some() { double::scripted(request, texts) } else { request }
    }

    /// Whether TikTok's double answers.
    pub(crate) const fn is_double(&self) -> bool {
        self.double.is_some()
    }

    fn api(&self, method: Method, path: &'static str, fields: &str) -> RequestBuilder {
        let mut url = appended(self.api_base(), path);
        if !fields.is_empty() {
            url.set_query(Some(&format!("fields={fields}")));
        }
        self.inner.http.request(method, url).timeout(self.inner.config.call_timeout.get())
    }

    /// Sends, reads, and leaves one line in the log. Nothing secret is in it: paths, codes and numbers only.
    pub(crate) async fn call<T>(
        &self,
        endpoint: &'static str,
        request: RequestBuilder,
        read: impl FnOnce(Answer) -> Result<Success<T>, Error>,
    ) -> Result<T, Error> {
        self.call_logged(endpoint, request, read).await.map(|(value, _)| value)
    }

    /// The same, with TikTok's log id of the answer.
    pub(crate) async fn call_logged<T>(
        &self,
        endpoint: &'static str,
        request: RequestBuilder,
        read: impl FnOnce(Answer) -> Result<Success<T>, Error>,
    ) -> Result<(T, Option<LogId>), Error> {
        let started = Instant::now();
        let answer = match &self.double {
            None => Answer::to(endpoint, request).await,
            Some(double) => double.answer(endpoint, request).await,
        };
        let result = answer.and_then(read);
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(Success { value, http_status, log_id }) => {
                tracing::debug!(
                    endpoint,
                    double = self.is_double(),
                    status = http_status,
                    code = "ok",
                    log_id = log_id.as_ref().map(LogId::as_str),
                    duration_ms,
                    "called TikTok"
                );
                Ok((value, log_id))
            }
            Err(error) => {
                let (status, code, log_id) =
                    (error.http_status(), error.code_text(), error.log_id().map(LogId::as_str));
                let double = self.is_double();
                tracing::debug!(endpoint, double, status, code, log_id, duration_ms, %error, "called TikTok");
                Err(error)
            }
        }
    }
}

/// The base with a path behind it. Bases end with a slash, as [`Config`] sees to.
fn appended(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{}", base.path(), path.trim_start_matches('/')));
    url
}

#[cfg(test)]
pub(crate) mod tests {
    use secrecy::SecretString;

    use slipway_domain::schedule::TIKTOK_CALL_TAKES;

    use super::*;

    /// A client that could be TikTok's.
    pub(crate) fn client() -> Client {
        Client::new(Config {
            auth_base: "https://www.tiktok.com".parse().unwrap(),
            api_base: "https://open.tiktokapis.com".parse().unwrap(),
            client_key: "key".to_owned(),
            client_secret: SecretString::from("verysecret"),
            call_timeout: crate::CallTimeout::default(),
        })
        .unwrap()
    }

    #[test]
    fn every_path_keeps_its_slash_behind_any_base() {
        for (base, url) in [
            ("https://open.tiktokapis.com/", "https://open.tiktokapis.com/v2/oauth/token/"),
            ("http://127.0.0.1:1/sim/", "http://127.0.0.1:1/sim/v2/oauth/token/"),
        ] {
            assert_eq!(appended(&base.parse().unwrap(), "/v2/oauth/token/").as_str(), url);
        }
    }

    #[test]
    fn a_call_carries_what_tiktok_asks_for() {
        let token = AccessToken::new("act.1");
        let request = client().post_json("/v2/x/", &token, &serde_json::json!({})).build().unwrap();
        assert_eq!(request.headers()["authorization"], "Bearer act.1");
        assert_eq!(request.headers()["content-type"], "application/json; charset=UTF-8");
        assert_eq!(request.timeout(), Some(&TIKTOK_CALL_TAKES));
        let request = client().get_fields("/v2/user/info/", "open_id,union_id", &token).build().unwrap();
        assert_eq!(request.url().as_str(), "https://open.tiktokapis.com/v2/user/info/?fields=open_id,union_id");
    }

    #[test]
    fn the_client_does_not_show_the_secret() {
        assert!(!format!("{:?}", client()).contains("verysecret"));
    }
}
