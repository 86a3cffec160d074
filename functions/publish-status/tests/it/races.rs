//! Somebody else writes between what the step reads and what it writes.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_store::posts::Change;
use slipway_worker::Handled;

use crate::support::{CHECKS, World, due_in, processing, processing_since, public_video, published, uploading};

const WRITE: &str = "DynamoDB.UpdateItem";
/// The write of what is told to the tenant, too.
const TOLD: &str = "DynamoDB.TransactWriteItems";

/// What the transfer writes after its last chunk.
fn last_write(publish_id: &str) -> Change {
    Change::to(processing(publish_id), Timestamp::now()).note("all bytes sent", None)
}

#[tokio::test]
async fn a_webhook_is_brought_in_though_somebody_writes_first() {
    let world = World::start().await;
    let target = world.target(uploading("p", 1, 0)).await;
    world.bench.write_before_next(TOLD, 1, &target, last_write("p"));
    let now = Timestamp::now();
    assert_eq!(world.told_at("post.publish.complete", "p", json!({}), now).await, Handled::Done);
    let after = world.now(&target).await;
    assert_eq!(after.state, published("p", now, &[]));
    assert_eq!(after.timeline.len(), 2, "theirs and ours: {:?}", after.timeline);
}

#[tokio::test]
async fn an_answer_is_brought_in_though_somebody_writes_first() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PUBLISH_COMPLETE"})).await;
    let target = world.processing().await;
    world.bench.write_before_next(WRITE, 1, &target, last_write("p"));
    assert_eq!(world.look(&target).await, Handled::Done);
    let after = world.now(&target).await;
    assert_eq!((after.state.name().as_str(), after.timeline.len()), ("published", 2), "{:?}", after.timeline);
}

#[tokio::test]
async fn an_outcome_that_others_keep_from_being_written_comes_back() {
    let world = World::start().await;
    let target = world.target(uploading("p", 1, 0)).await;
    world.bench.write_before_next(TOLD, 50, &target, last_write("p"));
    let outcome = world.told("post.publish.complete", "p", json!({})).await;
    assert!(matches!(outcome, Handled::Again(_)), "{outcome:?}");
    assert_eq!(world.now(&target).await.state.name().as_str(), "processing");
    world.bench.write_before_next(TOLD, 0, &target, last_write("p"));
    assert_eq!(world.told("post.publish.complete", "p", json!({})).await, Handled::Done);
    assert_eq!(world.now(&target).await.state.name().as_str(), "published");
}

#[tokio::test]
async fn of_two_outcomes_the_one_that_is_written_first_stands() {
    let world = World::start().await;
    let target = world.processing().await;
    let theirs = published("p", Timestamp::now(), &["1"]);
    world.bench.write_before_next(TOLD, 1, &target, Change::to(theirs.clone(), Timestamp::now()));
    assert_eq!(world.told("post.publish.failed", "p", json!({"reason": "internal"})).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, theirs);
}

#[tokio::test]
async fn an_outcome_on_an_upload_says_nothing_about_the_one_that_followed_it() {
    let world = World::start().await;
    let target = world.target(uploading("old", 1, 0)).await;
    let theirs = uploading("new", 2, 0);
    world.bench.write_before_next(TOLD, 1, &target, Change::to(theirs.clone(), Timestamp::now()));
    assert_eq!(world.told("post.publish.failed", "old", json!({"reason": "spam_risk"})).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, theirs);
}

#[tokio::test]
async fn a_look_that_somebody_overtakes_sees_first_what_they_wrote() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PROCESSING_UPLOAD"})).await;
    let target = world.processing().await;
    let theirs = published("p", Timestamp::now(), &["1"]);
    world.bench.write_before_next(WRITE, 1, &target, Change::to(theirs.clone(), Timestamp::now()));
    let outcome = world.look(&target).await;
    assert!(matches!(outcome, Handled::Again(_)), "{outcome:?}");
    assert_eq!(world.now(&target).await.state, theirs);
    assert_eq!(world.look(&target).await, Handled::Done);
    assert!(world.bench.sent(CHECKS).is_empty(), "nothing more is to be asked");
}

#[tokio::test]
async fn a_slow_look_that_somebody_overtakes_leaves_what_they_wrote() {
    let mut world = World::start().await;
    world.tiktok_says(json!({"status": "PUBLISH_COMPLETE"})).await;
    let now = Timestamp::now();
    let target = world.target_with(published("p", now, &[]), public_video()).await;
    let theirs = Change::to(published("p", now, &["1"]), now);
    world.bench.write_before_next(WRITE, 1, &target, theirs);
    assert_eq!(world.look(&target).await, Handled::Done);
    let after = world.now(&target).await;
    assert_eq!((&after.state, due_in(&after, now)), (&published("p", now, &["1"]), None));
}

#[tokio::test]
async fn an_outcome_in_the_last_moment_of_the_day_stands() {
    let world = World::start().await;
    let since = Timestamp::now() - SignedDuration::from_hours(25);
    let target = world.target(processing_since("p", since)).await;
    let theirs = published("p", Timestamp::now(), &["1"]);
    world.bench.write_before_next(TOLD, 1, &target, Change::to(theirs.clone(), Timestamp::now()));
    let outcome = world.look(&target).await;
    assert!(matches!(outcome, Handled::Again(_)), "{outcome:?}");
    assert_eq!(world.look(&target).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, theirs);
}
