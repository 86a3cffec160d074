//! Posts that wait for their time: handed over ahead of it, begun at it, and what can happen in between.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tiktok_sim::Endpoint;

use crate::support::{Nets, World, sha256, video_of};

async fn post(world: &World, id: &str) -> Value {
    world.get(&format!("/v1/posts/{id}")).await.expect(200)
}

/// How many messages about transfers wait for their time.
fn under_way(world: &World) -> usize {
    let depth = world.stack.aws().sqs().depth(world.stack.queue("TransfersQueue").unwrap()).unwrap();
    depth.delayed
}

/// Gives the post another time, so many seconds from now.
async fn reschedule(world: &World, id: &str, seconds: i64) {
    let at = (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string();
    let answer = world.request("PATCH", &format!("/v1/posts/{id}")).json(&json!({"scheduled_at": at})).send().await;
    assert_eq!(answer.unwrap().status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_whose_time_is_near_needs_no_sweep() {
    let world = World::new().await;
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    let id = world.schedule(&world.account, &media, "In ten minutes", 600).await;
    assert_eq!((under_way(&world), post(&world, &id).await["status"].as_str()), (1, Some("scheduled")));
    world.until_post(&id, "published").await;
    world.published_once(&sha256(&video));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sweep_hands_a_post_over_ahead_and_a_new_time_still_counts() {
    let world = World::new().await;
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    let moved = world.schedule(&world.account, &media, "Moved", 1_200).await;
    let cancelled = world.schedule(&world.account, &media, "Cancelled", 1_200).await;
    assert_eq!(under_way(&world), 0);
    let handed_over = world.in_time(Nets::All, async || (under_way(&world) == 2).then_some(())).await;
    handed_over.expect("both are handed over ahead of their time");
    for id in [&moved, &cancelled] {
        assert_eq!(post(&world, id).await["status"], "scheduled", "it can still be changed");
    }
    // Later than any message can be delayed, so that none is sent for it yet.
    reschedule(&world, &moved, 3_600).await;
    world.post(&format!("/v1/posts/{cancelled}/cancel"), json!({})).await.expect(200);
    world.rest().await;
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 0, "the old messages begin nothing");
    let statuses = [post(&world, &moved).await, post(&world, &cancelled).await].map(|post| post["status"].clone());
    assert_eq!(statuses, ["scheduled", "cancelled"]);
    world.until_post_by(Nets::All, &moved, "published").await;
    world.published_once(&sha256(&video));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_accounts_post_fails_with_the_reason_and_may_be_retried_later() {
    let world = World::new().await;
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    let id = world.schedule(&world.account, &media, "Tomorrow", 3_600).await;
    assert!(world.tiktok.revoke_by_user(&world.tiktok.users().remove(0), 1));
    let failed = world.until_post_by(Nets::All, &id, "failed").await;
    let error = &failed["targets"][0]["error"];
    assert_eq!(
        (&error["code"], &error["category"], &error["caused_by"]),
        (&json!("account.reconnection_required"), &json!("auth"), &json!("user")),
        "{error:#}"
    );
    let inits = world.tiktok.ledger().published().len();
    let refused = world.post(&format!("/v1/posts/{id}/retry"), json!({})).await;
    assert_eq!((refused.status / 100, inits), (4, 0), "{:#}", refused.body);
    assert!(refused.body.to_string().contains("account.reconnection_required"), "{:#}", refused.body);
    assert_eq!(world.connect().await, world.account, "reconnecting keeps the id");
    world.post(&format!("/v1/posts/{id}/retry"), json!({})).await.expect(200);
    world.until_post_by(Nets::All, &id, "published").await;
    world.published_once(&sha256(&video));
}
