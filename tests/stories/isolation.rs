//! What one tenant has is nothing to another one, whatever route it asks for: a route that is not known here fails.

use std::collections::BTreeSet;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::rules::routes;
use crate::support::{Answer, Items, Receiver, Setup, World, video_of};

/// Who needs no key: browsers, TikTok, and whoever has none yet.
const OPEN: [(&str, &str); 5] = [
    ("GET", "/"),
    ("GET", "/invite/{token}"),
    ("GET", "/oauth/callback/tiktok"),
    ("POST", "/v1/signup"),
    ("POST", "/webhooks/tiktok"),
];
/// What belongs to a tenant as a whole, so that keys of all its brands reach it.
const OF_THE_TENANT: [&str; 3] = ["/v1/media/", "/v1/oauth/redirect-uris/", "/v1/webhooks/"];

/// What a tenant has.
struct Owned {
    post: String,
    media: String,
    account: String,
    brand: String,
    webhook: String,
    delivery: String,
    invite: String,
    uri: String,
    key: String,
    /// An address that may be called.
    endpoint: String,
    /// What of it must not be seen by others.
    traces: Vec<String>,
}

/// What a request says beside its path.
enum Said {
    /// Nothing that names what somebody has.
    Nothing,
    /// These ids, and it is refused with this status.
    Body(Value, u16),
    /// A file that names them.
    Csv(String),
}

