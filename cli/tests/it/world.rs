//! One deployment with one connected creator, and a customer's machine with the program on it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use slipway_local::{LogSink, Stack, StackOptions, tiktok_parameters};
use tempfile::TempDir;
use tiktok_sim::{Config, Simulator};

use super::program::Program;

const SAMPLE: &[u8] = include_bytes!("../../../infra/local/sample/sample.mp4");

/// The stack, TikTok, and the customer's folder.
pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) tiktok: Simulator,
    pub(crate) key: String,
    pub(crate) account: String,
    folder: TempDir,
    http: reqwest::Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub(crate) async fn with(tiktok: Config) -> Self {
        Self::that_trusts(tiktok, "").await
    }

    /// The same, whose operator has webhooks sent to this origin, too.
    pub(crate) async fn that_trusts(mut tiktok: Config, origin: &str) -> Self {
        log_watch::start();
        if tiktok.processing_delay == Config::default().processing_delay {
            // Nobody learns anything from waiting for a verdict.
            tiktok.processing_delay = Duration::from_millis(100);
        }
        let tiktok = Simulator::start(tiktok).await.expect("the simulator starts");
        let others = [
            ("PublicBaseUrl", "{api_url}".to_owned()),
            ("PullDomain", String::new()),
            ("WebhookTrustedOrigins", origin.to_owned()),
            ("RateLimitPercent", "0".to_owned()),
        ];
        let mut parameters = tiktok_parameters(&tiktok);
        parameters.extend(others.map(|(name, value)| (name.to_owned(), value)));
        let log = LogSink::call(|line| log_watch::read(&line.text));
        let options = StackOptions { parameters, schedules: false, log, ..StackOptions::default() };
        let stack = Stack::start(options).await.expect("the stack starts");
        tiktok.set_webhook_url(Some(format!("{}/webhooks/tiktok", stack.api_url()).parse().unwrap()));
        let made = json!({"slipway": "create_key", "email": "owner@example.com", "name": "program"});
        let made = stack.invoke("WorkspaceFunction", made).await.expect("a key is made");
        let key = made["raw_key"].as_str().expect("the key is shown").to_owned();
        let folder = tempfile::tempdir().unwrap();
        let http = reqwest::Client::new();
        let mut world = Self { stack, tiktok, key, account: String::new(), folder, http };
        world.account = world.connect().await;
        world
    }

    /// Connects the creator who is logged in at TikTok; answers the account's id.
    pub(crate) async fn connect(&self) -> String {
        let asked = self.post("/v1/accounts/connect", &json!({"platform": "tiktok"})).await;
        let page = self.http.get(asked["auth_url"].as_str().unwrap()).send().await.unwrap();
        assert!(page.status().is_success());
        self.get("/v1/accounts").await["data"][0]["id"].as_str().expect("an account is connected").to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.stack.api_url());
        self.http.get(url).bearer_auth(&self.key).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.stack.api_url());
        self.http.post(url).bearer_auth(&self.key).json(body).send().await.unwrap().json().await.unwrap()
    }

    /// The bytes that the API has of this media.
    pub(crate) async fn content(&self, media: &str) -> Vec<u8> {
        let url = self.get(&format!("/v1/media/{media}")).await["url"].as_str().unwrap().to_owned();
        self.http.get(url).send().await.unwrap().bytes().await.unwrap().to_vec()
    }

    /// A playable video of this size on the customer's machine. What comes after the sample is skipped by players.
    pub(crate) fn video(&self, name: &str, size: u64) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, SAMPLE).unwrap();
        if let Some(padding) = size.checked_sub(SAMPLE.len() as u64).filter(|padding| *padding > 0) {
            let mut video = SAMPLE.to_vec();
            video.extend_from_slice(&u32::try_from(padding).expect("under 4 GiB").to_be_bytes());
            video.extend_from_slice(b"free");
            std::fs::write(&path, video).unwrap();
            // The rest is a hole that reads as zeros and takes no room on the disk.
            std::fs::File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
        }
        path
    }

    /// A file with this content.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Where the program notes unfinished work.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The program, ready to be started with these arguments.
    pub(crate) fn slipway(&self, arguments: &[&str]) -> Program {
        Program::new(arguments)
            .env("SLIPWAY_API_URL", &self.stack.api_url())
            .env("SLIPWAY_API_KEY", &self.key)
            .env("SLIPWAY_STATE_DIR", self.state().to_str().unwrap())
    }
}

/// Asks again and again until there is an answer, or half a minute is over.
pub(crate) async fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    let asking = async {
        loop {
            tick.tick().await;
            if let Some(found) = ask() {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking).await.unwrap_or_else(|_| panic!("never: {what}"))
}
