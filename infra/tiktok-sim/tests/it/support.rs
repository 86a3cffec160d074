//! An app of TikTok's, reduced to what the tests need, and a receiver of webhooks.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};
use serve::{Idle, serve};
use sha2::{Digest, Sha256};
use tiktok_sim::{Config, Ledger, PublishState, Scope, Simulator};
use tokio::net::TcpListener;
use url::Url;

/// How long processing and moderation take in the tests: too long to pass by itself.
pub(crate) const STEP: Duration = Duration::from_secs(100);
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/callback";
pub(crate) const DIRECT: &str = "/v2/post/publish/video/init/";
pub(crate) const INBOX: &str = "/v2/post/publish/inbox/video/init/";
pub(crate) const CONTENT: &str = "/v2/post/publish/content/init/";
pub(crate) const STATUS: &str = "/v2/post/publish/status/fetch/";
pub(crate) const CANCEL: &str = "/v2/post/publish/cancel/";
pub(crate) const CREATOR: &str = "/v2/post/publish/creator_info/query/";

/// A simulator and a client of it that follows no redirects.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) sim: Simulator,
    pub(crate) http: reqwest::Client,
}

#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) open_id: String,
}

/// A JSON answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().or(self.body["error"].as_str()).unwrap_or_default()
    }

    pub(crate) fn verdict(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.verdict(), (200, "ok"), "{}", self.body);
        &self.body["data"]
    }
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { processing_delay: STEP, ..Config::default() };
        change(&mut config);
        let sim = Simulator::start(config).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { sim, http }
    }

    /// The authorization page's answer, with these parameters in place of the usual ones (an empty value removes one).
    pub(crate) async fn authorize(&self, changes: &[(&str, &str)]) -> reqwest::Response {
        let key = self.sim.client_key();
        let all = Scope::join(&Scope::ALL);
        let usual = [
            ("client_key", key.as_str()),
            ("response_type", "code"),
            ("scope", &all),
            ("redirect_uri", REDIRECT),
            ("state", "state & more=1"),
        ];
        let mut params: HashMap<&str, &str> = usual.into();
        params.extend(changes.iter().copied());
        params.retain(|_, value| !value.is_empty());
        let url = format!("{}/v2/auth/authorize/", self.sim.url());
        self.http.get(url).query(&params).send().await.unwrap()
    }

    /// The parameters TikTok sends the browser back with.
    pub(crate) async fn callback(&self, changes: &[(&str, &str)]) -> HashMap<String, String> {
        let answer = self.authorize(changes).await;
        assert_eq!(answer.status(), 302);
        params_of(&answer)
    }

    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Reply {
        let key = self.sim.client_key();
        let secret = self.sim.client_secret();
        let mut fields: HashMap<&str, &str> = [("client_key", key.as_str()), ("client_secret", secret.expose())].into();
        fields.extend(form.iter().copied());
        fields.retain(|_, value| !value.is_empty());
        let url = format!("{}/v2/oauth/token/", self.sim.url());
        reply(self.http.post(url).form(&fields).send().await.unwrap()).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Reply {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)]).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Reply {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn revoke(&self, token: &str) -> Reply {
        let secret = self.sim.client_secret();
        let form = [("client_key", self.sim.client_key()), ("client_secret", secret.expose().to_owned())];
        let form: Vec<(&str, String)> = form.into_iter().chain([("token", token.to_owned())]).collect();
        let url = format!("{}/v2/oauth/revoke/", self.sim.url());
        reply(self.http.post(url).form(&form).send().await.unwrap()).await
    }

    /// Logs the first user in with every scope.
    pub(crate) async fn login(&self) -> Tokens {
        self.login_with(&[]).await
    }

    pub(crate) async fn login_with(&self, changes: &[(&str, &str)]) -> Tokens {
        let callback = self.callback(changes).await;
        tokens(&self.exchange(&callback["code"]).await)
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Reply {
        let url = format!("{}{path}", self.sim.url());
        reply(self.http.post(url).bearer_auth(token).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Reply {
        let url = format!("{}{path}", self.sim.url());
        reply(self.http.get(url).bearer_auth(token).send().await.unwrap()).await
    }

    pub(crate) async fn status(&self, tokens: &Tokens, publish_id: &str) -> Reply {
        self.post(STATUS, &tokens.access, &json!({"publish_id": publish_id})).await
    }

    /// Accepted init of a direct post; returns publish id and upload URL.
    pub(crate) async fn init(&self, tokens: &Tokens, size: u64, chunk: u64) -> (String, String) {
        self.init_at(DIRECT, tokens, &direct(size, chunk)).await
    }

    pub(crate) async fn init_at(&self, path: &str, tokens: &Tokens, body: &Value) -> (String, String) {
        let answer = self.post(path, &tokens.access, body).await;
        let text = |name: &str| answer.data()[name].as_str().unwrap_or_default().to_owned();
        (text("publish_id"), text("upload_url"))
    }

    pub(crate) async fn put(&self, url: &str, range: &str, body: Bytes) -> Result<(u16, String), reqwest::Error> {
        let request = self.http.put(url).header("Content-Type", "video/mp4").header("Content-Range", range);
        let answer = request.body(body).send().await?;
        let progress = answer.headers().get("Content-Range").map(|value| value.to_str().unwrap().to_owned());
        Ok((answer.status().as_u16(), progress.unwrap_or_default()))
    }

    /// Uploads a small video whole; returns its publish id.
    pub(crate) async fn publish_video(&self, tokens: &Tokens, path: &str, body: &Value, video: &Bytes) -> String {
        let (publish_id, url) = self.init_at(path, tokens, body).await;
        let range = format!("bytes 0-{}/{}", video.len() - 1, video.len());
        assert_eq!(self.put(&url, &range, video.clone()).await.unwrap().0, 201);
        publish_id
    }

    /// Waits until the ledger shows what is asked for.
    pub(crate) async fn until(&self, what: &str, shows: impl Fn(&Ledger) -> bool) -> Ledger {
        for _ in 0..4000 {
            let ledger = self.sim.ledger();
            if shows(&ledger) {
                return ledger;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never: {what}\n{:#?}", self.sim.ledger());
    }

    pub(crate) fn state(&self, publish_id: &str) -> PublishState {
        self.sim.ledger().publish(publish_id).unwrap().state
    }
}

pub(crate) async fn reply(answer: reqwest::Response) -> Reply {
    let status = answer.status().as_u16();
    Reply { status, body: answer.json().await.unwrap_or(Value::Null) }
}

pub(crate) fn tokens(reply: &Reply) -> Tokens {
    let text = |name: &str| reply.body[name].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned();
    Tokens { access: text("access_token"), refresh: text("refresh_token"), open_id: text("open_id") }
}

pub(crate) fn params_of(redirect: &reqwest::Response) -> HashMap<String, String> {
    let location = redirect.headers()["Location"].to_str().unwrap();
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// The init body of a public direct post by upload.
pub(crate) fn direct(size: u64, chunk: u64) -> Value {
    json!({"post_info": {"privacy_level": "PUBLIC_TO_EVERYONE", "title": "hello #sim"}, "source_info": source(size, chunk)})
}

/// The source of an upload with the right chunk count.
pub(crate) fn source(size: u64, chunk: u64) -> Value {
    json!({"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": size / chunk})
}

/// So many bytes that begin like an MP4 and are nowhere alike.
pub(crate) fn video(size: usize) -> Bytes {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\0mdat".to_vec();
    bytes.resize(size.max(bytes.len()), 0);
    let mut state = 0x9e37_79b9_u32;
    for byte in bytes.iter_mut().skip(32) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte = state.to_be_bytes()[0];
    }
    bytes.truncate(size);
    bytes.into()
}

/// The bytes from `first` to before `end`.
pub(crate) fn part(bytes: &Bytes, first: u64, end: u64) -> Bytes {
    bytes.slice(usize::try_from(first).unwrap()..usize::try_from(end).unwrap())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A server that records what it gets and answers from a list, then with its last answer for ever.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: Url,
    pub(crate) got: Arc<Mutex<Vec<Got>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) signature: String,
    pub(crate) body: Bytes,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The content, parsed a second time.
    pub(crate) fn content(&self) -> Value {
        serde_json::from_str(self.json()["content"].as_str().unwrap()).unwrap()
    }
}

impl Receiver {
    /// Answers each request with the next status, always with this body.
    pub(crate) async fn start(statuses: &[u16], body: impl Into<Bytes>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/hook", listener.local_addr().unwrap())).unwrap();
        let got = Arc::new(Mutex::new(Vec::new()));
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        let (log, body) = (Arc::clone(&got), body.into());
        let answer = move |request: Request<Incoming>, _| {
            let (log, statuses, body) = (Arc::clone(&log), Arc::clone(&statuses), body.clone());
            async move {
                let signature = request.headers().get("TikTok-Signature").cloned();
                let signature = signature.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
                let received = request.into_body().collect().await.unwrap().to_bytes();
                log.lock().unwrap().push(Got { signature, body: received });
                let mut statuses = statuses.lock().unwrap();
                let status = if statuses.len() > 1 { statuses.pop_front().unwrap() } else { statuses[0] };
                let mut answer = Response::new(Full::new(body));
                *answer.status_mut() = status.try_into().unwrap();
                if status == 302 {
                    answer.headers_mut().insert("Location", "/hook".parse().unwrap());
                }
                Ok::<_, Infallible>(answer)
            }
        };
        tokio::spawn(serve(listener, Idle::Kept, std::future::pending(), answer));
        Self { url, got }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}
