//! The router, its queue, and whoever signs as TikTok does.

use axum::Router;
use axum::body::Body;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use tiktok_webhook::{Webhook, router};
use tower::ServiceExt as _;
use workbench::{Bench, Sent};

const EVENTS: &str = "TikTokEventsQueue";

pub(crate) struct World {
    pub(crate) bench: Bench,
    router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// Status, and the code of the refusal.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"]["code"].as_str().unwrap_or_default())
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let bench = Bench::of("TikTokWebhookFunction").await;
        let webhook = Webhook {
            client_secret: bench.tiktok.client_secret().expose().to_owned().into(),
            client_key: bench.tiktok.client_key(),
            events: bench.queue(EVENTS),
        };
        Self { router: router(webhook), bench }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, body: serde_json::from_slice(&body).unwrap() }
    }

    /// A request with this header of TikTok's.
    pub(crate) async fn deliver(&self, signature: &str, body: &str) -> Answer {
        let request = Request::post("/webhooks/tiktok").header("TikTok-Signature", signature);
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// A body that TikTok has signed this long ago.
    pub(crate) async fn signed_ago(&self, age: SignedDuration, body: &str) -> Answer {
        self.deliver(&self.signature(Timestamp::now() - age, body), body).await
    }

    /// A body that TikTok has just signed.
    pub(crate) async fn signed(&self, body: &str) -> Answer {
        self.signed_ago(SignedDuration::ZERO, body).await
    }

    /// The header for a body that TikTok signs at this time.
    pub(crate) fn signature(&self, at: Timestamp, body: &str) -> String {
        signature(self.bench.tiktok.client_secret().expose(), at, body)
    }

    /// What stands in the queue.
    pub(crate) fn kept(&self) -> Vec<Sent> {
        self.bench.sent(EVENTS)
    }

    /// An event of this creator, for our app.
    pub(crate) fn event(&self, open_id: &str) -> Value {
        json!({
            "client_key": self.bench.tiktok.client_key(),
            "event": "post.publish.complete",
            "create_time": Timestamp::now().as_second(),
            "user_openid": open_id,
            "content": r#"{"publish_id":"p"}"#,
        })
    }
}

/// TikTok's header: the HMAC-SHA256 of time, full stop and body under the app's secret.
pub(crate) fn signature(secret: &str, at: Timestamp, body: &str) -> String {
    let seconds = at.as_second();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},s={}", hex::encode(mac.finalize().into_bytes()))
}
