//! What happens to posts is told in the write that makes it happen.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::{
    AccountId, Event, EventType, Failure, Outcome, PostId, PublishId, Reach, TargetState, TenantId, VideoId,
};
use slipway_store::events::LogEntry;
use slipway_store::posts::{
    AwaitedMedia, Change, Commit, PostRecord, PublishOf, SharedWrite, TargetMedia, TargetRecord, TargetWrite,
};
use workbench::{AttributeValue, Bench, creation, new_post, new_target, private_video};

use crate::{bench, tenant};

fn account(number: usize) -> AccountId {
    format!("acc_{number}").parse().unwrap()
}

fn processing(number: usize) -> TargetState {
    let publish_id = PublishId::new(format!("p{number}"));
    TargetState::Processing { publish_id, since: Timestamp::now(), pull: None }
}

fn post(bench: &Bench) -> (PostRecord, TargetMedia) {
    let media = "med_1".parse().unwrap();
    let post = new_post(&bench.tenant, "post_1".parse().unwrap(), &media, Timestamp::now());
    (post, TargetMedia::Awaited(AwaitedMedia { awaited: media, max_duration_sec: None }))
}

/// A post with a target for each of so many accounts, all of which TikTok is checking.
async fn stored(bench: &Bench, targets: usize) -> Vec<TargetRecord> {
    let (post, media) = post(bench);
    let target = |number| new_target(&post, &account(number), media.clone(), processing(number), private_video());
    let targets: Vec<_> = (0..targets).map(target).collect();
    bench.create(&creation(post, targets), Timestamp::now()).await;
    let id: PostId = "post_1".parse().unwrap();
    bench.owner.posts.get(&Reach::whole(&bench.tenant), &id).await.unwrap().unwrap().targets
}

async fn outcome(bench: &Bench, target: &TargetRecord, outcome: Outcome) -> Option<TargetRecord> {
    let publish_id = target.state.publish_id().unwrap().clone();
    let event = Event::Outcome { publish_id, outcome, at: Timestamp::now() };
    bench.owner.posts.advance(target, event, Timestamp::now(), |change| change).await.unwrap().done()
}

async fn log(bench: &Bench, tenant: &TenantId) -> Vec<LogEntry> {
    let mut entries = bench.owner.events.list(&Reach::whole(tenant), None, 100).await.unwrap().entries;
    entries.reverse();
    entries
}

async fn told(bench: &Bench) -> Vec<EventType> {
    log(bench, &bench.tenant).await.into_iter().map(|entry| entry.kind).collect()
}

#[tokio::test]
async fn a_target_s_end_is_told_with_it_and_once() {
    let bench = bench().await;
    let [target] = stored(&bench, 1).await.try_into().unwrap();
    assert!(!target.has_siblings);
    bench.deployment.aws().reset_counts();
    let written = outcome(&bench, &target, Outcome::Published(vec![VideoId::new("7")])).await.unwrap();
    let calls = bench.deployment.aws().request_counts();
    assert_eq!(calls.into_iter().collect::<Vec<_>>(), [("DynamoDB.TransactWriteItems".to_owned(), 1)]);
    // Somebody who read it before is too late, and tells nothing.
    assert!(outcome(&bench, &target, Outcome::Published(Vec::new())).await.is_none());
    let entries = log(&bench, &bench.tenant).await;
    let kinds: Vec<_> = entries.iter().map(|entry| entry.kind).collect();
    assert!(kinds.contains(&EventType::PostPubliclyAvailable) && kinds.contains(&EventType::PostPublished));
    assert_eq!(kinds.len(), 2);
    let entry = entries.iter().find(|entry| entry.kind == EventType::PostPublished).unwrap();
    assert_eq!((entry.resource.as_str(), entry.accounts.as_slice()), ("post_1", [account(0)].as_slice()));
    let data: Value = entry.data.read().unwrap();
    assert_eq!((&data["post_id"], &data["status"]), (&json!("post_1"), &json!("published")));
    assert_eq!(data["results"][0]["platform_post_id"], "7");
    assert_eq!(entry.at, written.updated_at.to_string().parse().unwrap());
    assert!(log(&bench, &tenant("ten_other")).await.is_empty());
}

