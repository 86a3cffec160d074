//! The life of customers' endpoints, as far as it calls AWS.

use std::time::Duration;

use serde_json::json;

use crate::support::{Items, Receiver, Reply, World, until, video_of};

pub(super) async fn live(world: &World, receiver: &Receiver) {
    Items::of(world).keys_were_not_used_lately().await;
    let url = |path: &str| format!("{}{path}", receiver.origin());
    let events = json!(["media.ready", "post.published"]);
    let body = json!({"url": url("/hook"), "events": events, "account_ids": [world.account]});
    let made = world.post("/v1/webhooks", body).await.expect(201);
    let at = |what: &str| format!("/v1/webhooks/{}{what}", made["id"].as_str().unwrap());
    // A process that has seen none of the tenant's secrets yet.
    world.stack.kill("WebhooksFunction").await.unwrap();
    world.post(&at("/test"), json!({"event_type": "post.failed", "payload": {}})).await.expect(200);
    world.post(&at("/rotate-secret"), json!({})).await.expect(200);
    world.request("PATCH", &at("")).json(&json!({"account_ids": []})).send().await.unwrap();
    world.get("/v1/webhooks").await.expect(200);
    world.get(&at("")).await.expect(200);
    world.get("/v1/events").await.expect(200);

    // One that is restricted to a brand, told of a post; and one that fails, and is tried again.
    let brand = json!({"url": url("/brand"), "events": ["post.deleted"], "brand_ids": [world.brand]});
    world.post("/v1/webhooks", brand).await.expect(201);
    receiver.reply("/hook", [Reply::status(500)]);
    let media = world.upload(video_of(610_000)).await;
    let id = world.publish(&media).await;
    world.until_post(&id, "published").await;
    let old = world.schedule(&world.account, &media, "Of an earlier version", 86_400).await;
    Items::of(world).targets_say_no_brand().await;
    world.delete(&format!("/v1/posts/{old}")).await.expect(200);
    let told = |path: &'static str, count: usize| async move {
        let came = until(Duration::from_secs(30), async || (receiver.came(path).len() >= count).then_some(()));
        came.await.unwrap_or_else(|| panic!("{path} is not told {count} times:\n{}", world.logs()));
    };
    told("/brand", 1).await;
    told("/hook", 2).await;
    let list = world.get(&at("/deliveries")).await.expect(200);
    let newest = list["data"][0]["id"].as_str().unwrap().to_owned();
    world.get(&at(&format!("/deliveries/{newest}"))).await.expect(200);
    world.post(&at(&format!("/deliveries/{newest}/retry")), json!({})).await.expect(202);
    world.post(&at("/replay?since=2026-01-01T00:00:00Z"), json!({})).await.expect(202);

    // What the sweep finds.
    receiver.always("/hook", Reply::status(500));
    let verify = async |size| {
        let media = world.upload(video_of(size)).await;
        world.post(&format!("/v1/media/{media}/verify"), json!({})).await.expect(200);
    };
    verify(620_000).await;
    let swept = until(Duration::from_mins(1), async || {
        Items::of(world).due_deliveries().await;
        world.stack.run_schedule("SweepFunction").await.unwrap();
        world.logs().lines().any(|line| line.contains("deliveries swept")).then_some(())
    });
    swept.await.unwrap_or_else(|| panic!("the sweep sees no delivery:\n{}", world.logs()));

    // One that has failed for a week.
    Items::of(world).failing_for_a_week().await;
    verify(630_000).await;
    world.until_logged("an endpoint that fails is switched off", "an endpoint is switched off").await;
    world.delete(&at("")).await.expect(200);
}