impl Owned {
    /// One thing of each kind.
    async fn of(world: &World, receiver: &Receiver) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let made = async |path: &str, body: Value| text(&world.post(path, body).await.expect(201)["id"]);
        let media = world.upload(video_of(200_000)).await;
        let mut draft = world.body(&media, "Seen by nobody else");
        draft["publish_now"] = json!(false);
        let post = made("/v1/posts", draft).await;
        let invite = json!({"platform": "tiktok", "brand_id": world.brand, "expires_in_days": 7});
        let endpoint = json!({"url": format!("{}/hook", receiver.origin()), "events": ["post.published"]});
        let webhook = made("/v1/webhooks", endpoint).await;
        let trial = json!({"event_type": "post.published", "payload": {}});
        let trial = world.post(&format!("/v1/webhooks/{webhook}/test"), trial).await.expect(200);
        let mut owned = Self {
            media,
            post,
            account: world.account.clone(),
            // The one from the beginning can't be told from the tenant itself.
            brand: made("/v1/brands", json!({"name": "Of nobody else"})).await,
            webhook,
            delivery: text(&trial["delivery_id"]),
            invite: made("/v1/invites", invite).await,
            uri: made("/v1/oauth/redirect-uris", json!({"uri": "https://nobody.else.example/"})).await,
            key: made("/v1/keys", json!({"name": "of nobody else"})).await,
            endpoint: format!("{}/third", receiver.origin()),
            traces: Vec::new(),
        };
        let tenant = text(&world.get("/v1/users/me").await.expect(200)["id"]);
        let said = ["Seen by nobody else", "owner@example.com", "https://nobody.else.example/"].map(str::to_owned);
        owned.traces = owned.ids().map(|(_, id)| id.clone()).into_iter().chain(said).chain([tenant]).collect();
        owned
    }

    /// Each id, and what stands before it in paths.
    fn ids(&self) -> [(&'static str, &String); 10] {
        [
            ("/v1/posts/", &self.post),
            ("/v1/media/", &self.media),
            ("/v1/accounts/", &self.account),
            ("/v1/platforms/tiktok/accounts/", &self.account),
            ("/v1/brands/", &self.brand),
            ("/v1/webhooks/", &self.webhook),
            ("/deliveries/", &self.delivery),
            ("/v1/invites/", &self.invite),
            ("/v1/oauth/redirect-uris/", &self.uri),
            ("/v1/keys/", &self.key),
        ]
    }

    /// The path with these ids in its holes.
    fn path(&self, path: &str) -> String {
        let mut filled = path.to_owned();
        while let Some((before, rest)) = filled.split_once('{') {
            let known = self.ids().into_iter().find(|(start, _)| before.ends_with(start));
            let (_, id) = known.unwrap_or_else(|| panic!("{path} leads to what no test asks for by another tenant"));
            filled = format!("{before}{id}{}", rest.split_once('}').unwrap().1);
        }
        filled
    }

    /// What a request without an id in its path names of this.
    fn said(&self, method: &str, path: &str) -> Said {
        let Self { media, account, brand, endpoint: url, .. } = self;
        let targets = json!({
            "text": "x", "media_ids": [media], "targets": [{"account_id": account}], "publish_now": true,
            "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}},
        });
        match (method, path) {
            ("GET" | "DELETE", _)
            | ("PATCH", "/v1/users/me")
            | (
                "POST",
                "/v1/brands"
                | "/v1/media/import"
                | "/v1/media/upload"
                | "/v1/media/upload-url"
                | "/v1/oauth/redirect-uris",
            ) => Said::Nothing,
            ("POST", "/v1/posts") => Said::Body(targets, 404),
            // It answers what the other route would.
            ("POST", "/v1/posts/validate") => Said::Body(targets, 200),
            ("POST", "/v1/posts/import") => Said::Csv(format!("text,account_ids\nx,{account}\n")),
            ("POST", "/v1/accounts/connect") => Said::Body(json!({"platform": "tiktok", "brand_id": brand}), 400),
            ("POST", "/v1/oauth/exchange") => {
                let metadata = json!({"redirect_uri": "https://nobody.else.example/", "state": "x"});
                Said::Body(json!({"platform": "tiktok", "code": "x", "metadata": metadata}), 403)
            }
            ("POST", "/v1/invites") => {
                Said::Body(json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7}), 400)
            }
            ("POST", "/v1/webhooks") => {
                Said::Body(json!({"url": url, "events": ["post.published"], "account_ids": [account]}), 404)
            }
            ("POST", "/v1/keys") => Said::Body(json!({"name": "x", "brand_ids": [brand]}), 400),
            _ => panic!("{method} {path}: say what it could name of another tenant's"),
        }
    }

    /// What an answer shows of this beside what it was asked for.
    #[track_caller]
    fn is_unseen(&self, asked: &str, answer: &Answer) {
        let (shown, asked_for) = (format!("{:?} {}", answer.headers, answer.body), asked);
        for trace in self.traces.iter().filter(|trace| !asked_for.contains(trace.as_str())) {
            assert!(!shown.contains(trace.as_str()), "{asked} shows {trace}: {shown}");
        }
    }
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    Answer::read(request.send().await.expect("the API answers")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_what_another_tenant_or_brand_has() {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let owned = Owned::of(&world, &receiver).await;
    let stranger = json!({"slipway": "create_key", "email": "other@example.com"});
    let stranger = world.stack.invoke("WorkspaceFunction", stranger).await.unwrap();
    let raw = |made: &Value| made["raw_key"].as_str().unwrap().to_owned();
    let stranger = raw(&stranger);
    let endpoint = json!({"url": format!("{}/other", receiver.origin()), "events": ["post.published"]});
    let own_webhook = send(world.request_with(&stranger, "POST", "/v1/webhooks").json(&endpoint)).await.expect(201);
    let own_webhook = own_webhook["id"].as_str().unwrap();
    let restricted = json!({"name": "of a brand", "brand_ids": [owned.brand]});
    let restricted = raw(&world.post("/v1/keys", restricted).await.expect(201));
    let revoked = world.post("/v1/keys", json!({"name": "revoked"})).await.expect(201);
    world.delete(&format!("/v1/keys/{}", revoked["id"].as_str().unwrap())).await.expect(200);
    let revoked = raw(&revoked);
    // That a key is used is written at its first use.
    send(world.request_with(&restricted, "GET", "/v1/usage")).await.expect(200);
    let before = Items::of(&world).naming(&owned.traces).await;

    let mut open = BTreeSet::new();
    for route in routes() {
        let (method, path) = (route.method.as_deref().unwrap(), route.path.as_str());
        let place = format!("{method} {path}");
        let keyless = format!("{}{}", world.stack.api_url(), path.replace(['{', '}'], ""));
        let keyless = send(reqwest::Client::new().request(method.parse().unwrap(), keyless)).await;
        if keyless.body["error"]["code"] != "auth.missing_header" {
            open.insert((method.to_owned(), path.to_owned()));
            continue;
        }
        let filled = owned.path(path);
        assert_eq!(send(world.request_with(&revoked, method, &filled)).await.status, 401, "{place} by a revoked key");
        if !path.contains('{') {
            alone(&world, &owned, &stranger, method, path).await;
            continue;
        }
        let mut paths = vec![filled.clone()];
        // Of what is inside of something, also inside of the stranger's own.
        if path.matches('{').count() > 1 {
            paths.push(filled.replacen(&owned.webhook, own_webhook, 1));
        }
        for path in paths {
            let answer = send(world.request_with(&stranger, method, &path)).await;
            assert_eq!(answer.status, 404, "{method} {path} by a stranger: {:#}", answer.body);
            owned.is_unseen(&path, &answer);
        }
        if !OF_THE_TENANT.iter().any(|start| path.starts_with(start)) {
            let answer = send(world.request_with(&restricted, method, &filled)).await;
            let told = (answer.status, answer.body["error"]["code"].as_str().unwrap_or_default().to_owned());
            let is_refused = told.0 == 404 || told == (403, "auth.insufficient_scope".to_owned());
            assert!(is_refused, "{place} by a key of another brand: {told:?}");
        }
    }
    let expected = OPEN.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(open, expected.into(), "who needs no key (left) is known (right)");
    assert_eq!(Items::of(&world).naming(&owned.traces).await, before, "what one has was changed by another");

    // It was all there: its owner finds it.
    for route in routes().iter().filter(|route| route.method.as_deref() == Some("GET") && route.path.contains('{')) {
        if !open.contains(&("GET".to_owned(), route.path.clone())) {
            let answer = world.get(&owned.path(&route.path)).await;
            assert_ne!(
                answer.body["error"]["code"].as_str().map(|code| code.ends_with("not_found")),
                Some(true),
                "{}",
                route.path
            );
        }
    }
}

/// A route without an id in its path: what it lists, and what its body names.
async fn alone(world: &World, owned: &Owned, stranger: &str, method: &str, path: &str) {
    let place = format!("{method} {path}");
    match owned.said(method, path) {
        Said::Nothing if method == "GET" => {
            let Owned { account, brand, post, .. } = owned;
            let named = format!("?account_ids={account}&brand_ids={brand}&resource_id={post}&search=Seen");
            for query in ["", named.as_str()] {
                let asked = format!("{path}{query}");
                let answer = send(world.request_with(stranger, method, &asked)).await;
                // Some lists show nothing of what is not there, others say that it is not.
                assert!([200, 400, 404].contains(&answer.status), "{asked}: {:#}", answer.body);
                owned.is_unseen(&asked, &answer);
            }
        }
        Said::Nothing => {}
        Said::Body(body, status) => {
            let answer = send(world.request_with(stranger, method, path).json(&body)).await;
            assert_eq!(answer.status, status, "{place}: {:#}", answer.body);
            if status == 200 {
                assert_eq!(answer.body["valid"], false, "{place}: {:#}", answer.body);
            }
            owned.is_unseen(&body.to_string(), &answer);
        }
        Said::Csv(file) => {
            let part = Part::bytes(file.clone().into_bytes()).file_name("posts.csv").mime_str("text/csv").unwrap();
            let answer =
                send(world.request_with(stranger, method, path).multipart(Form::new().part("file", part))).await;
            assert_eq!(answer.body["created"], 0, "{place}: {:#}", answer.body);
            owned.is_unseen(&file, &answer);
        }
    }
}
