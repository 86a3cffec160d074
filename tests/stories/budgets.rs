//! What a post costs, in calls.

use serde_json::json;
use tiktok_sim::Endpoint;

use crate::support::{World, video_of};

/// Calls by our code from accepting a post to its verdict, by webhook, the media's verification included. A higher
/// number is a change to think about, not a number to raise.
const MOST: u64 = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_post_costs_few_calls_to_aws_and_none_for_its_status() {
    let world = World::new().await;
    // The first one warms what a process does once: data keys, connections.
    for (size, warm) in [(300_000, false), (400_000, true)] {
        let media = world.upload(video_of(size)).await;
        world.stack.aws().reset_counts();
        let id = world.publish(&media).await;
        world
            .until_tiktok("the webhook is delivered", |ledger| {
                !ledger.webhooks_of("post.publish.complete").is_empty()
                    && ledger.published().len() == usize::from(warm) + 1
            })
            .await;
        let calls = world.stack.aws().request_counts();
        world.until_post(&id, "published").await;
        let total: u64 = calls.values().sum();
        assert!(total <= MOST, "{total} calls: {calls:?}");
        assert!(world.tiktok.ledger().requests_to(Endpoint::StatusFetch).is_empty(), "the webhook was in time");
        println!("AWS calls of a post, warm {warm}: {total} {calls:?}");
    }
}

/// The same of a video that TikTok fetches. docs/costs.md counts these calls.
const MOST_PULLED: u64 = 26;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pulled_post_costs_few_calls_to_aws_and_no_function_reads_its_bytes() {
    let world = World::new().await;
    for (size, warm) in [(300_000, 0), (400_000, 1)] {
        let media = world.upload(video_of(size)).await;
        let mut body = world.body(&media, &format!("Pulled {warm}"));
        body["platform_data"]["tiktok"]["transfer"] = json!("pull");
        world.stack.aws().reset_counts();
        let post = world.post("/v1/posts", body).await.expect(201);
        let told = |ledger: &tiktok_sim::Ledger| ledger.webhooks_of("post.publish.complete").len() > warm;
        world.until_tiktok("the webhook is delivered", told).await;
        let calls = world.stack.aws().request_counts();
        world.until_post(post["id"].as_str().unwrap(), "published").await;
        let total: u64 = calls.values().sum();
        println!("AWS calls of a pulled post, warm {warm}: {total} {calls:?}");
        assert!(total <= MOST_PULLED, "{total} calls: {calls:?}");
        assert!(world.tiktok.ledger().requests_to(Endpoint::Upload).is_empty());
    }
}
