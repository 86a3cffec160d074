//! Webhooks about a publish whose id nobody knows: it may be a pull whose answer was lost, and must be no other's.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{CopyKey, Evidence, Failure, LogId, PublishId, Pull, Reach, TargetState};
use slipway_store::posts::{Change, Commit, SharedWrite, TargetRecord, TargetWrite};
use slipway_worker::Handled;

use crate::support::{EVENTS, TRANSFERS, World, notification, processing};

const FAILED: &str = "post.publish.failed";
const COMPLETE: &str = "post.publish.complete";

fn pulling(revoked: bool) -> TargetState {
    let now = Timestamp::now();
    let copies = vec![CopyKey::new("4f1c", "mp4")];
    let revoked_at = revoked.then_some(now);
    TargetState::Pulling { pull: Pull { attempt: 1, copies, called_at: now, revoked_at, fetched: 0 } }
}

fn unconfirmed() -> TargetState {
    let evidence = Evidence { sent: 0, last_status: None };
    TargetState::Unconfirmed { publish_id: None, at: Timestamp::now(), evidence }
}

impl World {
    /// Targets in these states, each of which the account's record names as unanswered.
    async fn unanswered(&self, states: &[TargetState]) -> Vec<TargetRecord> {
        let mut targets = Vec::new();
        for state in states {
            let target = self.target(TargetState::Queued { attempt: 0 }).await;
            let account =
                self.bench.owner.accounts.get(&Reach::whole(&target.tenant), &target.account).await.unwrap().unwrap();
            let pulls = account.pulls.iter().cloned().chain([target.post.clone()]).collect::<Vec<_>>();
            let turn = self.bench.owner.accounts.pulls_write(&account, &pulls).unwrap();
            let change = Change::to(state.clone(), Timestamp::now());
            let written = self.bench.owner.posts.change_in_line(&target, change, &turn).await.unwrap();
            targets.push(written.done().unwrap());
        }
        targets
    }

    /// The last delivery of a webhook about an unknown publish, which happened at this time.
    async fn told_last(&self, event: &str, more: Value, at: Timestamp) -> Handled {
        self.told_last_of("unknown", event, more, at).await
    }

    /// The same, about this publish.
    async fn told_last_of(&self, publish_id: &str, event: &str, more: Value, at: Timestamp) -> Handled {
        let mut content = json!({"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"});
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = notification(event, &self.account.open_id, at, &content);
        let mut record = self.bench.hand_out(EVENTS, &json!({"body": body})).await;
        record.attributes.insert("ApproximateReceiveCount".to_owned(), "6".to_owned());
        self.step(&record, Timestamp::now()).await
    }
}

fn not_fetched() -> Value {
    json!({"reason": "video_pull_failed"})
}

#[tokio::test]
async fn what_tiktok_could_not_fetch_of_the_only_unanswered_pull_is_told_again() {
    let mut world = World::start().await;
    let target = world.unanswered(&[pulling(true)]).await.remove(0);
    world.tiktok_says(json!({"status": "FAILED", "downloaded_bytes": 0})).await;
    assert_eq!(world.told_last(FAILED, not_fetched(), Timestamp::now()).await, Handled::Done);
    assert_eq!(world.now(&target).await.state, TargetState::Queued { attempt: 1 });
    assert_eq!(world.bench.sent(TRANSFERS).len(), 1);
}

#[tokio::test]
async fn a_pull_that_was_published_without_our_knowing_is_found() {
    for state in [pulling(true), unconfirmed()] {
        let mut world = World::start().await;
        let target = world.unanswered(&[state]).await.remove(0);
        world.tiktok_says(json!({"status": "PUBLISH_COMPLETE", "downloaded_bytes": 7})).await;
        assert_eq!(world.told_last(COMPLETE, json!({}), Timestamp::now()).await, Handled::Done);
        let TargetRecord { state, timeline, .. } = world.now(&target).await;
        assert_eq!(state.publish_id(), Some(&PublishId::new("unknown")));
        assert_eq!(state.name().as_str(), "published");
        // TikTok was asked whether it is the account's.
        let asked = timeline.iter().find(|step| step.note.contains("can be no other post's")).unwrap();
        assert_eq!(asked.log_id.as_ref().map(LogId::as_str), Some("L"));
    }
}

