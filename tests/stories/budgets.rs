//! What a post costs, in calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_stand_in::Moment;
use serde_json::json;
use tiktok_sim::Endpoint;

use crate::support::{Nets, Receiver, Setup, World, die_at, video_of};

/// Calls by our code from accepting a post to its outcome, by webhook, the media's verification included. A higher
/// number is a change to think about, not a number to raise.
const MOST: u64 = 24;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_post_costs_few_calls_to_aws_and_none_for_its_status() {
    let world = Arc::new(World::new().await);
    // The first one warms what a process does once: data keys, connections.
    for (size, warm) in [(300_000, 0), (400_000, 1)] {
        let media = world.upload(video_of(size)).await;
        count_from_now(&world);
        let id = world.publish(&media).await;
        let (total, calls) = until_its_outcome(&world, warm + 1).await;
        world.until_post(&id, "published").await;
        assert!(warm == 0 || total <= MOST, "{total} calls: {calls:?}");
        assert!(world.tiktok.ledger().requests_to(Endpoint::StatusFetch).is_empty(), "the webhook was in time");
        println!("AWS calls of a post, warm {warm}: {total}, of all functions {calls:?}");
    }
}

/// Counts the calls of the functions that a post passes. What is told of it is counted by itself.
fn count_from_now(world: &Arc<World>) {
    const PASSED: [&str; 4] = ["PostsFunction", "TransferFunction", "TikTokWebhookFunction", "PublishStatusFunction"];
    world.stack.aws().reset_counts();
    die_at(world, &PASSED, u64::MAX, Moment::Before);
}

/// Their calls until so many of TikTok's webhooks have come and were worked off, and those of all functions by name.
async fn until_its_outcome(world: &World, webhooks: usize) -> (u64, BTreeMap<String, u64>) {
    let told = |ledger: &tiktok_sim::Ledger| ledger.webhooks_of("post.publish.complete").len() == webhooks;
    world.until_tiktok("the webhook is delivered", told).await;
    let rests = async || (world.stack.is_idle() && world.waits_for_its_time("TikTokEventsQueue")).then_some(());
    world.in_time(Nets::Redelivery, rests).await.expect("it comes to rest");
    (world.stack.aws().calls_since_crash_was_planned(), world.stack.aws().request_counts())
}

/// The same of a video that TikTok fetches. docs/costs.md counts these calls.
const MOST_PULLED: u64 = 26;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pulled_post_costs_few_calls_to_aws_and_no_function_reads_its_bytes() {
    let world = Arc::new(World::new().await);
    for (size, warm) in [(300_000, 0), (400_000, 1)] {
        let media = world.upload(video_of(size)).await;
        let mut body = world.body(&media, &format!("Pulled {warm}"));
        body["platform_data"]["tiktok"]["transfer"] = json!("pull");
        count_from_now(&world);
        let post = world.post("/v1/posts", body).await.expect(201);
        let (total, calls) = until_its_outcome(&world, warm + 1).await;
        world.until_post(post["id"].as_str().unwrap(), "published").await;
        println!("AWS calls of a pulled post, warm {warm}: {total}, of all functions {calls:?}");
        assert!(warm == 0 || total <= MOST_PULLED, "{total} calls: {calls:?}");
        assert!(world.tiktok.ledger().requests_to(Endpoint::Upload).is_empty());
    }
}

/// Calls of `deliver` from an event in the log's stream to the record of its delivery: its endpoints are read, a message
/// is sent, and what came of it is written.
const MOST_DELIVERED: u64 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_delivery_costs_three_calls_to_aws() {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = Arc::new(World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await);
    let media = world.upload(video_of(300_000)).await;
    let body = json!({"url": format!("{}/hook", receiver.origin()), "events": ["media.ready", "post.scheduled"]});
    let made = world.post("/v1/webhooks", body).await.expect(201);
    let list = format!("/v1/webhooks/{}/deliveries?status=delivered", made["id"].as_str().unwrap());
    for told in 1..=2 {
        world.stack.aws().reset_counts();
        die_at(&world, &["DeliverFunction"], u64::MAX, Moment::Before);
        if told == 1 {
            world.post(&format!("/v1/media/{media}/verify"), json!({})).await.expect(200);
        } else {
            world.schedule(&world.account, &media, "Told", 86_400).await;
        }
        let delivered = world.in_time(Nets::Redelivery, async || {
            (world.get(&list).await.body["count"] == told && world.stack.is_idle()).then_some(())
        });
        assert!(delivered.await.is_some(), "never told\n{}", world.logs());
        let calls = world.stack.aws().calls_since_crash_was_planned();
        // A process opens a tenant's data key once: there may be one for the stream and one for the queue.
        let by_name = world.stack.aws().request_counts();
        let opened = by_name.get("KMS.Decrypt").copied().unwrap_or_default();
        println!("AWS calls of delivery {told}: {calls}, of all functions {by_name:?}");
        assert!(calls <= MOST_DELIVERED + opened, "{calls} calls: {by_name:?}");
        assert!(!by_name.contains_key("DynamoDB.BatchGetItem"), "{by_name:?}");
    }
}
