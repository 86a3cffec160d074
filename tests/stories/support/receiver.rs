//! A customer's endpoint, which is told what happens.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::loopback;

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    /// The path that was called.
    pub(crate) path: String,
    /// The headers, their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// The body as it came.
    pub(crate) body: String,
    /// What was answered.
    pub(crate) answered: u16,
}

impl Delivered {
    pub(crate) fn event(&self) -> String {
        self.json()["event"].as_str().expect("a delivery names its event").to_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a delivery is JSON")
    }

    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) delay: Duration,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: String::new(), delay: Duration::ZERO }
    }
}

/// Decides by a body how it is replied to.
type Judge = Box<dyn FnMut(&Value) -> Reply + Send>;

#[derive(Default)]
struct State {
    came: Vec<Delivered>,
    /// The next replies to a path; 200 if none is left.
    next: BTreeMap<String, VecDeque<Reply>>,
    /// What a path is always replied, if nothing is next.
    always: BTreeMap<String, Reply>,
    /// Who decides about a path, if nothing is next.
    judges: BTreeMap<String, Judge>,
}

/// A server on loopback.
pub(crate) struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        Self { address: loopback::listen(&state, serve).await, state }
    }

    /// What an operator writes to trust it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What came to a path, but for the test of a new endpoint.
    pub(crate) fn came(&self, path: &str) -> Vec<Delivered> {
        let state = self.state.lock().unwrap();
        let is_told = |came: &&Delivered| came.path == path && came.event() != "webhook.test";
        state.came.iter().filter(is_told).cloned().collect()
    }

    /// All that came to a path.
    pub(crate) fn all(&self, path: &str) -> Vec<Delivered> {
        self.state.lock().unwrap().came.iter().filter(|came| came.path == path).cloned().collect()
    }

    /// How the next requests of a path are replied to.
    pub(crate) fn reply(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().unwrap().next.entry(path.to_owned()).or_default().extend(replies);
    }

    /// How all other requests of a path are replied to from now on.
    pub(crate) fn always(&self, path: &str, reply: Reply) {
        self.state.lock().unwrap().always.insert(path.to_owned(), reply);
    }

    /// Who decides from now on how requests of a path are replied to.
    pub(crate) fn judge(&self, path: &str, judge: impl FnMut(&Value) -> Reply + Send + 'static) {
        self.state.lock().unwrap().judges.insert(path.to_owned(), Box::new(judge));
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    // Until the caller hangs up: connections are kept.
    while let Some((path, headers, body)) = request(&mut stream).await {
        let reply = {
            let mut state = state.lock().unwrap();
            let next = state.next.get_mut(&path).and_then(VecDeque::pop_front);
            let json = || serde_json::from_str(&body).expect("a delivery is JSON");
            let judged = next.or_else(|| state.judges.get_mut(&path).map(|judge| judge(&json())));
            let reply = judged.or_else(|| state.always.get(&path).cloned()).unwrap_or_else(|| Reply::status(200));
            state.came.push(Delivered { path, headers, body, answered: reply.status });
            reply
        };
        tokio::time::sleep(reply.delay).await;
        let Reply { status, headers, .. } = reply;
        let text = format!("HTTP/1.1 {status} Answer\r\n{headers}Content-Length: 6\r\n\r\nthanks");
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<(String, BTreeMap<String, String>, String)> {
    let head = loopback::head(stream).await?;
    let path = head.split(' ').nth(1).expect("a request has a path").to_owned();
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().expect("a length is a number"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((path, headers, String::from_utf8(body).expect("a body is text")))
}