#[tokio::test]
async fn what_is_told_to_nobody_is_one_plain_write() {
    let bench = bench().await;
    let [target] = stored(&bench, 1).await.try_into().unwrap();
    bench.deployment.aws().reset_counts();
    let change = Change::to(target.state.clone(), Timestamp::now()).note("looked", None);
    bench.owner.posts.change(&target, change).await.unwrap().done().unwrap();
    let calls = bench.deployment.aws().request_counts();
    assert_eq!(calls.into_iter().collect::<Vec<_>>(), [("DynamoDB.UpdateItem".to_owned(), 1)]);
    assert!(told(&bench).await.is_empty());
}

#[tokio::test]
async fn of_targets_that_end_at_the_same_time_the_last_tells_of_the_post() {
    let bench = bench().await;
    let targets = stored(&bench, 8).await;
    let ends = targets.iter().enumerate().map(async |(index, target)| {
        let failed = Outcome::Failed("internal".to_owned().into());
        let end = if index == 3 { failed } else { Outcome::Published(Vec::new()) };
        outcome(&bench, target, end).await.unwrap()
    });
    join_all(ends).await;
    assert_eq!(told(&bench).await, [EventType::PostPartial]);
    let entry = log(&bench, &bench.tenant).await.remove(0);
    let data: Value = entry.data.read().unwrap();
    let results = data["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().filter_map(|result| result["status"].as_str()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == "published").count(), 7);
    assert_eq!((statuses.len(), entry.accounts.len()), (8, 8));
}

#[tokio::test]
async fn a_target_that_counts_as_the_only_one_learns_of_its_siblings() {
    let bench = bench().await;
    let mut targets = stored(&bench, 2).await;
    // As it was read before a change of the post added the other one.
    for target in &mut targets {
        assert!(target.has_siblings);
        target.has_siblings = false;
    }
    outcome(&bench, &targets[0], Outcome::Published(Vec::new())).await.unwrap();
    assert!(told(&bench).await.is_empty());
    let gave_up = Event::Abandon { failure: Failure::GaveUp, at: Timestamp::now() };
    let refused = bench.owner.posts.advance(&targets[1], gave_up, Timestamp::now(), |change| change).await.unwrap();
    assert!(!refused.is_done(), "what TikTok checks can't be given up");
    outcome(&bench, &targets[1], Outcome::InInbox).await.unwrap();
    let mut told = told(&bench).await;
    told.sort_unstable();
    assert_eq!(told, [EventType::PostPublished, EventType::PostInboxDelivered]);
}

#[tokio::test]
async fn a_limited_plan_counts_a_posts_day_by_the_requests_own_clock() {
    let bench = bench().await;
    // The request came before midnight and is written behind it, or the other way round.
    for days in [-1, 1] {
        let now = Timestamp::now() + SignedDuration::from_hours(24) * days;
        for number in 0..2 {
            let (post, media) = post(&bench);
            let post = PostRecord { id: format!("post_{}{number}", days + 1).parse().unwrap(), ..post };
            let state = TargetState::Queued { attempt: 0 };
            let target = new_target(&post, &account(number), media, state, private_video());
            let mut commit = Commit::of(post.id.clone());
            commit.shared = SharedWrite::New(post);
            commit.targets = vec![TargetWrite::New(target)];
            commit.most_posts = Some(10);
            let written = bench.owner.posts.commit(&commit, &bench.owner.media, now).await.unwrap();
            assert!(written.is_done(), "{days} {number}");
        }
    }
}

/// As after a post that was counted before it was written, and then refused.
#[tokio::test]
async fn a_day_whose_only_count_was_taken_back_counts_on() {
    let bench = bench().await;
    let (now, posts) = (Timestamp::now(), &bench.owner.posts);
    let commit = |number: usize| {
        let (post, media) = post(&bench);
        let post = PostRecord { id: format!("post_{number}").parse().unwrap(), ..post };
        let target = new_target(&post, &account(number), media, TargetState::Queued { attempt: 0 }, private_video());
        let mut commit = Commit::of(post.id.clone());
        commit.shared = SharedWrite::New(post);
        commit.targets = vec![TargetWrite::New(target)];
        commit.most_posts = Some(10);
        commit
    };
    assert!(posts.commit(&commit(1), &bench.owner.media, now).await.unwrap().is_done());
    let pk = format!("TENANT#{}", bench.tenant);
    let kept = bench.items_of("PostsTable", &pk).await;
    let mut counts = kept.iter().map(|item| item["sk"].as_s().unwrap()).filter(|sk| sk.starts_with("ACCEPTED#"));
    let (count, None) = (counts.next().unwrap().clone(), counts.next()) else { panic!("one day alone is counted") };
    bench.add("PostsTable", [pk, count], "count", AttributeValue::N("-1".to_owned())).await;
    assert_eq!(posts.accepted(&bench.tenant, now).await.unwrap().all, 0);
    assert!(posts.commit(&commit(2), &bench.owner.media, now).await.unwrap().is_done());
    assert_eq!(posts.accepted(&bench.tenant, now).await.unwrap().all, 1);
}

#[tokio::test]
async fn what_is_left_of_a_deleted_target_ends_by_itself() {
    let bench = bench().await;
    let [target] = stored(&bench, 1).await.try_into().unwrap();
    let posts = &bench.owner.posts;
    let (now, publish_id) = (Timestamp::now(), target.state.publish_id().cloned());
    let failed = TargetState::Failed { publish_id, at: now, failure: Failure::GaveUp };
    posts.change(&target, Change::to(failed, now)).await.unwrap().done().unwrap();
    let post = posts.get(&Reach::whole(&bench.tenant), &target.post).await.unwrap().unwrap();
    let mut commit = Commit::of(target.post.clone());
    commit.shared = SharedWrite::Remove(post.post.clone());
    commit.targets = post.targets.iter().cloned().map(TargetWrite::Remove).collect();
    assert!(posts.commit(&commit, &bench.owner.media, now).await.unwrap().is_done());
    let left = bench.items_of("PostsTable", &format!("POST#{}", target.post)).await;
    assert_eq!(left.len(), 1, "{left:?}");
    let until: i64 = left[0]["expires_at"].as_n().unwrap().parse().unwrap();
    assert_eq!((until - now.as_second()) / 86_400, 7);
    let found = posts.by_publish_id(target.state.publish_id().unwrap()).await.unwrap();
    assert_eq!(found, PublishOf::Forgotten);
}

#[tokio::test]
async fn the_further_videos_of_a_deleted_target_end_by_themselves() {
    let bench = bench().await;
    let [target] = stored(&bench, 1).await.try_into().unwrap();
    let posts = &bench.owner.posts;
    let videos = ["71", "72", "73"].map(VideoId::new).to_vec();
    outcome(&bench, &target, Outcome::Published(videos)).await.unwrap();
    let (now, post) = (Timestamp::now(), posts.get(&Reach::whole(&bench.tenant), &target.post).await.unwrap().unwrap());
    let mut commit = Commit::of(target.post.clone());
    commit.shared = SharedWrite::Remove(post.post.clone());
    commit.targets = post.targets.iter().cloned().map(TargetWrite::Remove).collect();
    assert!(posts.commit(&commit, &bench.owner.media, now).await.unwrap().is_done());
    let left = bench.items_of("PostsTable", &format!("POST#{}", target.post)).await;
    // Its publish and two of its videos: the first one stood in the target itself.
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left.iter().all(|item| item.contains_key("expires_at")), "{left:?}");
}

#[tokio::test]
async fn a_change_says_what_else_it_is_told_as() {
    let bench = bench().await;
    let [target] = stored(&bench, 1).await.try_into().unwrap();
    let published = outcome(&bench, &target, Outcome::Published(vec![VideoId::new("7")])).await.unwrap();
    let mut change = Change::to(published.state.clone(), Timestamp::now());
    change.told = Some(EventType::PostNoLongerPublic);
    bench.owner.posts.change(&published, change).await.unwrap().done().unwrap();
    let last = log(&bench, &bench.tenant).await.pop().unwrap();
    let data: Value = last.data.read().unwrap();
    assert_eq!((last.kind, &data["status"]), (EventType::PostNoLongerPublic, &Value::from("published")));
}
