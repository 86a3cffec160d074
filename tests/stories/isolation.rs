//! What one tenant has is nothing to another one, whatever route it asks for: a route that is not known here fails.

mod cursors;
mod owned;
mod posts;
mod repeats;

use std::collections::BTreeSet;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use self::owned::{Owned, Said, Stranger};
use crate::rules::routes;
use crate::support::described::needs;
use crate::support::{Answer, Items, Receiver, Setup, World};

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
    neighbours_of(&Receiver::start().await, []).await
}

/// The same, whose endpoints are this receiver's, in a deployment with these parameters, too.
async fn neighbours_of<const N: usize>(
    receiver: &Receiver,
    parameters: [(String, String); N],
) -> (World, Owned, [Stranger; 2]) {
    let parameters = parameters.into_iter().chain([("WebhookTrustedOrigins".to_owned(), receiver.origin())]);
    let world = World::with(Setup { parameters: parameters.collect(), ..Setup::default() }).await;
    let owned = Owned::of(&world, receiver).await;
    let other = json!({"slipway": "create_key", "email": "other@example.com"});
    let other = raw(&world.stack.invoke("WorkspaceFunction", other).await.unwrap());
    let own = raw(&world.post("/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201));
    let strangers =
        [Stranger::with(&world, receiver, other, false).await, Stranger::with(&world, receiver, own, true).await];
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_cursors_and_ids_in_changes_open_nothing() {
    let (world, owned, strangers) = neighbours().await;
    for stranger in &strangers {
        cursors::pages(&world, &owned, stranger).await;
        cursors::exports(&world, &owned, stranger).await;
        changes(&world, &owned, stranger).await;
    }
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
