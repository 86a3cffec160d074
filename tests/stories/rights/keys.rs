//! The life of API keys, as far as it calls AWS.

use serde_json::json;

use crate::support::{World, exported};

pub(super) async fn live(world: &World) {
    let made = world.post("/v1/keys", json!({"name": "to be revoked"})).await.expect(201);
    let at = |what: &str| format!("/v1/keys/{}{what}", made["id"].as_str().unwrap());
    world.get("/v1/keys").await.expect(200);
    // One that is restricted to a brand sees the log of that brand's accounts.
    let narrow = world.post("/v1/keys", json!({"name": "narrow", "brand_ids": [world.brand]})).await.expect(201);
    let log = world.request_with(narrow["raw_key"].as_str().unwrap(), "GET", "/v1/events").send().await.unwrap();
    assert_eq!(log.status(), 200);
    world.post(&at("/rotate"), json!({})).await.expect(200);
    world.get("/v1/usage").await.expect(200);
    exported(async |path| world.get(&path).await).await;
    world.delete(&at("")).await.expect(200);
}
