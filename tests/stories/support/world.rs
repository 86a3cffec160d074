//! One deployment with one connected creator, as a customer sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use slipway_local::{LogSink, Stack, StackOptions, tiktok_parameters};
use tiktok_sim::{Config, RateLimits, Simulator, User};

use super::described::must_be_described;
use super::{Answer, Nets, Secret, leaks, secrets_in, secrets_of};

/// How long TikTok takes for an outcome, unless the story says otherwise.
const THINKING: Duration = Duration::from_millis(100);

/// How a world differs from the ordinary one.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) tiktok: Config,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) timeouts: BTreeMap<String, Duration>,
    /// TikTok has no webhook registered: polling is all there is.
    pub(crate) no_webhook: bool,
    /// Schedules fire by themselves; otherwise a story runs them when it wants to.
    pub(crate) schedules: bool,
    /// A folder with the functions' programs, instead of what cargo builds.
    pub(crate) programs: Option<PathBuf>,
    /// The most processes of a function at the same time, instead of the stack's own bound.
    pub(crate) instances: Option<usize>,
}

impl Setup {
    /// TikTok and the operator allow hundreds of posts a creator. Only our own line for the minute stays.
    pub(crate) fn of_many_posts() -> Self {
        let rate_limits = RateLimits { init: None, creator_info: None, ..RateLimits::default() };
        let most = |name: &str| (name.to_owned(), "100".to_owned());
        Self {
            tiktok: Config { rate_limits, daily_post_cap: Some(1000), ..Config::default() },
            parameters: ["PostsPerHour", "PostsPerDay"].map(most).into(),
            ..Self::default()
        }
    }
}

