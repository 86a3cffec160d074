//! What each of TikTok's events makes of a target.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{EventType, FailReason, Failure, PublishId, Reach, StatusWord, TargetState};
use slipway_worker::Handled;

use crate::support::{CHECKS, TRANSFERS, World, draft, due_in, in_inbox, processing, public_video, published};

const ID: &str = "7678907398077074696";

fn failed(publish_id: &str, at: Timestamp, reason: &str) -> TargetState {
    let failure = Failure::PublishFailed { reason: FailReason::from(reason.to_owned()) };
    TargetState::Failed { publish_id: Some(PublishId::new(publish_id)), at, failure }
}

#[tokio::test]
async fn each_event_about_a_publish_becomes_its_outcome() {
    let world = World::start().await;
    let now = Timestamp::now();
    let (complete, available) = ("post.publish.complete", "post.publish.publicly_available");
    for (number, (event, more, state, tiktok_status)) in [
        (complete, json!({}), published("0", now, &[]), "PUBLISH_COMPLETE"),
        (available, json!({"post_id": ID}), published("1", now, &[ID]), "PUBLISH_COMPLETE"),
        (available, json!({"post_id": 7_678_907_398_077_074_696_u64}), published("2", now, &[ID]), "PUBLISH_COMPLETE"),
        (available, json!({}), published("3", now, &[]), "PUBLISH_COMPLETE"),
        ("post.publish.inbox_delivered", json!({}), in_inbox("4", now), "SEND_TO_USER_INBOX"),
        ("post.publish.failed", json!({"reason": "spam_risk"}), failed("5", now, "spam_risk"), "FAILED"),
    ]
    .into_iter()
    .enumerate()
    {
        let publish_id = number.to_string();
        let target = world.target(processing(&publish_id)).await;
        assert_eq!(world.told_at(event, &publish_id, more, now).await, Handled::Done, "{event}");
        let after = world.now(&target).await;
        assert_eq!(
            (&after.state, after.tiktok_status.as_ref().map(StatusWord::as_str)),
            (&state, Some(tiktok_status)),
            "{event}"
        );
        let step = after.timeline.last().unwrap();
        assert!(step.note.contains(event) && step.at == now, "{step:?}");
    }
    assert!(world.bench.sent(TRANSFERS).is_empty() && world.bench.sent(CHECKS).is_empty());
}

#[tokio::test]
async fn an_event_that_is_no_outcome_changes_nothing() {
    let world = World::start().await;
    let target = world.processing().await;
    for event in ["portability.download.ready", "brand.new"] {
        assert_eq!(world.told(event, "p", json!({"post_id": ID})).await, Handled::Done, "{event}");
        world.assert_untouched(&target, event).await;
    }
    // What nobody knows is in the log, once however often it comes.
    let at = Timestamp::now();
    for _ in 0..2 {
        world.told_at("brand.newer", "p", json!({"odd": true}), at).await;
    }
    let log = world.bench.owner.events.list(&Reach::whole(&target.tenant), None, 10).await.unwrap().entries;
    let kept = log.iter().filter(|entry| entry.kind == EventType::AccountTikTokEvent);
    let kept: Vec<_> = kept.map(|entry| (entry.data.read::<Value>().unwrap(), &entry.accounts[..])).collect();
    let named: Vec<_> = kept.iter().map(|(data, accounts)| (data["name"].as_str().unwrap(), *accounts)).collect();
    let account = std::slice::from_ref(&world.account.id);
    let expected = ["brand.newer", "brand.new", "portability.download.ready"].map(|name| (name, account));
    assert_eq!(named.len(), expected.len(), "{named:?}");
    assert!(expected.iter().all(|entry| named.contains(entry)), "{named:?}");
    assert!(kept.iter().any(|(data, _)| data["content"].as_str().is_some_and(|text| text.contains("\"odd\":true"))));
    // The outcome may be on its way, and the index lags.
    for publish_id in ["p", "another"] {
        let event = "post.publish.no_longer_publicaly_available";
        let told = world.told(event, publish_id, json!({"post_id": ID})).await;
        assert!(matches!(told, Handled::Again(_)), "{publish_id}: {told:?}");
        world.assert_untouched(&target, event).await;
    }
}

