//! What one tenant has is nothing to another one, whatever route it asks for: a route that is not known here fails.

mod cursors;
mod keys;
mod owned;
mod pairs;
mod posts;
mod repeats;

use std::collections::BTreeSet;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use self::owned::{KEYS, Owned, Said, Stranger};
use crate::rules::routes;
use crate::support::described::must_be_described;
use crate::support::{Answer, Items, Receiver, World};

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
/// The secret of a new key.
fn raw(made: &Value) -> String {
    made["raw_key"].as_str().unwrap().to_owned()
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    Answer::read(request.send().await.expect("the API answers")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_what_another_tenant_or_mode_has() {
    let (world, owned, strangers) = pairs::tenants_and_modes(&Receiver::start().await, []).await;
    let revoked = world.post("/v1/keys", json!({"name": "revoked"})).await.expect(201);
    world.delete(&format!("/v1/keys/{}", revoked["id"].as_str().unwrap())).await.expect(200);
    let revoked = raw(&revoked);
    let (all, mut open) = (routes(), BTreeSet::new());
    for route in &all {
        let (method, path) = (route.method.as_deref().unwrap(), route.path.as_str());
        let keyless = format!("{}{}", world.stack.api_url(), path.replace(['{', '}'], ""));
        let keyless = send(reqwest::Client::new().request(method.parse().unwrap(), keyless)).await;
        if keyless.body["error"]["code"] != "auth.missing_header" {
            open.insert((method, path));
            continue;
        }
        let answer = send(world.request_with(&revoked, method, &owned.path(path))).await;
        assert_eq!(answer.status, 401, "{method} {path} by a revoked key");
    }
    assert_eq!(open, OPEN.into(), "who needs no key (left) is known (right)");
    walked(&world, &owned, &strangers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_a_live_key_what_a_test_key_has() {
    let (world, owned, strangers) = pairs::live_beside_test().await;
    walked(&world, &owned, &strangers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_what_another_brand_has() {
    let (world, owned, strangers) = pairs::brands(&Receiver::start().await, []).await;
    walked(&world, &owned, &strangers).await;
}

/// Every route is asked by each of the strangers for what one has, and by its owner in the end.
async fn walked(world: &World, owned: &Owned, strangers: &[Stranger]) {
    let before = Items::of(world).naming(&owned.traces).await;
    for stranger in strangers {
        for route in routes() {
            let (method, path) = (route.method.as_deref().unwrap(), route.path.as_str());
            if OPEN.contains(&(method, path)) || stranger.reaches(path) {
                continue;
            }
            if stranger.is_kept_out(method, path) {
                let answer = send(world.request_with(&stranger.key, method, &owned.path(path))).await;
                assert_eq!((answer.status, answer.code()), (403, "auth.insufficient_scope"), "{method} {path}");
            } else if path.contains('{') {
                inside(world, owned, stranger, method, path).await;
            } else {
                alone(world, owned, stranger, method, path).await;
            }
        }
    }
    assert_eq!(Items::of(world).naming(&owned.traces).await, before, "what one has was changed by another");
    // It was all there: its owner finds it.
    for path in routes().iter().filter(|route| route.method.as_deref() == Some("GET")).map(|route| &*route.path) {
        let is_another_matter = |stranger: &Stranger| stranger.reaches(path) || stranger.is_kept_out("GET", path);
        let is_ones_own = path.contains('{') && !OPEN.contains(&("GET", path));
        if is_ones_own && !strangers.iter().any(is_another_matter) {
            let path = owned.path(path);
            let answer = send(world.request_with(&owned.by, "GET", &path)).await;
            must_be_described("GET", &path, &answer);
            assert!(!answer.code().ends_with("not_found"), "{path}: {:#}", answer.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_cursors_and_ids_in_changes_open_nothing() {
    for (world, owned, strangers) in Box::pin(pairs::all()).await {
        for stranger in &strangers {
            cursors::pages(&world, &owned, stranger).await;
            cursors::exports(&world, &owned, stranger).await;
            changes(&world, &owned, stranger).await;
        }
    }
}

/// What a change of one's own things names of another one's is not there.
async fn changes(world: &World, owned: &Owned, stranger: &Stranger) {
    let webhook = format!("/v1/webhooks/{}", stranger.webhook);
    let Owned { account, brand, .. } = owned;
    let mut changes =
        vec![(webhook.clone(), json!({"account_ids": [account]}), 404), (webhook, json!({"brand_ids": [brand]}), 404)];
    if !stranger.reaches(KEYS) && !stranger.is_kept_out("GET", KEYS) {
        let keys = send(world.request_with(&stranger.key, "GET", KEYS)).await.expect(200);
        let key = format!("{KEYS}/{}", keys["data"][0]["id"].as_str().unwrap());
        changes.push((key, json!({"brand_ids": [brand]}), 400));
    }
    for (path, body, status) in changes {
        let answer = send(world.request_with(&stranger.key, "PATCH", &path).json(&body)).await;
        assert_eq!(answer.status, status, "{path} {body}: {:#}", answer.body);
        owned.is_unseen(stranger, &body.to_string(), &answer);
    }
}

/// A route with ids in its path: they are not there.
async fn inside(world: &World, owned: &Owned, stranger: &Stranger, method: &str, path: &str) {
    let mut paths = vec![owned.path(path)];
    // Of what is inside of something, also inside of the stranger's own.
    if path.matches('{').count() > 1 {
        paths.push(paths[0].replacen(&owned.webhook, &stranger.webhook, 1));
    }
    for path in paths {
        let answer = send(world.request_with(&stranger.key, method, &path)).await;
        assert_eq!(answer.status, 404, "{method} {path} by a stranger: {:#}", answer.body);
        owned.is_unseen(stranger, &path, &answer);
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
