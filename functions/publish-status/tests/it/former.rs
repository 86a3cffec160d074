//! Late words about publishes that do not count any more, and further videos of one publish.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use slipway_domain::{Event, Failure, PublishId, TargetState, VideoId, apply};
use slipway_store::posts::{Change, PublishOf, TargetRecord};
use slipway_worker::Handled;

use crate::support::{World, in_inbox, processing};

const COMPLETE: &str = "post.publish.complete";

/// The target after one more write.
async fn written(world: &World, target: &TargetRecord, state: TargetState) -> TargetRecord {
    let change = Change::to(state, Timestamp::now());
    world.bench.owner.posts.change(target, change).await.unwrap().done().unwrap()
}

/// A target whose publish, by this id, a person has found not to be there, and which is to be tried again.
async fn retried(world: &World, publish_id: &str) -> TargetRecord {
    let target = world.target(processing(publish_id)).await;
    let (publish_id, at) = (Some(PublishId::new(publish_id)), Timestamp::now());
    let failed = TargetState::Failed { publish_id, at, failure: Failure::ResolvedAsNotPublished };
    let failed = written(world, &target, failed).await;
    let queued = apply(&failed.state, Event::Retry).unwrap();
    written(world, &failed, queued).await
}

async fn found_by(world: &World, publish_id: &str) -> Option<TargetRecord> {
    match world.bench.owner.posts.by_publish_id(&PublishId::new(publish_id)).await.unwrap() {
        PublishOf::Target(target) => Some(*target),
        PublishOf::Forgotten | PublishOf::Unknown => None,
    }
}

#[tokio::test]
async fn a_publish_that_is_there_after_all_is_not_made_again() {
    let world = World::start().await;
    let target = retried(&world, "old").await;
    assert_eq!(found_by(&world, "old").await.map(|found| found.former), Some(vec![PublishId::new("old")]));
    assert_eq!(world.told(COMPLETE, "old", json!({})).await, Handled::Done);
    let state = world.now(&target).await.state;
    assert!(matches!(&state, TargetState::Published { .. }), "{state:?}");
    assert_eq!(state.publish_id(), Some(&PublishId::new("old")));
}

#[tokio::test]
async fn a_former_publish_still_finds_its_post_and_is_noted_once() {
    let world = World::start().await;
    let target = retried(&world, "old").await;
    let target = written(&world, &target, processing("new")).await;
    for publish_id in ["old", "new"] {
        assert_eq!(found_by(&world, publish_id).await.map(|found| found.version), Some(target.version));
    }
    for _ in 0..2 {
        assert_eq!(world.told(COMPLETE, "old", json!({})).await, Handled::Done);
    }
    let now = world.now(&target).await;
    assert_eq!((&now.state, now.version), (&target.state, target.version + 1));
    let note = "TikTok's webhook says post.publish.complete, of the former publish old";
    assert_eq!(now.timeline.last().unwrap().note, note);
    // Of the one that counts it is known what became of it.
    assert_eq!(world.told(COMPLETE, "new", json!({})).await, Handled::Done);
    assert!(matches!(world.now(&target).await.state, TargetState::Published { .. }));
}

#[tokio::test]
async fn a_word_about_a_former_publish_comes_between_no_worker_and_tiktok() {
    let world = World::start().await;
    let target = retried(&world, "old").await;
    let begun = apply(&target.state, Event::Claim).unwrap();
    let claimed =
        Change::to(begun.clone(), Timestamp::now()).held_until(Timestamp::now() + SignedDuration::from_hours(1));
    let target = world.bench.owner.posts.change(&target, claimed).await.unwrap().done().unwrap();
    assert_eq!(world.told("post.publish.failed", "old", json!({"reason": "internal"})).await, Handled::Done);
    world.assert_untouched(&target, "failed").await;
}

#[tokio::test]
async fn a_draft_that_was_posted_twice_is_found_by_both_videos_and_shows_them() {
    let world = World::start().await;
    let target = world.target(in_inbox("p", Timestamp::now())).await;
    for id in ["7678907398077074696", "7678907398077074697"] {
        let event = "post.publish.publicly_available";
        assert_eq!(world.told(event, "p", json!({"post_id": id})).await, Handled::Done);
        let found = world.bench.owner.posts.by_video_id(&VideoId::new(id)).await.unwrap();
        assert_eq!(found.as_ref(), Some(&target.post), "{id}");
    }
    let shown = slipway_store::posts::view::target(&world.now(&target).await);
    let videos = ["7678907398077074696", "7678907398077074697"].map(VideoId::new);
    assert_eq!(shown.platform_post_id.as_ref(), videos.first());
    assert_eq!(shown.metadata.platform_post_ids, videos);
}
