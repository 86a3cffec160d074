//! The hobby plan's 100 MB.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{delete, hobby, storage};
use crate::support::{Answer, Items, World, video_of};

async fn announce(world: &World, size: u64) -> Answer {
    world.post("/v1/media/upload-url", json!({"size_bytes": size})).await
}

fn id(answer: &Value) -> String {
    answer["media_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcements_at_once_stay_under_the_limit_and_room_comes_back() {
    let world = hobby().await;
    let items = Items::of(&world);
    let answers = join_all((0..6).map(|_| announce(&world, 40_000_000))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((taken.len(), storage(&world).await), (2, (json!(2), json!(80_000_000))));
    for refusal in refused {
        let refusal = refusal.expect(413);
        assert_eq!(refusal["error"]["code"], "billing.storage_quota");
        let meta = &refusal["error"]["meta"];
        assert_eq!((&meta["limit_bytes"], &meta["size_bytes"]), (&json!(100_000_000), &json!(40_000_000)));
        assert!(meta["used_bytes"].as_u64().unwrap() > 60_000_000, "{meta:#}");
    }
    let [first, second] = [&taken[0].body, &taken[1].body].map(id);

    // By deleting it.
    assert_eq!(delete(&world, &first).await.status, 204);
    let third = id(&announce(&world, 40_000_000).await.expect(200));
    announce(&world, 40_000_000).await.expect(413);
    // By the end of its time.
    items.made(&second, SignedDuration::from_hours(49)).await;
    items.sweep(&second).await;
    announce(&world, 40_000_000).await.expect(200);
    announce(&world, 40_000_000).await.expect(413);
    assert!(items.knows(&third).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_of_what_turns_out_too_large_for_the_plan_is_refused() {
    let world = hobby().await;
    let reserved = id(&announce(&world, 99_900_000).await.expect(200));
    let silent = world.get("/v1/media/upload-url").await.expect(200);
    let put = reqwest::Client::new().put(silent["upload_url"].as_str().unwrap()).body(video_of(200_000)).send().await;
    assert!(put.unwrap().status().is_success());
    let refused = world.post("/v1/posts", world.body(&id(&silent), "Too large")).await.expect(413);
    assert_eq!(refused["error"]["code"], "billing.storage_quota");
    assert_eq!(refused["error"]["meta"]["field"], "media_ids[0]");
    assert_eq!(world.get("/v1/posts").await.expect(200)["count"], 0);
    assert_eq!(delete(&world, &reserved).await.status, 204);
    let post = world.publish(&id(&silent)).await;
    world.until_post(&post, "published").await;
    assert_eq!(storage(&world).await, (json!(1), json!(200_000)));
}