#[tokio::test]
async fn a_publish_that_may_be_another_ones_is_nobodys() {
    let now = Timestamp::now();
    let before = now - SignedDuration::from_mins(10);
    let pull = json!({"status": "PUBLISH_COMPLETE", "downloaded_bytes": 7});
    let upload = json!({"status": "PUBLISH_COMPLETE", "uploaded_bytes": 7});
    let lapsed = json!({"status": "FAILED", "fail_reason": "internal"});
    let internal = json!({"reason": "internal"});
    for (states, status, event, more, at, what) in [
        (vec![pulling(true), unconfirmed()], &pull, COMPLETE, json!({}), now, "two may be meant"),
        (vec![pulling(true)], &upload, COMPLETE, json!({}), now, "it is an upload"),
        (vec![pulling(true)], &lapsed, FAILED, internal, now, "it may be an upload that lapsed"),
        (vec![pulling(true)], &pull, COMPLETE, json!({}), before, "it is older"),
        (vec![pulling(true)], &pull, "post.publish.inbox_delivered", json!({}), now, "it is a draft"),
        (vec![pulling(true)], &pull, FAILED, json!({"reason": "photo_pull_failed"}), now, "it is of photos"),
        (vec![pulling(true)], &pull, FAILED, json!({"reason": "publish_cancelled"}), now, "it was called off"),
        (vec![TargetState::Cancelled], &pull, COMPLETE, json!({}), now, "none is unanswered"),
    ] {
        let mut world = World::start().await;
        let targets = world.unanswered(&states).await;
        world.tiktok_says(status.clone()).await;
        assert_eq!(world.told_last(event, more, at).await, Handled::Done, "{what}");
        for target in &targets {
            world.assert_untouched(target, what).await;
        }
    }
}

#[tokio::test]
async fn a_publish_of_a_target_that_was_deleted_is_nobodys() {
    let mut world = World::start().await;
    let target = world.target(processing("former")).await;
    let write =
        async |target: &TargetRecord, state| world.bench.write(target, Change::to(state, Timestamp::now())).await;
    let failed = |publish_id: &str| {
        let (publish_id, at) = (Some(PublishId::new(publish_id)), Timestamp::now());
        TargetState::Failed { publish_id, at, failure: Failure::ResolvedAsNotPublished }
    };
    write(&target, TargetState::Queued { attempt: 0 }).await;
    write(&target, processing("last")).await;
    write(&target, failed("last")).await;
    let post = world.bench.owner.posts.get(&Reach::whole(&target.tenant), &target.post).await.unwrap().unwrap();
    assert_eq!(post.targets[0].former, [PublishId::new("former")]);
    let mut commit = Commit::of(target.post.clone());
    commit.shared = SharedWrite::Remove(post.post.clone());
    commit.targets = post.targets.iter().cloned().map(TargetWrite::Remove).collect();
    commit.read = Some(Box::new(post));
    let now = Timestamp::now();
    let removed = world.bench.owner.posts.commit(&commit, &world.bench.owner.media, now).await.unwrap();
    assert!(removed.is_done());

    let pull = world.unanswered(&[pulling(true)]).await.remove(0);
    world.tiktok_says(json!({"status": "PUBLISH_COMPLETE", "downloaded_bytes": 7})).await;
    for publish_id in ["former", "last"] {
        let told = world.told_last_of(publish_id, COMPLETE, json!({}), Timestamp::now()).await;
        assert_eq!(told, Handled::Done, "{publish_id}");
        world.assert_untouched(&pull, publish_id).await;
    }
}

#[tokio::test]
async fn a_webhook_waits_for_a_worker_that_may_still_have_its_answer() {
    let mut world = World::start().await;
    let target = world.unanswered(&[pulling(false)]).await.remove(0);
    world.tiktok_says(json!({"status": "PUBLISH_COMPLETE", "downloaded_bytes": 7})).await;
    let told = world.told_last(COMPLETE, json!({}), Timestamp::now()).await;
    assert!(matches!(told, Handled::Again(_)), "{told:?}");
    world.assert_untouched(&target, "its worker may know better").await;
}
