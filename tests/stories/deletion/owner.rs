//! A tenant with one thing of each kind.

use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tiktok_sim::User;

use crate::support::large::{LargeFile, put_part};
use crate::support::{Answer, Receiver, World, video_of};

/// What is being uploaded in parts.
const LARGE: LargeFile = LargeFile { size: 40_000_000 };

/// A tenant, its key, and what it has.
#[derive(Clone)]
pub(super) struct Owner {
    key: String,
    pub(super) tenant: String,
    pub(super) account: String,
    pub(super) creator: String,
    /// A video that its posts share.
    pub(super) media: String,
    /// A post that is to be published tomorrow.
    pub(super) post: String,
    /// Everything by which something of it can be known in a table.
    pub(super) ids: Vec<String>,
    /// Where its file can be read.
    file: String,
    /// The first part of an upload that is not complete.
    part: Value,
    api: String,
    http: Client,
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

impl Owner {
    pub(super) async fn new(world: &World, receiver: &Receiver, email: &str) -> Self {
        let made = json!({"slipway": "create_key", "email": email});
        let made = world.stack.invoke("WorkspaceFunction", made).await.expect("a key is made");
        let mut owner = Self {
            key: text(&made["raw_key"]),
            tenant: text(&made["tenant_id"]),
            account: String::new(),
            creator: world.tiktok.add_user(User::default()),
            media: String::new(),
            post: String::new(),
            ids: Vec::new(),
            file: String::new(),
            part: Value::Null,
            api: world.stack.api_url().clone(),
            http: Client::new(),
        };
        let made_id =
            async |owner: &Self, path: &str, body: Value| text(&owner.ask("POST", path, body).await.expect(201)["id"]);
        owner.account = owner.connect(&owner.creator.clone(), &json!({})).await;

        let media = owner.upload().await;
        owner.media.clone_from(&media);
        // One of which nothing has come, and one of which parts are there.
        let announced = owner.ask("POST", "/v1/media/upload-url", json!({})).await.expect(200);
        let large = json!({"content_type": "video/mp4", "filename": "large.mp4", "size_bytes": LARGE.size});
        let in_parts = owner.ask("POST", "/v1/media/upload-url", large).await.expect(200);
        owner.part = in_parts["parts"][0].clone();
        assert!(owner.takes_a_part().await);

        let endpoint =
            json!({"url": format!("{}/{email}", receiver.origin()), "events": ["post.failed", "account.disconnected"]});
        let webhook = made_id(&owner, "/v1/webhooks", endpoint).await;
        owner.post = owner.posts_tomorrow().await;
        let brand = made_id(&owner, "/v1/brands", json!({"name": "b"})).await;
        let invite = json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7});
        let invite = made_id(&owner, "/v1/invites", invite).await;
        let uri = json!({"uri": "https://customer.example/done"});
        let uri = made_id(&owner, "/v1/oauth/redirect-uris", uri).await;
        owner.file = owner.link_to(&media).await;
        // Both spaces' ids end in the same.
        let rest = owner.tenant.trim_start_matches("ten_").to_owned();
        owner.ids = vec![
            rest,
            owner.account.clone(),
            owner.creator.clone(),
            media,
            text(&announced["media_id"]),
            text(&in_parts["media_id"]),
            webhook,
            owner.post.clone(),
            brand,
            invite,
            uri,
            email.to_owned(),
        ];
        owner
    }

    /// The same tenant in test mode, with an account, media and a post of that.
    pub(super) async fn in_test_mode(&self) -> Self {
        let made = self.ask("POST", "/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201);
        let mut tests = self.with_key(&made["raw_key"]);
        tests.account = tests.connect("", &json!({})).await;
        tests.media = tests.upload().await;
        tests.post = tests.posts_tomorrow().await;
        tests.file = tests.link_to(&tests.media).await;
        tests.ids = vec![tests.account.clone(), tests.media.clone(), tests.post.clone(), text(&made["id"])];
        tests
    }

    /// A post that is to be published tomorrow.
    async fn posts_tomorrow(&self) -> String {
        let post = json!({
            "text": "tomorrow",
            "media_ids": [self.media],
            "targets": [{"account_id": self.account}],
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
            "scheduled_at": (Timestamp::now() + SignedDuration::from_hours(24)).to_string(),
        });
        text(&self.ask("POST", "/v1/posts", post).await.expect(201)["id"])
    }

    /// Connects this creator, and answers the account's id.
    pub(super) async fn connect(&self, creator: &str, more: &Value) -> String {
        let mut wanted = json!({"platform": "tiktok"});
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let asked = self.ask("POST", "/v1/accounts/connect", wanted).await.expect(202);
        let page = format!("{}&sim_user={creator}", text(&asked["auth_url"]));
        assert!(self.http.get(page).send().await.expect("TikTok's page answers").status().is_success());
        let ended = format!("/v1/accounts?state={}", text(&asked["state"]));
        text(&self.ask("GET", &ended, json!({})).await.expect(200)["data"][0]["id"])
    }

    /// Uploads a video, and answers its media's id.
    pub(super) async fn upload(&self) -> String {
        let file = Part::bytes(video_of(200_000)).file_name("video.mp4").mime_str("video/mp4").unwrap();
        let upload = self.request("POST", "/v1/media/upload").multipart(Form::new().part("file", file));
        text(&Answer::read(upload.send().await.expect("the API answers")).await.expect(201)["media_id"])
    }

    /// Where the file of this media can be read.
    pub(super) async fn link_to(&self, media: &str) -> String {
        text(&self.ask("GET", &format!("/v1/media/{media}"), json!({})).await.expect(200)["url"])
    }

    /// The same with another key.
    pub(super) fn with_key(&self, key: &Value) -> Self {
        Self { key: text(key), ..self.clone() }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.api)).bearer_auth(&self.key)
    }

    pub(super) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = self.request(method, path);
        // The SDK sends no body with these.
        let request = if matches!(method, "GET" | "DELETE") { request } else { request.json(&body) };
        Answer::read(request.send().await.expect("the API answers")).await
    }

    /// Whether its file can still be read.
    pub(super) async fn file_is_there(&self) -> bool {
        self.can_read(&self.file).await
    }

    /// Whether the upload in parts still takes one.
    pub(super) async fn takes_a_part(&self) -> bool {
        put_part(LARGE, &self.part).await.status().is_success()
    }

    /// Whether there is still a file at this address.
    pub(super) async fn can_read(&self, link: &str) -> bool {
        self.http.get(link).send().await.expect("S3 answers").status().is_success()
    }
}
