//! The end of a tenant, as far as it calls AWS.

use jiff::SignedDuration;

use super::media::TWO_PARTS;
use crate::support::large::begin;
use crate::support::{Items, World, video_of};

pub(super) async fn live(world: &World) {
    // There must be room for what follows. Some of it is in use.
    for media in world.get("/v1/media?limit=100").await.expect(200)["data"].as_array().unwrap() {
        world.delete(&format!("/v1/media/{}", media["id"].as_str().unwrap())).await;
    }
    // One in parts that never came, and one that no file can come for any more.
    begin(world, TWO_PARTS).await;
    let old = world.upload(video_of(640_000)).await;
    Items::of(world).made(&old, SignedDuration::from_hours(3)).await;
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