/// The stack, TikTok, and a customer with a key and an account.
pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) tiktok: Simulator,
    /// The tables, as only a story about time or crashes may touch them.
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) key: String,
    pub(crate) account: String,
    /// The brand that the customer has from the beginning.
    pub(crate) brand: String,
    http: Client,
    logs: Arc<Mutex<Vec<String>>>,
    /// What answers have shown once.
    shown: Mutex<Vec<Secret>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        // The stack's own words; the functions' are read when the story ends.
        log_watch::start();
        let mut config = setup.tiktok;
        if config.processing_delay == Config::default().processing_delay {
            config.processing_delay = THINKING;
        }
        let tiktok = Simulator::start(config).await.expect("the simulator starts");
        let logs = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&logs);
        let mut parameters = tiktok_parameters(&tiktok);
        parameters.extend([
            ("PublicBaseUrl".to_owned(), "{api_url}".to_owned()),
            ("StatusFirstCheckSeconds".to_owned(), "30".to_owned()),
            ("LogLevel".to_owned(), "DEBUG".to_owned()),
            // A story is as fast as it can.
            ("RateLimitPercent".to_owned(), "0".to_owned()),
        ]);
        parameters.extend(setup.parameters);
        let ordinary = StackOptions::default();
        let stack = Stack::start(StackOptions {
            parameters,
            timeouts: setup.timeouts,
            schedules: setup.schedules,
            log: LogSink::call(move |line| sink.lock().unwrap().push(format!("{line:?}"))),
            bin_dir: setup.programs,
            instances: setup.instances.unwrap_or(ordinary.instances),
            ..ordinary
        })
        .await
        .expect("the stack starts");
        stack.deployment().let_fetch(&tiktok).expect("the simulator fetches");
        if !setup.no_webhook {
            tiktok.set_webhook_url(Some(format!("{}/webhooks/tiktok", stack.api_url()).parse().unwrap()));
        }
        let made = json!({"slipway": "create_key", "email": "owner@example.com", "name": "story"});
        let made = stack.invoke("WorkspaceFunction", made).await.expect("a key is made");
        let text = |name: &str| made[name].as_str().expect("it is shown").to_owned();
        let (key, brand, account) = (text("raw_key"), text("brand_id"), String::new());
        // The gateway closes what is idle for half a minute; who sends at that very moment gets no answer.
        let http = Client::builder().pool_idle_timeout(Duration::from_secs(10)).build().expect("a client");
        let dynamodb = aws_sdk_dynamodb::Client::new(&stack.deployment().owner_config().await);
        let mut world = Self { stack, tiktok, dynamodb, key, account, brand, http, logs, shown: Mutex::default() };
        world.account = world.connect().await;
        world
    }

    /// Another creator comes to TikTok and connects.
    pub(crate) async fn connect_newcomer(&self) -> String {
        let open_id = self.tiktok.add_user(User::default());
        self.authorize(&format!("&sim_user={open_id}")).await;
        open_id
    }

    /// A browser on TikTok's page, which takes `extra` besides TikTok's own parameters, and then on ours.
    async fn authorize(&self, extra: &str) {
        let asked = self.post("/v1/accounts/connect", json!({"platform": "tiktok"})).await.expect(202);
        let page = format!("{}{extra}", asked["auth_url"].as_str().unwrap());
        let page = self.http.get(page).send().await.expect("TikTok's page answers");
        assert!(page.status().is_success(), "{}: {}", page.status(), page.text().await.unwrap());
    }

    /// Connects the creator who is logged in at TikTok, as a browser would.
    pub(crate) async fn connect(&self) -> String {
        self.authorize("").await;
        let accounts = self.get("/v1/accounts").await.expect(200);
        accounts["data"].as_array().unwrap().last().expect("an account is connected")["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, format!("{}{path}", self.stack.api_url())).bearer_auth(&self.key)
    }

    /// The same with another key.
    pub(crate) fn request_with(&self, key: &str, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, format!("{}{path}", self.stack.api_url())).bearer_auth(key)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let answer = Answer::read(self.request("GET", path).send().await.expect("the API answers")).await;
        must_be_described("GET", path, &answer);
        answer
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let answer = Answer::read(self.request("POST", path).json(&body).send().await.expect("the API answers")).await;
        self.has_shown(&answer.body);
        must_be_described("POST", path, &answer);
        answer
    }

    /// Notes what of an answer must not be logged.
    pub(crate) fn has_shown(&self, answer: &Value) {
        self.shown.lock().unwrap().extend(secrets_in(answer));
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        let answer = Answer::read(self.request("DELETE", path).send().await.expect("the API answers")).await;
        must_be_described("DELETE", path, &answer);
        answer
    }

    /// Another creator's account.
    pub(crate) async fn newcomer(&self) -> String {
        let user = self.connect_newcomer().await;
        self.account_of(&user).await
    }

    /// The account of this user of TikTok's.
    pub(crate) async fn account_of(&self, open_id: &str) -> String {
        let accounts = self.get("/v1/accounts?limit=100").await.expect(200);
        let accounts = accounts["data"].as_array().unwrap();
        let account = accounts.iter().find(|account| account["platform_user_id"] == open_id);
        account.expect("it is connected")["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn disconnect(&self, account: &str) -> Answer {
        self.delete(&format!("/v1/accounts/{account}")).await
    }

    /// Uploads a video by a presigned URL; answers the media id.
    pub(crate) async fn upload(&self, video: Vec<u8>) -> String {
        let wanted = json!({"content_type": "video/mp4", "filename": "video.mp4", "size_bytes": video.len()});
        let url = self.post("/v1/media/upload-url", wanted).await.expect(200);
        let mut put = self.http.put(url["upload_url"].as_str().unwrap()).body(video);
        for (name, value) in url["headers"].as_object().unwrap() {
            put = put.header(name, value.as_str().unwrap());
        }
        let put = put.send().await.expect("S3 answers");
        assert!(put.status().is_success(), "{}: {}", put.status(), put.text().await.unwrap());
        url["media_id"].as_str().unwrap().to_owned()
    }

    /// Has media imported from there; answers the media id.
    pub(crate) async fn import(&self, url: &str) -> String {
        let item = self.post("/v1/media/import", json!({"url": url})).await.expect(202);
        assert_eq!(item["status"], "pending", "{item:#}");
        item["id"].as_str().unwrap().to_owned()
    }

    /// The media, once it is in this status.
    pub(crate) async fn until_media(&self, id: &str, status: &str) -> Value {
        self.until_media_by(Nets::Redelivery, id, status).await
    }

    /// The same, with these nets below it.
    pub(crate) async fn until_media_by(&self, nets: Nets, id: &str, status: &str) -> Value {
        self.until_shows(nets, &format!("/v1/media/{id}"), id, status).await
    }

    /// The content of media as a customer gets it.
    pub(crate) async fn content(&self, media: &Value) -> Vec<u8> {
        let answer = self.http.get(media["url"].as_str().unwrap()).send().await.expect("S3 answers");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.bytes().await.expect("the whole file").into()
    }

    /// The body of a post of this media that is published at once, for the creator alone.
    pub(crate) fn body(&self, media: &str, text: &str) -> Value {
        json!({
            "text": text,
            "media_ids": [media],
            "targets": [{"account_id": self.account}],
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
            "publish_now": true,
        })
    }

    /// Posts this media at once; answers the post's id.
    pub(crate) async fn publish(&self, media: &str) -> String {
        let post = self.post("/v1/posts", self.body(media, "A story")).await.expect(201);
        post["id"].as_str().unwrap().to_owned()
    }

    /// A post of this account that is to be published in so many seconds; answers its id.
    pub(crate) async fn schedule(&self, account: &str, media: &str, text: &str, seconds: i64) -> String {
        let mut body = self.body(media, text);
        body.as_object_mut().unwrap().remove("publish_now");
        body["targets"] = json!([{"account_id": account}]);
        body["scheduled_at"] = json!((Timestamp::now() + SignedDuration::from_secs(seconds)).to_string());
        let post = self.post("/v1/posts", body).await.expect(201);
        assert_eq!(post["status"], "scheduled", "{post:#}");
        post["id"].as_str().unwrap().to_owned()
    }

    /// Another creator's account in this brand.
    pub(crate) async fn newcomer_of(&self, brand: &str) -> String {
        let asked = json!({"platform": "tiktok", "brand_id": brand});
        let asked = self.post("/v1/accounts/connect", asked).await.expect(202);
        let creator = self.tiktok.add_user(User::default());
        let page = format!("{}&sim_user={creator}", asked["auth_url"].as_str().unwrap());
        assert!(reqwest::get(page).await.expect("TikTok's page answers").status().is_success());
        self.account_of(&creator).await
    }

    /// The post, once it is in this status. The sweep does not help.
    pub(crate) async fn until_post(&self, id: &str, status: &str) -> Value {
        self.until_post_by(Nets::Redelivery, id, status).await
    }

    /// The same, with these nets below it.
    pub(crate) async fn until_post_by(&self, nets: Nets, id: &str, status: &str) -> Value {
        self.until_shows(nets, &format!("/v1/posts/{id}"), id, status).await
    }

    async fn until_shows(&self, nets: Nets, path: &str, id: &str, status: &str) -> Value {
        let mut last = Value::Null;
        let found = self.in_time(nets, async || {
            // Where functions are killed, an answer may be an error.
            let answer = self.get(path).await;
            last = answer.body;
            (answer.status == 200 && last["status"] == status).then(|| last.clone())
        });
        match found.await {
            Some(found) => found,
            None => panic!("never {status}: {last:#}\n{}", self.story_of(id)),
        }
    }

    /// Waits until a log line holds this.
    pub(crate) async fn until_logged(&self, what: &str, text: &str) {
        let found = until(Duration::from_mins(1), async || self.logs().contains(text).then_some(())).await;
        assert!(found.is_some(), "never: {what}\n{}", self.logs());
    }

    /// Waits until this holds of TikTok's ledger.
    pub(crate) async fn until_tiktok(&self, what: &str, holds: impl Fn(&tiktok_sim::Ledger) -> bool) {
        let found = until(Duration::from_secs(30), async || holds(&self.tiktok.ledger()).then_some(())).await;
        assert!(found.is_some(), "never: {what}\n{}", self.story_of(""));
    }

    /// The one and only publish that TikTok knows, which must hold exactly these bytes.
    #[track_caller]
    pub(crate) fn published_once(&self, sha256: &str) {
        let ledger = self.tiktok.ledger();
        let published = ledger.published();
        assert_eq!(published.len(), 1, "exactly one publish: {published:#?}\n{}", self.story_of(""));
        self.published_among_others(sha256);
    }

    /// Exactly one of the publishes that TikTok knows holds these bytes, and it was posted once.
    #[track_caller]
    pub(crate) fn published_among_others(&self, sha256: &str) {
        let ledger = self.tiktok.ledger();
        let published = ledger.published();
        let with_these_bytes: Vec<_> =
            published.iter().filter(|publish| publish.sha256.as_deref() == Some(sha256)).collect();
        assert_eq!(with_these_bytes.len(), 1, "the bytes are identical: {published:#?}\n{}", self.story_of(""));
        assert_eq!(with_these_bytes[0].published_count, 1, "posted exactly once");
    }

    /// Forgets what is kept of all creators, as a minute does: who wants to know asks TikTok.
    pub(crate) async fn forget_creators(&self) {
        let (client, table) = (&self.dynamodb, self.stack.table("AccountsTable").unwrap());
        let accounts = client.scan().table_name(table).filter_expression("attribute_exists(tokens)").send().await;
        for item in accounts.expect("the table is read").items.unwrap_or_default() {
            let update = client.update_item().table_name(table).key("pk", item["pk"].clone());
            let update = update.key("sk", item["sk"].clone()).condition_expression("attribute_exists(pk)");
            let forget = "REMOVE creator_info, creator_refused, creator_free_at";
            // Whoever disconnects it meanwhile is right.
            let _ = update.update_expression(forget).send().await;
        }
    }

    /// The secrets that the logs show so far, by name.
    pub(crate) fn leaks(&self) -> Vec<&'static str> {
        let mut secrets = secrets_of(&self.tiktok, self.stack.aws());
        secrets.push(("the API key", self.key.clone()));
        secrets.extend(self.shown.lock().unwrap().iter().cloned());
        leaks(&self.logs(), &secrets)
    }

    /// The last of what was logged about this id, and of what went wrong: all that a story need say when it fails.
    pub(crate) fn story_of(&self, id: &str) -> String {
        const MOST: usize = 40;
        let logs = self.logs.lock().unwrap();
        let tells = |line: &&String| line.contains(id) || line.contains("ERROR") || line.contains("WARN");
        let mut lines: Vec<_> = logs.iter().rev().filter(tells).take(MOST).map(String::as_str).collect();
        lines.reverse();
        lines.join("\n")
    }

    pub(crate) fn has_logged(&self, tells: impl Fn(&str) -> bool) -> bool {
        self.logs.lock().unwrap().iter().any(|line| tells(line))
    }

    /// What the functions have logged so far, and the stack about them.
    pub(crate) fn logs(&self) -> String {
        self.logs.lock().unwrap().join("\n")
    }
}

/// Whatever a story did, and however it ended, its logs hold no secret, and template.yaml allowed the functions all that
/// they tried.
impl Drop for World {
    fn drop(&mut self) {
        let leaks = self.leaks();
        let denials = self.stack.aws().denials().into_iter().map(|denial| denial.to_string());
        let denials: BTreeSet<_> = denials.collect();
        if std::thread::panicking() {
            eprintln!("the logs hold {leaks:?}; template.yaml does not allow {denials:#?}");
        } else {
            assert!(leaks.is_empty(), "the logs hold {leaks:?}");
            assert!(denials.is_empty(), "template.yaml does not allow {denials:#?}");
        }
    }
}

/// Asks again and again until there is an answer, or the time is up.
pub(crate) async fn until<T>(patience: Duration, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let asking = async {
        loop {
            tick.tick().await;
            if let Some(found) = ask().await {
                return found;
            }
        }
    };
    tokio::time::timeout(patience, asking).await.ok()
}
