//! A door before the API at which things can be made to happen to a request or its answer.

use std::future::pending;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use reqwest::Client;
use rustix::process::Pid;

use super::program::kill;

/// A proxy of the API.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    api: String,
    http: Client,
    /// Calls of POST /v1/posts, by idempotency key.
    keys: Mutex<Vec<String>>,
    /// What happens to the next answer to POST /v1/posts.
    plan: Mutex<Option<Plan>>,
    /// The program that is killed before it sees an answer, and how many answers it still sees.
    victim: Mutex<Option<(Pid, usize)>>,
}

/// What happens to an answer.
#[derive(Clone, Copy)]
pub(crate) enum Plan {
    /// It gets lost.
    Lose,
    /// The program is killed before it sees it.
    Kill(Pid),
}

impl Door {
    pub(crate) async fn open(api: String) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (keys, plan, victim) = (Mutex::default(), Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { api, http: Client::new(), keys, plan, victim });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(crate) fn plan(&self, plan: Plan) {
        *self.shared.plan.lock().unwrap() = Some(plan);
    }

    /// Kills this program when it is owed an answer for the `n`th time, from 0, whatever it asked for.
    pub(crate) fn kill_at(&self, victim: Pid, n: usize) {
        *self.shared.victim.lock().unwrap() = Some((victim, n));
    }

    /// The idempotency keys with which posts were asked for.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.shared.keys.lock().unwrap().clone()
    }
}

impl Shared {
    /// Counts an answer, and says whether it is the one that must not be seen.
    fn next_of_victim(&self) -> Option<Plan> {
        let mut victim = self.victim.lock().unwrap();
        let (pid, left) = victim.take()?;
        if left == 0 {
            return Some(Plan::Kill(pid));
        }
        *victim = Some((pid, left - 1));
        None
    }
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap();
    let is_create = parts.method == "POST" && parts.uri.path() == "/v1/posts";
    let key = parts.headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
    let mut headers = parts.headers;
    headers.remove("host");
    let url = format!("{}{}", shared.api, parts.uri);
    let answer = shared.http.request(parts.method, url).headers(headers).body(body).send().await.unwrap();
    let plan = if is_create {
        shared.keys.lock().unwrap().push(key.expect("a post is asked for with a key"));
        shared.plan.lock().unwrap().take()
    } else {
        None
    };
    match plan.or_else(|| shared.next_of_victim()) {
        None => {}
        Some(Plan::Lose) => {
            return Response::builder().status(502).body(Body::from("the answer was lost")).unwrap();
        }
        Some(Plan::Kill(pid)) => {
            kill(pid);
            return pending().await;
        }
    }
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
