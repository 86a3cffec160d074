//! The end of a brand and of a tenant, as far as they call AWS.

use jiff::SignedDuration;
use serde_json::json;
use tiktok_sim::{Action, Endpoint, Fault};

use super::media::TWO_PARTS;
use crate::support::large::begin;
use crate::support::{Items, Receiver, World, video_of};

/// TikTok keeps the request from it, so that the job does everything.
async fn brand(world: &World, receiver: &Receiver) {
    let brand = world.post("/v1/brands", json!({"name": "goes"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let account = world.newcomer_of(&brand).await;
    world.schedule(&account, &world.upload(video_of(650_000)).await, "never", 86_400).await;
    let endpoint =
        json!({"url": format!("{}/brand", receiver.origin()), "events": ["post.failed"], "brand_ids": [brand]});
    world.post("/v1/webhooks", endpoint).await.expect(201);
    let fault = world.tiktok.fault(Fault::on(Endpoint::Revoke, Action::StatusBefore { status: 500, code: None }));
    assert_eq!(world.delete(&format!("/v1/brands/{brand}")).await.status, 204);
    world.tiktok.remove_fault(fault);
    world.let_pass(1).await;
    world.stack.run_schedule("DeleteTenantsFunction").await.expect("it runs");
    assert!(!Items::of(world).knows_account(&account).await);
}

pub(super) async fn live(world: &World, receiver: &Receiver) {
    // There must be room for what follows. Some of it is in use.
    for media in world.get("/v1/media?limit=100").await.expect(200)["data"].as_array().unwrap() {
        world.delete(&format!("/v1/media/{}", media["id"].as_str().unwrap())).await;
    }
    // One in parts that never came, and one that no file can come for any more.
    begin(world, TWO_PARTS).await;
    let old = world.upload(video_of(640_000)).await;
    Items::of(world).made(&old, SignedDuration::from_hours(3)).await;
    brand(world, receiver).await;
    let tenant = world.get("/v1/users/me").await.expect(200)["id"].as_str().unwrap().to_owned();
    world.delete("/v1/users/me").await.expect(200);
    for _ in 0..6 {
        world.stack.run_schedule("DeleteTenantsFunction").await.expect("it runs");
        if !Items::of(world).has_tenant(&tenant).await {
            return;
        }
        world.let_pass(1).await;
    }
    panic!("the tenant is never gone:\n{}", world.logs());
}
