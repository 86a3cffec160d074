//! What `cargo run` starts, as a process, with a TikTok that runs elsewhere.

use std::process::Stdio;

use serde_json::Value as Json;
use tiktok_sim::{Action, Config, Consent, Endpoint, FailReason, Fault, Simulator};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// The program with `--once` and `--json`.
struct Program {
    child: Child,
    events: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(tiktok: &Simulator) -> Self {
        let (url, key) = (tiktok.url(), tiktok.client_key());
        let mut child = Command::new(env!("CARGO_BIN_EXE_slipway-local"))
            .args(["--once", "--json", "--port", "0", "--tiktok-url", &url, "--tiktok-client-key", &key])
            .args(["--tiktok-client-secret", tiktok.client_secret().expose()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let events = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, events }
    }

    /// Reads up to the event of this name.
    async fn until(&mut self, name: &str) -> Json {
        loop {
            let line = self.events.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended without {name}"));
            let event: Json = serde_json::from_str(&line).expect("each line is JSON");
            if event["event"] == name {
                return event;
            }
            assert!(event["event"] != "failed", "{event}");
        }
    }

    /// Reads up to the API, and has TikTok's webhooks go there.
    async fn until_ready(&mut self, tiktok: &Simulator) {
        let ready = self.until("ready").await;
        tiktok.set_webhook_url(Some(ready["webhook_url"].as_str().unwrap().parse().unwrap()));
    }

    async fn code(mut self) -> Option<i32> {
        while self.events.next_line().await.unwrap().is_some() {}
        self.child.wait().await.unwrap().code()
    }
}

/// Does what the creator does on TikTok's page: allows all that is asked.
async fn approve(page: &str) {
    let page: reqwest::Url = page.parse().unwrap();
    let mut form: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    let scopes = form.iter().find(|(name, _)| name == "scope").unwrap().1.clone();
    form.extend(scopes.split(',').map(|scope| ("grant".to_owned(), scope.to_owned())));
    form.push(("decision".to_owned(), "approve".to_owned()));
    let pressed = reqwest::Client::new().post(page.join("/v2/auth/authorize/").unwrap()).form(&form).send();
    assert!(pressed.await.unwrap().status().is_success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tiktok_that_redirects_needs_no_person() {
    let tiktok = Simulator::start(Config::default()).await.unwrap();
    let mut program = Program::start(&tiktok);
    program.until_ready(&tiktok).await;
    program.until("connected").await;
    let created = program.until("created").await;
    assert_eq!(program.until("published").await["post_id"], created["post_id"]);
    assert_eq!(program.code().await, Some(0));
    assert_eq!(tiktok.ledger().published().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_tiktoks_is_left_to_a_person() {
    let tiktok = Simulator::start(Config { consent: Consent::Page, ..Config::default() }).await.unwrap();
    let mut program = Program::start(&tiktok);
    program.until_ready(&tiktok).await;
    let asked = program.until("authorize").await;
    approve(asked["url"].as_str().unwrap()).await;
    program.until("connected").await;
    program.until("published").await;
    assert_eq!(program.code().await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_that_tiktok_refuses_is_a_failure() {
    let tiktok = Simulator::start(Config::default()).await.unwrap();
    let refuse = Action::FailPublish { reason: FailReason::FrameRate };
    tiktok.fault(Fault::on(Endpoint::VideoInit, refuse));
    let mut program = Program::start(&tiktok);
    program.until_ready(&tiktok).await;
    let failed = program.until("error").await;
    assert_eq!(failed["kind"], "refused");
    assert_eq!(program.code().await, Some(1));
}
