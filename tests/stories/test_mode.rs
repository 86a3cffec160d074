//! Test mode: everything is real but TikTok.

mod pulls;
mod waits;

use serde_json::{Value, json};

use crate::support::{Nets, Receiver, Setup, World, video_of};

/// A world whose customer goes on in test mode, with a creator of that.
async fn in_test_mode(setup: Setup) -> World {
    let mut world = World::with(setup).await;
    let made = world.post("/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201);
    let key = made["raw_key"].as_str().unwrap();
    assert!(key.starts_with("slip_test_") && made["mode"] == "test", "{made:#}");
    world.key = key.to_owned();
    world.account = world.connect().await;
    world
}

/// Connects a creator of this name; answers the account.
async fn connect_creator(world: &World, name: &str) -> String {
    let metadata = json!({"redirect_uri": "https://customer.example/tiktok"});
    let begun = world.post("/v1/accounts/connect", json!({"platform": "tiktok", "metadata": metadata})).await;
    let begun = begun.expect(202);
    let wanted = json!({
        "platform": "tiktok", "code": format!("test.{name}"),
        "metadata": {"redirect_uri": "https://customer.example/tiktok", "state": begun["state"]},
    });
    let connected = world.post("/v1/oauth/exchange", wanted).await.expect(201);
    assert_eq!(connected["username"], name, "{connected:#}");
    connected["account_id"].as_str().unwrap().to_owned()
}

/// The body of a post that everybody is to see.
fn public(world: &World, account: &str, media: &str, text: &str) -> Value {
    let mut body = world.body(media, text);
    body["targets"] = json!([{"account_id": account}]);
    body["platform_data"]["tiktok"]["privacy_level"] = json!("PUBLIC_TO_EVERYONE");
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_of_test_mode_goes_the_whole_way_and_never_to_tiktok() {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = in_test_mode(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let before = world.tiktok.ledger().requests.len();
    let endpoint = json!({"url": format!("{}/hook", receiver.origin()), "events": ["post.published"]});
    world.post("/v1/webhooks", endpoint).await.expect(201);
    let video = video_of(300_000);
    let size = video.len();
    let media = world.upload(video).await;
    let post = world.post("/v1/posts", public(&world, &world.account, &media, "Hello")).await.expect(201);
    let id = post["id"].as_str().unwrap();
    let post = world.until_post(id, "published").await;
    let target = &post["targets"][0];
    assert_eq!(target["metadata"]["uploaded_bytes"], size, "{post:#}");
    assert!(target["permalink"].as_str().unwrap().starts_with("https://www.tiktok.com/@creator/video/7"), "{post:#}");
    let told = world.in_time(Nets::Redelivery, async || receiver.came("/hook").into_iter().next());
    assert_eq!(told.await.expect("the customer is told").json()["data"]["post_id"], id);
    assert_eq!(world.tiktok.ledger().requests.len(), before, "TikTok was asked");
}

/// How a post with this outcome stands once nothing more happens within minutes: its status, and of what its target says
/// that it is about it.
fn expected(name: &str) -> (&'static str, &str) {
    match name {
        "rate_limit" | "server_error" | "upload_lost" | "late_public_id" => ("published", "PUBLISH_COMPLETE"),
        "stuck" => ("publishing", "PROCESSING_UPLOAD"),
        "unknown_publish" => ("failed", "publishing.delivery.unconfirmed"),
        "revoked_token" => ("failed", "account.reconnection_required"),
        // Room comes back within a day.
        "init:spam_risk_too_many_posts" | "init:reached_active_user_cap" => ("publishing", "next_attempt_at"),
        name => ("failed", name.trim_start_matches("init:")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_outcome_that_is_listed_can_be_asked_for() {
    let world = in_test_mode(Setup::default()).await;
    let media = world.upload(video_of(300_000)).await;
    let outcomes = world.get("/v1/test/outcomes").await.expect(200);
    let mut posts = Vec::new();
    // Each by a creator of its own: an account's posts stand in one line.
    for (index, outcome) in outcomes["data"].as_array().unwrap().iter().enumerate() {
        let (name, caption) = (outcome["name"].as_str().unwrap(), outcome["caption"].as_str().unwrap());
        let account = connect_creator(&world, &format!("creator.{index}")).await;
        let post = world.post("/v1/posts", public(&world, &account, &media, caption)).await.expect(201);
        posts.push((name, post["id"].as_str().unwrap().to_owned()));
    }
    for (name, post) in posts {
        let (status, about) = expected(name);
        let found = world.in_time(Nets::All, async || {
            let shown = world.get(&format!("/v1/posts/{post}")).await.body;
            let is_there = shown["status"] == status && shown["targets"][0].to_string().contains(about);
            is_there.then_some(())
        });
        let is_found = found.await.is_some();
        let shown = world.get(&format!("/v1/posts/{post}")).await.body;
        assert!(is_found, "{name}: {shown:#}\n{}", world.story_of(&post));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_there_is_not_is_refused_and_creators_are_what_their_names_say() {
    let world = in_test_mode(Setup::default()).await;
    let media = world.upload(video_of(300_000)).await;
    let unknown = world.post("/v1/posts", public(&world, &world.account, &media, "[test:typo]")).await;
    unknown.refused(400, "validation.field_invalid", "text");
    let private = connect_creator(&world, "private.one").await;
    let refused = world.post("/v1/posts", public(&world, &private, &media, "Hello")).await;
    refused.refused(400, "validation.privacy_level_unsupported", "platform_data.tiktok.privacy_level");
    let creator = world.get(&format!("/v1/accounts/{private}/creator-info")).await.expect(200);
    assert!(!creator["privacy_level_options"].to_string().contains("PUBLIC"), "{creator:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_one_mode_know_nothing_of_the_other() {
    let mut world = World::new().await;
    let live = world.key.clone();
    let made = world.post("/v1/keys", json!({"name": "tests", "mode": "test"})).await.expect(201);
    let names = async |world: &World| {
        let keys = world.get("/v1/keys").await.expect(200);
        let key = |key: &Value| format!("{} {}", key["mode"].as_str().unwrap(), key["name"].as_str().unwrap());
        keys["data"].as_array().unwrap().iter().map(key).collect::<Vec<_>>()
    };
    assert_eq!(names(&world).await, ["live story"]);
    // Who has made a test key can take it back, and no test key knows of a live one.
    let leaked = world.post("/v1/keys", json!({"name": "leaked", "mode": "test"})).await.expect(201);
    let listed = world.get("/v1/keys?mode=test").await.expect(200);
    assert_eq!(listed["data"][1]["id"], leaked["id"], "{listed:#}");
    world.delete(&format!("/v1/keys/{}", leaked["id"].as_str().unwrap())).await.expect(200);
    let refused = world.request_with(leaked["raw_key"].as_str().unwrap(), "GET", "/v1/usage").send().await.unwrap();
    assert_eq!(refused.status(), 401);
    world.key = made["raw_key"].as_str().unwrap().to_owned();
    assert_eq!(names(&world).await, ["test tests"]);
    world.get("/v1/keys?mode=live").await.refused(400, "validation.field_invalid", "mode");
    let refused = world.post("/v1/keys", json!({"name": "x", "mode": "live"})).await;
    refused.refused(400, "validation.field_invalid", "mode");
    let second = world.post("/v1/keys", json!({"name": "second"})).await.expect(201);
    assert_eq!(second["mode"], "test", "a test key makes test keys");
    let rotated = world.post(&format!("/v1/keys/{}/rotate", second["id"].as_str().unwrap()), json!({})).await;
    assert!(rotated.expect(200)["raw_key"].as_str().unwrap().starts_with("slip_test_"));
    assert_eq!(world.get("/v1/users/me").await.expect(200)["mode"], "test");

    // What the operator decides about a tenant holds in both.
    let suspend = json!({"slipway": "suspend", "email": "owner@example.com"});
    let shown = world.stack.invoke("WorkspaceFunction", suspend).await.unwrap();
    assert_eq!(shown["keys"].as_array().unwrap().len(), 3, "{shown:#}");
    for key in [&live, &world.key] {
        let refused = world.request_with(key, "GET", "/v1/usage").send().await.unwrap();
        assert_eq!(refused.status(), 401);
    }
    let revoke = json!({"slipway": "revoke_key", "email": "owner@example.com", "key_id": second["id"]});
    assert_eq!(world.stack.invoke("WorkspaceFunction", revoke).await.unwrap()["ok"], true);
}
