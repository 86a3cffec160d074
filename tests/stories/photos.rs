//! Carousels of photos, which TikTok fetches from the operator's domain.

use serde_json::{Value, json};
use tiktok_sim::{Endpoint, Medium, User};

use crate::support::{World, sha256};

const PHOTOS: [&str; 3] = ["photo.jpg", "photo.webp", "photo_lossless.webp"];

fn photo(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/video/fixtures");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// Uploads the photos and posts them with these settings; answers the post's id.
pub(crate) async fn posted(world: &World, settings: Value) -> String {
    let mut media = Vec::new();
    for name in PHOTOS {
        media.push(world.upload(photo(name)).await);
    }
    let mut body = world.body(&media[0], "Three photos");
    body["title"] = json!("A title");
    body["media_ids"] = json!(media);
    body["platform_data"]["tiktok"] = settings;
    let post = world.post("/v1/posts", body).await.expect(201);
    assert_eq!(post["targets"][0]["media_type"], "photo", "{post:#}");
    post["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carousel_is_published_with_its_cover_its_music_and_its_label() {
    let world = World::new().await;
    let settings = json!({
        "privacy_level": "SELF_ONLY", "photo_cover_index": 1, "auto_add_music": true, "is_aigc": true,
        "disable_comment": false,
    });
    let id = posted(&world, settings).await;
    let post = world.until_post(&id, "published").await;
    assert_eq!(post["targets"][0]["metadata"]["post_mode"], "direct", "{post:#}");

    let ledger = world.tiktok.ledger();
    assert!(ledger.requests_to(Endpoint::Upload).is_empty(), "no byte went through a function");
    let [publish] = ledger.published()[..] else { panic!("published {} times", ledger.published().len()) };
    assert_eq!(publish.medium, Medium::Photo);
    let fetched: Vec<_> = publish.photos.iter().map(|photo| photo.sha256.clone()).collect();
    assert_eq!(fetched, PHOTOS.map(|name| sha256(&photo(name))), "each once, in their order");
    let request = &publish.request;
    assert_eq!((&request["media_type"], &request["post_mode"]), (&json!("PHOTO"), &json!("DIRECT_POST")));
    assert_eq!((&request["source_info"]["photo_cover_index"], &request["is_aigc"]), (&json!(1), &json!(true)));
    let info = &publish.post_info;
    let said = (&info["title"], &info["description"], &info["auto_add_music"], &info["disable_comment"]);
    assert_eq!(said, (&json!("A title"), &json!("Three photos"), &json!(true), &json!(false)), "{info:#}");
    for address in request["source_info"]["photo_images"].as_array().unwrap() {
        let path = address.as_str().unwrap().strip_prefix("https://media.slipway.example/").unwrap();
        let served_at = world.stack.deployment().served_at().expect("copies are served").to_owned();
        assert_eq!(reqwest::get(format!("{served_at}{path}")).await.unwrap().status(), 403, "the address is dead");
    }
    let steps = world.get(&format!("/v1/posts/{id}/timeline")).await.expect(200);
    let accepted = |step: &&Value| step["note"].as_str().is_some_and(|note| note.starts_with("TikTok accepted"));
    let accepted = steps["data"].as_array().unwrap().iter().find(accepted).expect("a step of its own");
    assert!(accepted["tiktok_log_id"].is_string(), "{accepted:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carousel_for_the_inbox_is_delivered_there_for_its_creator_to_finish() {
    let world = World::new().await;
    let id = posted(&world, json!({"post_mode": "inbox", "photo_cover_index": 2})).await;
    let post = world.until_post(&id, "published").await;
    let target = &post["targets"][0];
    assert_eq!(target["metadata"]["state"], "in_inbox", "{post:#}");
    assert_eq!(target["platform_post_id"], Value::Null);
    let ledger = world.tiktok.ledger();
    assert!(ledger.published().is_empty(), "its creator has not posted it");
    let [publish] = &ledger.publishes[..] else { panic!("{} publishes", ledger.publishes.len()) };
    let request = &publish.request;
    assert_eq!(request["post_mode"], "MEDIA_UPLOAD");
    assert_eq!(request["source_info"]["photo_cover_index"], 2);
    assert_eq!(publish.photos.len(), PHOTOS.len());
    assert!(request["post_info"]["privacy_level"].is_null(), "the creator chooses who sees it: {request:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carousel_for_the_inbox_of_an_old_app_fails_with_tiktoks_code() {
    let world = World::new().await;
    let open_id = world.tiktok.users().first().cloned();
    world.tiktok.add_user(User { open_id, app_too_old: true, ..User::default() });
    let id = posted(&world, json!({"post_mode": "inbox"})).await;
    let error = world.until_post(&id, "failed").await["targets"][0]["error"].clone();
    assert_eq!(error["tiktok_code"], "app_version_check_failed", "{error:#}");
    assert_eq!(error["retryable"], false, "{error:#}");
    assert!(world.tiktok.ledger().publishes.is_empty());
}
