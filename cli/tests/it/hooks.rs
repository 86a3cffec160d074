//! `slipway listen`, `slipway webhooks` and `slipway events`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use tiktok_sim::Config;
use tokio::net::TcpListener;

use super::program::interrupt;
use super::world::{World, until};

/// Headers and body of a request.
type Request = (BTreeMap<String, String>, String);

/// A customer's server, which takes everything but what says that it is to be refused.
struct Receiver {
    origin: String,
    came: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let came = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&came);
        let take = async move |headers: HeaderMap, body: String| {
            let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            let refused = body.contains("refuse me");
            shared.lock().unwrap().push((headers.collect(), body));
            if refused { StatusCode::IM_A_TEAPOT } else { StatusCode::OK }
        };
        let app = Router::new().route("/hooks", post(take));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { origin, came }
    }

    fn url(&self) -> String {
        format!("{}/hooks", self.origin)
    }

    fn came(&self) -> Vec<Request> {
        self.came.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_is_listened_for_and_handed_on_byte_for_byte() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let listen = ["listen", "--json", "--events", "media.ready,post.scheduled", "--forward-to", &receiver.url()];
    let mut listening = world.slipway(&listen).start();
    let mut printing =
        world.slipway(&["listen", "--json", "--account", "@sim.creator", "--events", "post.scheduled"]).start();
    for running in [&mut listening, &mut printing] {
        running.until_says("\"listening\"").await;
    }
    let video = world.video("video.mp4", 300_000);
    let media = world.slipway(&["upload", video.to_str().unwrap(), "--quiet"]).run().await.expect(0);
    listening.until_says("\"delivery\"").await;
    let told: Value = serde_json::from_str(listening.said().lines().last().unwrap()).unwrap();
    let delivery = &told["delivery"];
    assert_eq!((&delivery["event_type"], &told["forwarded"]["status"]), (&json!("media.ready"), &json!(200)));
    let came = receiver.came();
    let (headers, body) = came.first().unwrap();
    assert_eq!((came.len(), delivery["body"].as_str().unwrap()), (1, body.as_str()));
    assert!(body.contains(media.result()), "{body}");
    for (name, value) in delivery["headers"].as_object().unwrap() {
        assert_eq!(headers.get(name).map(String::as_str), value.as_str(), "{name}");
    }
    for name in ["webhook-id", "webhook-signature", "x-socialapi-signature"] {
        assert!(headers.contains_key(name), "{name}");
    }
    let later = ["--caption", "Later", "--privacy", "private", "--at", "tomorrow 18:00"];
    let post = world.slipway(&[&["publish", media.result()][..], &later].concat()).run().await.expect(0);
    printing.until_says(post.result()).await;
    assert!(!printing.said().contains(media.result()), "{}", printing.said());
    for running in [listening, printing] {
        interrupt(running.pid());
        let ended = running.end().await.expect(130);
        assert!(ended.err.contains("nothing is left to delete"), "{}", ended.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_is_made_tested_told_again_and_deleted() {
    let receiver = Receiver::start().await;
    let world = World::that_trusts(Config::default(), &receiver.origin).await;
    let create = ["webhooks", "create", &receiver.url(), "--events", "media.ready,post.published"];
    let made = world.slipway(&create).run().await.expect(0);
    let lines: Vec<_> = made.out.lines().collect();
    let [id, secret] = lines[..] else { panic!("{}", made.out) };
    assert!(id.starts_with("wh_") && secret.starts_with("whsec_"));
    let listed = world.slipway(&["webhooks", "list"]).run().await.expect(0);
    assert!(listed.out.contains(id) && listed.out.contains("post.published media.ready"), "{}", listed.out);

    let tested = world.slipway(&["webhooks", "test", id, "--event", "post.failed"]).run().await.expect(0);
    assert!(tested.result().starts_with("dlv_") && tested.err.contains("It answered with 200"), "{}", tested.err);
    let refused = world.slipway(&["webhooks", "test", id, "--data", "{\"a\": \"refuse me\"}"]).run().await.expect(1);
    assert!(refused.err.contains("the endpoint answered with status 418"), "{}", refused.err);
    world.slipway(&["webhooks", "test", id, "--data", "x"]).run().await.expect(2);

    let video = world.video("video.mp4", 300_000);
    world.slipway(&["upload", video.to_str().unwrap(), "--quiet"]).run().await.expect(0);
    let tells = |body: &str| body.contains("media.ready");
    let count = || receiver.came().iter().filter(|(_, body)| tells(body)).count();
    until("it is told", || (count() == 1).then_some(())).await;
    let failed = world.slipway(&["webhooks", "deliveries", id, "--status", "failed"]).run().await.expect(0);
    assert!(failed.out.contains("418") && !failed.out.contains("media.ready"), "{}", failed.out);
    let deliveries = ["webhooks", "deliveries", id, "--event", "media.ready", "--json"];
    let delivery = world.slipway(&deliveries).run().await.expect(0).event("delivery")["delivery"].clone();
    let delivery = delivery["id"].as_str().unwrap();
    let shown = world.slipway(&["webhooks", "deliveries", id, delivery]).run().await.expect(0);
    assert!(shown.out.contains("1   ") && shown.out.contains("200 within"), "{}", shown.out);
    world.slipway(&["webhooks", "retry", id, delivery]).run().await.expect(0);
    until("it is told again", || (count() == 2).then_some(())).await;
    let replayed = world.slipway(&["webhooks", "replay", id]).run().await.expect(0);
    assert_eq!(replayed.result(), "1");
    until("it is replayed", || (count() == 3).then_some(())).await;
    let ids =
        receiver.came().into_iter().filter(|(_, body)| tells(body)).map(|(headers, _)| headers["webhook-id"].clone());
    assert_eq!(ids.collect::<Vec<_>>(), [delivery, delivery, delivery]);

    let rotated = world.slipway(&["webhooks", "rotate", id, "--overlap", "60"]).run().await.expect(0);
    assert!(rotated.result().starts_with("whsec_") && rotated.result() != secret);
    let shown = world.slipway(&["webhooks", "show", id]).run().await.expect(0);
    assert!(shown.out.contains("a day     "), "{}", shown.out);
    let log = world.slipway(&["events", "--category", "webhook"]).run().await.expect(0);
    for part in ["WHAT HAPPENED", "webhook.created", "webhook.secret_rotated", id] {
        assert!(log.out.contains(part), "{part}: {}", log.out);
    }
    let log = world.slipway(&["events", "--action", "ready", "--json"]).run().await.expect(0);
    assert_eq!(log.event("entry")["entry"]["category"], "media");
    world.slipway(&["webhooks", "delete", id]).run().await.expect(0);
    let none = world.slipway(&["webhooks", "list"]).run().await.expect(0);
    assert_eq!(none.out, "");
}
