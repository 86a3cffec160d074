//! What one tenant has is nothing to another one, whatever route it asks for: a route that is not known here fails.

mod owned;
mod posts;

use std::collections::BTreeSet;

use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use self::owned::{Owned, Said, Stranger};
use crate::rules::routes;
use crate::support::described::needs;
use crate::support::{Answer, EXPORT, Items, Receiver, Setup, World, exported, page_of};

/// Who needs no key: browsers, TikTok, and whoever has none yet.
const OPEN: [(&str, &str); 10] = [
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/docs/reference.css"),
    ("GET", "/docs/reference.js"),
    ("GET", "/llms.txt"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/invite/{token}"),
    ("GET", "/oauth/callback/tiktok"),
    ("POST", "/v1/signup"),
    ("POST", "/webhooks/tiktok"),
];
/// What belongs to a tenant as a whole, so that keys of all its brands reach it.
const OF_THE_TENANT: &str = "/v1/oauth/redirect-uris";

/// A world with something of each kind in it, and those who must see nothing of it: another tenant, and the same one in
/// test mode.
async fn neighbours() -> (World, Owned, [Stranger; 2]) {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let owned = Owned::of(&world, &receiver).await;
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = raw(&world.stack.invoke("WorkspaceFunction", other).await.unwrap());
    let own = raw(&world.post("/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201));
    let strangers =
        [Stranger::with(&world, &receiver, other, false).await, Stranger::with(&world, &receiver, own, true).await];
    (world, owned, strangers)
}

/// The secret of a new key.
fn raw(made: &Value) -> String {
    made["raw_key"].as_str().unwrap().to_owned()
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    Answer::read(request.send().await.expect("the API answers")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_what_another_tenant_or_mode_has() {
    let (world, owned, strangers) = neighbours().await;
    let revoked = world.post("/v1/keys", json!({"name": "revoked"})).await.expect(201);
    world.delete(&format!("/v1/keys/{}", revoked["id"].as_str().unwrap())).await.expect(200);
    let revoked = raw(&revoked);
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
            for stranger in &strangers {
                alone(&world, &owned, stranger, method, path).await;
            }
            continue;
        }
        for stranger in &strangers {
            let mut paths = vec![filled.clone()];
            // Of what is inside of something, also inside of the stranger's own.
            if path.matches('{').count() > 1 {
                paths.push(filled.replacen(&owned.webhook, &stranger.webhook, 1));
            }
            for path in paths {
                let answer = send(world.request_with(&stranger.key, method, &path)).await;
                assert_eq!(answer.status, 404, "{method} {path} by a stranger: {:#}", answer.body);
                owned.is_unseen(stranger, &path, &answer);
            }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_what_another_brand_has() {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let of_brand = async |name: &str| {
        let brand = world.post("/v1/brands", json!({"name": name})).await.expect(201)["id"].clone();
        let key = raw(&world.post("/v1/keys", json!({"name": name, "brand_ids": [brand]})).await.expect(201));
        (brand.as_str().unwrap().to_owned(), key)
    };
    let ((brand, key), (_, of_another)) = (of_brand("One").await, of_brand("Another").await);
    let mut owned = Owned::of_brand(&world, &receiver, &key, &brand).await;
    owned.traces.retain(|trace| *trace != owned.uri && !trace.starts_with("https://"));
    let stranger = Stranger::with(&world, &receiver, of_another, true).await;
    let before = Items::of(&world).naming(&owned.traces).await;
    for route in routes() {
        let (method, path) = (route.method.as_deref().unwrap(), route.path.as_str());
        let is_open = OPEN.contains(&(method, path));
        if is_open || path.starts_with(OF_THE_TENANT) {
            continue;
        }
        let place = format!("{method} {path}");
        let is_of_all = needs(method, path) == "a key without restrictions";
        if is_of_all {
            let answer = send(world.request_with(&stranger.key, method, &owned.path(path))).await;
            assert_eq!((answer.status, answer.code()), (403, "auth.insufficient_scope"), "{place}");
        } else if path.contains('{') {
            let mut paths = vec![owned.path(path)];
            if path.matches('{').count() > 1 {
                paths.push(owned.path(path).replacen(&owned.webhook, &stranger.webhook, 1));
            }
            for path in paths {
                let answer = send(world.request_with(&stranger.key, method, &path)).await;
                assert_eq!(answer.status, 404, "{method} {path}: {:#}", answer.body);
                owned.is_unseen(&stranger, &path, &answer);
            }
        } else {
            alone(&world, &owned, &stranger, method, path).await;
        }
    }
    assert_eq!(Items::of(&world).naming(&owned.traces).await, before, "what one has was changed by another");
    // It was all there: a key of its own brand finds it.
    for path in routes().iter().filter(|route| route.method.as_deref() == Some("GET")).map(|route| &route.path) {
        let is_ones_own = path.contains('{') && !OPEN.contains(&("GET", path)) && !path.starts_with(OF_THE_TENANT);
        if is_ones_own && needs("GET", path) != "a key without restrictions" {
            let answer = send(world.request_with(&key, "GET", &owned.path(path))).await;
            assert!(!answer.code().ends_with("not_found"), "{path}: {:#}", answer.body);
        }
    }
}

/// The lists of which pages are given out, and where and with what one more of each is made.
fn more_of_each(owned: &Owned) -> [(&'static str, Option<(&'static str, Value)>); 8] {
    let Owned { brand, endpoint, account, media, .. } = owned;
    let listed = |path, body| (path, Some((path, body)));
    [
        listed("/v1/brands", json!({"name": "Another"})),
        listed("/v1/invites", json!({"platform": "tiktok", "brand_id": brand, "expires_in_days": 7})),
        listed("/v1/keys", json!({"name": "another"})),
        listed("/v1/oauth/redirect-uris", json!({"uri": "https://nobody.else.example/2"})),
        listed("/v1/webhooks", json!({"url": endpoint, "events": ["post.published"]})),
        listed(
            "/v1/posts",
            json!({"text": "Another draft", "media_ids": [media], "account_ids": [account], "publish_now": false}),
        ),
        ("/v1/media", Some(("/v1/media/upload-url", json!({"size_bytes": 5_000_000})))),
        ("/v1/events", None),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_cursors_idempotency_keys_and_ids_in_changes_open_nothing() {
    let (world, owned, strangers) = neighbours().await;
    for stranger in &strangers {
        pages(&world, &owned, stranger).await;
        exports(&world, &owned, stranger).await;
        repeats(&world, &owned, stranger).await;
        changes(&world, &owned, stranger).await;
    }
}

/// The place in a list that was given to one leads another nowhere.
async fn pages(world: &World, owned: &Owned, stranger: &Stranger) {
    for (path, more) in more_of_each(owned) {
        if let Some((made_at, more)) = more {
            world.post(made_at, more).await;
        }
        let page = world.get(&format!("{path}?limit=1")).await.expect(200);
        let next = page["next_cursor"].as_str().or(page["pagination"]["next_cursor"].as_str());
        let cursor = next.unwrap_or_else(|| panic!("{path} has one page: {page:#}"));
        let asked = format!("{path}?limit=1&cursor={cursor}");
        let answer = send(world.request_with(&stranger.key, "GET", &asked)).await;
        assert_eq!(answer.status, 400, "{asked}: {:#}", answer.body);
        owned.is_unseen(stranger, &asked, &answer);
    }
}

/// An export tells its own tenant's things to its end, and is gone on with by nobody else.
async fn exports(world: &World, owned: &Owned, stranger: &Stranger) {
    let ask = async |path: String| send(world.request_with(&stranger.key, "GET", &path)).await;
    let told = exported(ask).await;
    assert!(!told.is_empty());
    for line in told {
        let answer = Answer { status: 200, headers: HeaderMap::new(), body: Value::String(line) };
        owned.is_unseen(stranger, "", &answer);
    }
    let (_, next) = page_of(world.get(EXPORT).await);
    let asked = format!("{EXPORT}?cursor={}", next.expect("more than a page"));
    let answer = ask(asked.clone()).await;
    assert_eq!(answer.status, 400, "{asked}: {:#}", answer.body);
    owned.is_unseen(stranger, &asked, &answer);
}

/// The name of another one's request is any name: what it is used for is done, and not what the other one did.
async fn repeats(world: &World, owned: &Owned, stranger: &Stranger) {
    let body = json!({"name": "Repeated"});
    let made = async |key: &str| {
        let request = world.request_with(key, "POST", "/v1/brands").header("idempotency-key", "the same").json(&body);
        send(request).await
    };
    let first = made(&world.key).await.expect(201);
    let answer = made(&stranger.key).await;
    assert!(answer.status == 201 && answer.headers.get("idempotency-replayed").is_none(), "{:#}", answer.body);
    assert_ne!(answer.body["id"], first["id"]);
    owned.is_unseen(stranger, "", &answer);
}

/// What a change of one's own things names of another one's is not there.
async fn changes(world: &World, owned: &Owned, stranger: &Stranger) {
    let webhook = format!("/v1/webhooks/{}", stranger.webhook);
    let key = send(world.request_with(&stranger.key, "GET", "/v1/keys")).await.expect(200);
    let key = format!("/v1/keys/{}", key["data"][0]["id"].as_str().unwrap());
    let Owned { account, brand, .. } = owned;
    for (path, body) in [
        (&webhook, json!({"account_ids": [account]})),
        (&webhook, json!({"brand_ids": [brand]})),
        (&key, json!({"brand_ids": [brand]})),
    ] {
        let answer = send(world.request_with(&stranger.key, "PATCH", path).json(&body)).await;
        assert!([400, 404].contains(&answer.status), "{path} {body}: {:#}", answer.body);
        owned.is_unseen(stranger, &body.to_string(), &answer);
    }
}

/// A route without an id in its path: what it lists, and what its body names.
async fn alone(world: &World, owned: &Owned, stranger: &Stranger, method: &str, path: &str) {
    let place = format!("{method} {path}");
    match owned.said(method, path) {
        Said::Nothing if method == "GET" => {
            for asked in owned.filters(path) {
                let answer = send(world.request_with(&stranger.key, method, &asked)).await;
                // Some lists show nothing of what is not there, others say that it is not.
                assert!([200, 400, 404].contains(&answer.status), "{asked}: {:#}", answer.body);
                owned.is_unseen(stranger, &asked, &answer);
            }
        }
        Said::Nothing => {}
        Said::Body(body, status) => {
            let answer = send(world.request_with(&stranger.key, method, path).json(&body)).await;
            // What a brand's key may not see is not there, where another tenant's id is none.
            assert!([status, 404].contains(&answer.status), "{place}: {:#}", answer.body);
            if status == 200 {
                assert_eq!(answer.body["valid"], false, "{place}: {:#}", answer.body);
            }
            owned.is_unseen(stranger, &body.to_string(), &answer);
        }
        Said::Csv(file) => {
            let part = Part::bytes(file.clone().into_bytes()).file_name("posts.csv").mime_str("text/csv").unwrap();
            let answer =
                send(world.request_with(&stranger.key, method, path).multipart(Form::new().part("file", part))).await;
            assert_eq!(answer.body["created"], 0, "{place}: {:#}", answer.body);
            owned.is_unseen(stranger, &file, &answer);
        }
    }
}
