//! Pages of the list.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_domain::PostId;
use slipway_store::posts::{Commit, PostWithTargets, SharedWrite, TargetRecord, TargetWrite};
use uuid::Uuid;

use crate::acts::failed;
use crate::world::{World, body, with};

#[tokio::test]
async fn a_page_holds_as_many_posts_as_were_asked_for() {
    let world = World::start().await;
    let caller = &world.owner.caller;
    for text in ["One", "Two", "Three"] {
        let draft = with(world.owner.body(text), &[("/publish_now", json!(false))]);
        World::made(&world.post(caller, &draft).await);
    }
    for (limit, has_more) in [(1, true), (2, true), (3, false), (4, false)] {
        let page = caller.get(&world.router, &format!("/v1/posts?limit={limit}")).await.expect(200);
        let posts = page["data"].as_array().unwrap().len();
        assert_eq!((posts, page["next_cursor"].is_string()), (limit.min(3), has_more), "{limit}: {page:#}");
    }
}

#[tokio::test]
async fn posts_that_have_a_time_are_listed_by_it_and_others_are_left_out() {
    let world = World::start().await;
    let caller = &world.owner.caller;
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let at = |minutes: i64| (now + SignedDuration::from_mins(minutes)).to_string();
    World::made(&world.post(caller, &with(world.owner.body("A draft"), &[("/publish_now", json!(false))])).await);
    let mut ids = Vec::new();
    for minutes in [300, 100, 200, 100] {
        let text = format!("In {minutes}, number {}", ids.len());
        let changes = [("/publish_now", Value::Null), ("/scheduled_at", json!(at(minutes)))];
        ids.push(World::made(&world.post(caller, &with(world.owner.body(&text), &changes)).await));
    }
    // Of the same time the ids decide, which are in the order in which the posts were made.
    let soonest = [&ids[1], &ids[3], &ids[2], &ids[0]].map(String::clone);
    let latest: Vec<_> = soonest.iter().rev().cloned().collect();
    for (query, sizes, expected) in [
        ("sort=scheduled_asc".to_owned(), vec![4], soonest.to_vec()),
        ("sort=scheduled_desc".to_owned(), vec![4], latest.clone()),
        ("sort=scheduled_asc&limit=1".to_owned(), vec![1, 1, 1, 1], soonest.to_vec()),
        ("sort=scheduled_desc&limit=3".to_owned(), vec![3, 1], latest),
        (format!("sort=scheduled_asc&from={}&to={}", at(150), at(250)), vec![1], vec![ids[2].clone()]),
        (format!("sort=scheduled_asc&from={}", at(200)), vec![2], vec![ids[2].clone(), ids[0].clone()]),
        ("sort=scheduled_asc&status=scheduled&search=In%20100".to_owned(), vec![2], soonest[..2].to_vec()),
        ("sort=scheduled_asc&status=draft".to_owned(), vec![0], vec![]),
    ] {
        let (mut found, mut pages, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = caller.get(&world.router, &format!("/v1/posts?{query}{cursor}")).await.expect(200);
            let posts = page["data"].as_array().unwrap();
            found.extend(posts.iter().map(|post| post["id"].as_str().unwrap().to_owned()));
            pages.push(posts.len());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!((found, pages), (expected, sizes), "{query}");
    }
    // A cursor of one list is none of the other's, and who takes its time away leaves the list.
    let page = caller.get(&world.router, "/v1/posts?sort=scheduled_asc&limit=1").await.expect(200);
    let other = format!("/v1/posts?cursor={}", page["next_cursor"].as_str().unwrap());
    caller.get(&world.router, &other).await.refused(400, "validation.field_invalid", "cursor");
    let draft = json!({"scheduled_at": null});
    caller.call(&world.router, "PATCH", &format!("/v1/posts/{}", ids[1]), Some(&draft)).await.expect(200);
    let page = caller.get(&world.router, "/v1/posts?sort=scheduled_asc").await.expect(200);
    assert_eq!((page["count"].as_u64(), &page["data"][0]["id"]), (Some(3), &json!(ids[3])));
}

#[tokio::test]
async fn a_page_of_the_largest_posts_is_no_larger_than_an_answer_may_be() {
    let world = World::start().await;
    let mut accounts = vec![world.owner.account.clone()];
    while accounts.len() < 32 {
        accounts.push(world.account().await);
    }
    // Each character takes the most bytes, and each field that nobody knows is named in a warning.
    let mut draft = body(&"\u{8a9e}".repeat(2200), &world.owner.media, &accounts.iter().collect::<Vec<_>>());
    draft["title"] = draft["text"].clone();
    draft["publish_now"] = json!(false);
    for number in 0..20 {
        draft[format!("{number}{}", "\u{8a9e}".repeat(190))] = json!(1);
    }
    let id = World::made(&world.post(&world.owner.caller, &draft).await);
    let one = world.kept(&world.bench.tenant, &id).await;
    for _ in 1..100 {
        copied(&world, &one).await;
    }
    let (mut posts, mut pages, mut cursor) = (0, 0, String::new());
    loop {
        let page = world.owner.caller.get(&world.router, &format!("/v1/posts?limit=100{cursor}")).await;
        assert!(page.body.len() < 4_100_000, "{} bytes", page.body.len());
        let page = page.expect(200);
        posts += page["data"].as_array().unwrap().len();
        pages += 1;
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((posts, pages), (100, 2), "too small to tell, or lost");
}

/// The same post once more, as it is when all of its targets have failed.
async fn copied(world: &World, one: &PostWithTargets) {
    let id = PostId::from_uuid(Uuid::now_v7());
    let mut commit = Commit::of(id.clone());
    let mut post = one.post.clone();
    (post.id, post.request_guard) = (id.clone(), None);
    commit.shared = SharedWrite::New(post);
    for target in &one.targets {
        let target = TargetRecord { post: id.clone(), state: failed(), guarded_by: None, ..target.clone() };
        commit.targets.push(TargetWrite::New(target));
    }
    let written = world.bench.owner.posts.commit(&commit, &world.bench.owner.media, Timestamp::now()).await.unwrap();
    assert!(written.is_done());
}