#[tokio::test]
async fn a_post_that_is_public_no_longer_is_told_once() {
    let world = World::start().await;
    let at = Timestamp::now() - SignedDuration::from_mins(5);
    let target = world.target_with(published("p", at, &["1"]), public_video()).await;
    for _ in 0..2 {
        let told = world.told_at("post.publish.no_longer_publicaly_available", "p", json!({"post_id": ID}), at).await;
        assert_eq!(told, Handled::Done);
    }
    let now = world.now(&target).await;
    assert_eq!((&now.state, now.due_at, now.timeline.len()), (&target.state, target.due_at, target.timeline.len() + 1));
    let log = world.bench.owner.events.list(&Reach::whole(&target.tenant), None, 10).await.unwrap().entries;
    let told = log.iter().filter(|entry| entry.kind == EventType::PostNoLongerPublic);
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn the_reason_of_a_failure_is_kept_verbatim() {
    let world = World::start().await;
    let known = tiktok_sim::FailReason::ALL.iter().map(|reason| reason.name());
    for (number, reason) in known.chain(["brand_new"]).enumerate() {
        let target = world.target(processing(&number.to_string())).await;
        let now = Timestamp::now();
        world.told_at("post.publish.failed", &number.to_string(), json!({"reason": reason}), now).await;
        assert_eq!(world.now(&target).await.state, failed(&number.to_string(), now, reason), "{reason}");
    }
    let (target, now) = (world.target(processing("none")).await, Timestamp::now());
    world.told_at("post.publish.failed", "none", json!({}), now).await;
    assert_eq!(world.now(&target).await.state, failed("none", now, "internal"), "without a reason");
}

#[tokio::test]
async fn a_public_id_is_added_once_and_nothing_is_forgotten_for_it() {
    let world = World::start().await;
    let at = Timestamp::now() - SignedDuration::from_mins(5);
    let target = world.target_with(published("p", at, &[]), public_video()).await;
    for (post_id, ids, writes) in [
        (json!({}), &[][..], 0),
        (json!({"post_id": "1"}), &["1"][..], 1),
        (json!({"post_id": "1"}), &["1"][..], 1),
        (json!({"post_id": "2"}), &["1", "2"][..], 2),
        (json!({"post_id": "1"}), &["1", "2"][..], 2),
        (json!({}), &["1", "2"][..], 2),
    ] {
        let outcome = world.told("post.publish.publicly_available", "p", post_id.clone()).await;
        let after = world.now(&target).await;
        assert_eq!((outcome, after.version - target.version), (Handled::Done, writes), "{post_id}");
        // When it was published stays as well.
        assert_eq!(after.state, published("p", at, ids), "{post_id}");
    }
}

#[tokio::test]
async fn what_may_still_change_after_an_outcome_is_due_for_a_slow_look() {
    let world = World::start().await;
    let (complete, available) = ("post.publish.complete", "post.publish.publicly_available");
    let private = workbench::private_video;
    for (number, (event, more, settings, minutes)) in [
        (complete, json!({}), public_video(), Some(2)),
        (available, json!({"post_id": ID}), public_video(), None),
        (complete, json!({}), private(), None),
        ("post.publish.inbox_delivered", json!({}), draft(), Some(60)),
        ("post.publish.failed", json!({}), public_video(), None),
    ]
    .into_iter()
    .enumerate()
    {
        let target = world.target_with(processing(&number.to_string()), settings).await;
        let now = Timestamp::now();
        world.told_at(event, &number.to_string(), more, now).await;
        assert_eq!(due_in(&world.now(&target).await, now), minutes.map(SignedDuration::from_mins), "{event}");
    }
}

#[tokio::test]
async fn a_public_id_ends_the_slow_looks() {
    let world = World::start().await;
    let now = Timestamp::now();
    let target = world.target_with(processing("p"), public_video()).await;
    world.told_at("post.publish.complete", "p", json!({}), now).await;
    assert!(world.now(&target).await.due_at.is_some());
    world.told_at("post.publish.publicly_available", "p", json!({"post_id": ID}), now).await;
    assert_eq!(world.now(&target).await.due_at, None);
}

#[tokio::test]
async fn a_body_that_can_not_be_read_is_dropped() {
    let world = World::start().await;
    let target = world.processing().await;
    let no_publish_id = json!({"client_key": "k", "event": "post.publish.complete", "create_time": 1, "content": "{}"});
    for body in [json!(""), json!("no json"), json!("[]"), Value::from(no_publish_id.to_string())] {
        let record = world.bench.hand_out("TikTokEventsQueue", &json!({"body": body})).await;
        assert_eq!(world.step(&record, Timestamp::now()).await, Handled::Done, "{body}");
    }
    world.assert_untouched(&target, "nothing readable was said").await;
}
