//! The examples of the description are what callers got: here, in the life of one tenant.

mod fit;
mod kept;
mod refused;
mod sample;
mod troubles;

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use self::sample::Samples;
use crate::support::described::{must_be_described, operation};
use crate::support::{Answer, Nets, Receiver, Setup, Site, World, video_of};

/// What was sent and answered, by operation and status.
type Got = Mutex<BTreeMap<String, Value>>;

/// A tenant whose answers are noted.
struct Life<'a> {
    world: &'a World,
    got: &'a Got,
}

impl Life<'_> {
    /// Calls a route and notes request and answer: the first ones of each operation and status.
    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let request = self.world.request(method, path);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = Answer::read(request.send().await.expect("the API answers")).await;
        self.note(method, path, body.as_ref(), answer)
    }

    fn note(&self, method: &str, path: &str, request: Option<&Value>, answer: Answer) -> Value {
        must_be_described(method, path, &answer);
        let id = operation(method, path).unwrap()["operationId"].as_str().unwrap();
        let noted = json!({"request": request, "answer": answer.body});
        if !answer.body.is_null() {
            self.got.lock().unwrap().entry(format!("{id}.{}", answer.status)).or_insert(noted);
        }
        answer.body
    }

    async fn get(&self, path: &str) -> Value {
        self.call("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).await
    }

    async fn send_file(&self, path: &str, name: &'static str, content: Vec<u8>) -> Value {
        let form = Form::new().part("file", Part::bytes(content).file_name(name));
        let request = self.world.request("POST", path).multipart(form);
        let answer = Answer::read(request.send().await.expect("the API answers")).await;
        self.note("POST", path, None, answer)
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap_or_else(|| panic!("{value:#}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_of_the_description_is_an_answer_that_callers_get() {
    let (site, receiver) = (Site::start().await, Receiver::start().await);
    let parameters = [
        ("ImportTrustedOrigins", site.origin()),
        ("WebhookTrustedOrigins", receiver.origin()),
        ("SignUp", "open".to_owned()),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let got = Got::default();
    let life = Life { world: &world, got: &got };
    let endpoint = listening(&life, &receiver).await;
    tenant(&life).await;
    accounts(&life).await;
    let media = media(&life, &site).await;
    posts(&life, &media).await;
    refused::at_once(&life, &media).await;
    let trial = webhooks(&life, &receiver, &endpoint).await;
    troubles::had(&life, &receiver, &media).await;
    refused::in_a_small_plan(&got).await;
    refused::in_a_hurry(&got).await;
    // What a trial says is of its sender's making, and no event.
    let mut told = [receiver.all("/hook"), receiver.all(troubles::HOOK)].concat();
    // Of several events of a kind the first that happened: their ids are in that order, and deliveries overtake each other.
    told.sort_by(|one, other| one.id().cmp(other.id()));
    for came in told.iter().filter(|came| came.id() != trial) {
        let name = format!("event-{}.0", came.event().replace('.', "-"));
        got.lock().unwrap().entry(name).or_insert(json!({"request": null, "answer": came.json()}));
    }
    let got = Samples::default().of(got.into_inner().unwrap());
    kept::must_be(&got);
}

async fn tenant(life: &Life<'_>) {
    for path in [
        "/",
        "/v1/users/me",
        "/v1/usage",
        "/v1/billing/plans",
        "/v1/keys/scopes",
        "/v1/webhooks/events",
        "/v1/test/outcomes",
    ] {
        life.get(path).await;
    }
    life.call("PATCH", "/v1/users/me", Some(json!({"name": "Ada", "onboarding": false}))).await;
    life.post("/v1/signup", json!({"email": "you@example.com", "name": "You"})).await;
    let key = life.post("/v1/keys", json!({"name": "Dashboard", "scopes": ["posts:read", "media:read"]})).await;
    let at = format!("/v1/keys/{}", id(&key));
    life.get("/v1/keys?limit=2").await;
    life.call("PATCH", &at, Some(json!({"name": "Screen"}))).await;
    life.post(&format!("{at}/rotate"), json!({"overlap_seconds": 3600})).await;
    life.call("DELETE", &at, None).await;
    let brand = life.post("/v1/brands", json!({"name": "Boats"})).await;
    life.get("/v1/brands").await;
    let at = format!("/v1/brands/{}", id(&brand));
    life.call("PATCH", &at, Some(json!({"name": "Ships"}))).await;
    life.call("DELETE", &at, None).await;
    let wrong = life.world.request_with("slip_live_0", "GET", "/v1/usage").send().await.unwrap();
    life.note("GET", "/v1/usage", None, Answer::read(wrong).await);
}

async fn accounts(life: &Life<'_>) {
    let account = &life.world.account;
    life.post(
        "/v1/accounts/connect",
        json!({"platform": "tiktok", "redirect_uri": "https://app.example.com/", "state": "user-1"}),
    )
    .await;
    life.post("/v1/accounts/connect", json!({"platform": "myspace"})).await;
    let uri = life.post("/v1/oauth/redirect-uris", json!({"uri": "https://app.example.com/", "label": "App"})).await;
    life.get("/v1/oauth/redirect-uris").await;
    life.call("DELETE", &format!("/v1/oauth/redirect-uris/{}", id(&uri)), None).await;
    let invite = json!({"platform": "tiktok", "brand_id": life.world.brand, "expires_in_days": 7});
    let invite = life.post("/v1/invites", invite).await;
    life.get("/v1/invites").await;
    life.call("DELETE", &format!("/v1/invites/{}", id(&invite)), None).await;
    life.get("/v1/accounts").await;
    life.get("/v1/accounts/acc_unknown").await;
    for what in ["", "/creator-info", "/limits"] {
        life.get(&format!("/v1/accounts/{account}{what}")).await;
    }
    let profile = format!("/v1/platforms/tiktok/accounts/{account}");
    life.call("POST", &format!("{profile}/sync"), None).await;
    life.get(&format!("{profile}/summary")).await;
}

/// Answers the id of media that is ready.
async fn media(life: &Life<'_>, site: &Site) -> String {
    let media = life.world.upload(video_of(400_000)).await;
    life.call("POST", &format!("/v1/media/{media}/verify"), None).await;
    let video = json!({"filename": "video.mp4", "content_type": "video/mp4", "size_bytes": 40_000_000});
    let large = life.post("/v1/media/upload-url", video).await;
    let at = format!("/v1/media/{}", large["media_id"].as_str().unwrap());
    life.get(&format!("{at}/upload")).await;
    life.call("POST", &format!("{at}/complete"), None).await;
    life.call("POST", &format!("{at}/abort"), None).await;
    life.get("/v1/media/upload-url?filename=video.mp4&media_type=video/mp4").await;
    life.send_file("/v1/media/upload", "video.mp4", video_of(300_000)).await;
    site.file("/video.mp4", &video_of(350_000));
    let imported = life.post("/v1/media/import", json!({"url": format!("{}/video.mp4", site.origin())})).await;
    // The list shows it: as what, may not depend on how fast its worker was.
    life.world.until_media(id(&imported), "ready").await;
    life.get(&format!("/v1/media/{media}")).await;
    life.get("/v1/media?limit=1").await;
    life.get("/v1/media/storage").await;
    media
}

async fn posts(life: &Life<'_>, media: &str) {
    let (world, account) = (life.world, &life.world.account);
    let body = json!({
        "text": "Hello again", "media_ids": [media], "targets": [{"account_id": account}],
        "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY", "disable_comment": false}}, "publish_now": true,
    });
    life.get("/v1/posts/validate").await;
    life.post("/v1/posts/validate", body.clone()).await;
    let post = life.post("/v1/posts", body.clone()).await;
    let at = format!("/v1/posts/{}", id(&post));
    world.until_post_by(Nets::All, id(&post), "published").await;
    life.post("/v1/posts", json!({"text": "Hello", "platform_options": {"tiktok": {}}, "colour": "blue"})).await;
    for what in ["", "/metrics", "/timeline"] {
        life.get(&format!("{at}{what}")).await;
    }
    life.get("/v1/posts?limit=1").await;
    life.get("/v1/posts/post_unknown").await;
    for what in ["retry", "unpublish"] {
        life.call("POST", &format!("{at}/{what}"), None).await;
    }
    life.post(&format!("{at}/resolve"), json!({"outcome": "published"})).await;
    let mut other = body.clone();
    other["publish_now"] = json!(false);
    other["text"] = json!("A draft");
    let draft = life.post("/v1/posts", other.clone()).await;
    let at = format!("/v1/posts/{}", id(&draft));
    let change = json!({"text": "A better draft", "scheduled_at": (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48)).to_string()});
    life.call("PATCH", &at, Some(change)).await;
    life.call("POST", &format!("{at}/cancel"), None).await;
    life.call("DELETE", &at, None).await;
    other["text"] = json!("Another draft");
    let draft = life.post("/v1/posts", other).await;
    life.call("POST", &format!("/v1/posts/{}/publish", id(&draft)), None).await;
    let row = format!("text,account_ids,media_ids,visibility\nA row,{account},{media},private\nA wrong one,,,\n");
    life.send_file("/v1/posts/import", "posts.csv", row.into_bytes()).await;
}

/// Makes an endpoint that is told all that goes well.
async fn listening(life: &Life<'_>, receiver: &Receiver) -> String {
    let events = ["post.published", "post.scheduled", "post.cancelled", "post.deleted", "post.updated", "media.ready"];
    let events = json!([&events[..], &["post.upload_completed", "account.connected"]].concat());
    let made = life.post("/v1/webhooks", json!({"url": format!("{}/hook", receiver.origin()), "events": events})).await;
    // A creator who comes again is told of, too.
    life.world.connect().await;
    format!("/v1/webhooks/{}", id(&made))
}

/// Answers the id of the delivery that was a trial.
async fn webhooks(life: &Life<'_>, receiver: &Receiver, at: &str) -> String {
    life.world
        .in_time(Nets::All, async || {
            receiver.came("/hook").iter().any(|came| came.event() == "post.published").then_some(())
        })
        .await
        .expect("the endpoint is told of the post");
    life.get("/v1/webhooks").await;
    let trial = json!({"event_type": "post.failed", "payload": {"post_id": "post_1"}});
    let trial = life.post(&format!("{at}/test"), trial).await;
    life.get(at).await;
    life.get(&format!("{at}/deliveries?limit=1&status=delivered")).await;
    // By its id: which of them is the newest depends on how fast others were.
    let delivery = format!("{at}/deliveries/{}", trial["delivery_id"].as_str().unwrap());
    life.get(&delivery).await;
    life.call("POST", &format!("{delivery}/retry"), None).await;
    life.call("POST", &format!("{at}/replay?since=2026-01-01T00:00:00Z"), None).await;
    life.call("PATCH", at, Some(json!({"events": ["post.published"]}))).await;
    life.post(&format!("{at}/rotate-secret"), json!({"overlap_seconds": 3600})).await;
    let first = life.get("/v1/webhooks/listen?events=post.published").await;
    assert!(first["next_cursor"].is_string(), "{first:#}");
    // What workers tell comes when it comes.
    life.get("/v1/events?category=webhook&limit=2").await;
    life.get("/v1/events/summary").await;
    life.call("DELETE", at, None).await;
    trial["delivery_id"].as_str().unwrap().to_owned()
}
