//! What `cargo run` starts, as a process.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value as Json;
use tiktok_sim::{Action, Config, Consent, Endpoint, FailReason, Fault, Simulator};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The program with `--json`.
struct Program {
    child: Child,
    events: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// With `--once`, and a TikTok that runs elsewhere.
    fn start(tiktok: &Simulator) -> Self {
        let (url, key, secret) = (tiktok.url(), tiktok.client_key(), tiktok.client_secret());
        let tiktok = ["--tiktok-url", &url, "--tiktok-client-key", &key, "--tiktok-client-secret", secret.expose()];
        Self::with(&[&["--once"], &tiktok[..]].concat())
    }

    /// With a TikTok of its own, and this folder for data.
    fn with_data(folder: &Path, flags: &[&str]) -> Self {
        Self::with(&[&["--data", folder.to_str().unwrap()], flags].concat())
    }

    fn with(flags: &[&str]) -> Self {
        Self::with_temporary(&std::env::temp_dir(), flags)
    }

    /// With this folder for what is temporary.
    fn with_temporary(folder: &Path, flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_slipway-local"))
            .env("TMPDIR", folder)
            .args(["--json", "--port", "0"])
            .args(flags)
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_killed_in_mid_publish_goes_on_with_its_data_and_publishes_once() {
    let folder = tempfile::tempdir().unwrap();
    let http = reqwest::Client::new();
    let mut program = Program::with_data(folder.path(), &[]);
    let ready = program.until("ready").await;
    // Long enough to be killed before the verdict.
    let slow = http.post(format!("{}/_sim/config", ready["tiktok_url"].as_str().unwrap()));
    let slow = slow.body(r#"{"processing_delay_ms": 5000}"#).send().await.unwrap();
    assert!(slow.status().is_success());
    let post = loop {
        let post = program.until("post").await["post"].clone();
        if post["targets"][0]["metadata"]["state"] == "processing" {
            break post["id"].as_str().unwrap().to_owned();
        }
    };
    program.child.kill().await.unwrap();

    let mut program = Program::with_data(folder.path(), &["--no-sample"]);
    let again = program.until("ready").await;
    assert_eq!(again["api_key"], ready["api_key"]);
    let key = again["api_key"].as_str().unwrap();
    let get = async |base: &Json, path: &str| -> Json {
        let url = format!("{}{path}", base.as_str().unwrap());
        http.get(url).bearer_auth(key).send().await.unwrap().json().await.unwrap()
    };
    let end = tokio::time::Instant::now() + std::time::Duration::from_mins(2);
    loop {
        let found = get(&again["api_url"], &format!("/v1/posts/{post}")).await;
        if found["status"] == "published" {
            break;
        }
        assert!(tokio::time::Instant::now() < end && found["status"] == "publishing", "{found:#}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let published = get(&again["tiktok_url"], "/_sim/ledger/published").await;
    assert_eq!(published.as_array().unwrap().len(), 1, "{published:#}");
    // The account's tokens are those from before.
    let accounts = get(&again["api_url"], "/v1/accounts").await;
    let path = format!("/v1/accounts/{}/creator-info", accounts["data"][0]["id"].as_str().unwrap());
    assert_eq!(get(&again["api_url"], &path).await["can_post"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_posts_locks_nobody_out_and_another_account_connects() {
    let mut program = Program::with(&["--no-sample"]);
    let ready = program.until("ready").await;
    let (api, tiktok) = (ready["api_url"].as_str().unwrap(), ready["tiktok_url"].as_str().unwrap());
    let http = reqwest::Client::new();
    let config: Json = http.get(format!("{tiktok}/_sim/config")).send().await.unwrap().json().await.unwrap();
    assert_eq!(config["daily_post_cap"], Json::Null);
    let key = ready["api_key"].as_str().unwrap();
    for user in ["first", "second"] {
        for (path, name) in [("users", "username"), ("login", "user")] {
            let body = serde_json::json!({ name: user }).to_string();
            let done = http.post(format!("{tiktok}/_sim/{path}")).body(body).send().await.unwrap();
            assert!(done.status().is_success());
        }
        let connect = http.post(format!("{api}/v1/accounts/connect")).bearer_auth(key);
        let begun = connect.json(&serde_json::json!({"platform": "tiktok"})).send().await.unwrap();
        let begun: Json = begun.json().await.unwrap();
        assert!(http.get(begun["auth_url"].as_str().unwrap()).send().await.unwrap().status().is_success());
    }
    let accounts = http.get(format!("{api}/v1/accounts")).bearer_auth(key);
    let accounts: Json = accounts.send().await.unwrap().json().await.unwrap();
    let mut names: Vec<_> =
        accounts["data"].as_array().unwrap().iter().map(|account| account["username"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["first", "second"]);
    // More than TikTok's creators usually may, and more than an hour's worth by default.
    let sample = include_bytes!("../../sample/sample.mp4").as_slice();
    let form = reqwest::multipart::Form::new();
    let form = form.part("file", reqwest::multipart::Part::bytes(sample).file_name("sample.mp4"));
    let media = http.post(format!("{api}/v1/media/upload")).bearer_auth(key).multipart(form).send().await.unwrap();
    let media: Json = media.json().await.unwrap();
    for number in 1..=30 {
        let post = serde_json::json!({
            "targets": [{"account_id": accounts["data"][0]["id"]}], "media_ids": [media["media_id"]],
            "text": format!("Post {number}"), "publish_now": true,
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
        });
        let made = http.post(format!("{api}/v1/posts")).bearer_auth(key).json(&post).send().await.unwrap();
        assert_eq!(made.status(), 201, "post {number}: {}", made.text().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_session_leaves_the_next_one_removes() {
    let folder = tempfile::tempdir().unwrap();
    let left = || std::fs::read_dir(folder.path()).unwrap().count();
    let mut killed = Program::with_temporary(folder.path(), &["--no-sample"]);
    let log = killed.until("ready").await["log"].as_str().unwrap().to_owned();
    killed.child.kill().await.unwrap();
    assert!(Path::new(&log).starts_with(folder.path()) && left() > 0, "{log}");
    let mut next = Program::with_temporary(folder.path(), &["--no-sample", "--once"]);
    next.until("ready").await;
    assert_eq!(next.code().await, Some(0));
    assert_eq!(left(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_a_stand_in_are_in_the_log_and_not_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    // Where the simulated TikTok would write.
    std::fs::create_dir(folder.path().join("tiktok.new")).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_slipway-local"))
        .args(["--once", "--no-sample", "--port", "0", "--data", folder.path().to_str().unwrap()])
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let screen = [ended.stdout, ended.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).join("\n");
    assert!(screen.contains("start TikTok") && !screen.contains("ERROR"), "{screen}");
    let log = std::fs::read_to_string(folder.path().join("functions.log")).unwrap();
    assert!(log.contains("ERROR") && log.contains("can't write what it is to remember"), "{log}");
}
