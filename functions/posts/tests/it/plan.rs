//! How many posts a plan accepts.

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use slipway_domain::Plan;
use slipway_store::tenants::TenantState;
use workbench::{Answer, AttributeValue};

use crate::world::{World, with};

/// A world whose owner has the hobby plan.
async fn hobby() -> World {
    let world = World::start().await;
    let state = TenantState::of_plan(Plan::Hobby);
    let tenants = &world.bench.owner.tenants;
    assert!(tenants.decide(&world.bench.tenant, state, Timestamp::now()).await.unwrap().is_done());
    world
}

/// A post for tomorrow: any number of them may wait.
fn later(world: &World, text: &str) -> Value {
    let at = Timestamp::now() + jiff::SignedDuration::from_hours(24);
    with(world.owner.body(text), &[("/publish_now", Value::Null), ("/scheduled_at", json!(at))])
}

async fn call(world: &World, method: &str, path: &str, body: Value) -> Answer {
    world.owner.caller.call(&world.router, method, path, Some(&body)).await
}

fn left(answer: &Answer) -> [&str; 2] {
    ["x-posts-limit", "x-posts-remaining"].map(|name| answer.headers[name].to_str().unwrap())
}

#[tokio::test]
async fn a_plans_posts_count_once_when_they_are_accepted_and_drafts_never() {
    let world = Box::pin(hobby()).await;
    let draft = with(world.owner.body("A draft"), &[("/publish_now", json!(false))]);
    let draft = call(&world, "POST", "/v1/posts", draft).await;
    assert_eq!(left(&draft), ["10", "10"], "a draft does not count");
    let draft = format!("/v1/posts/{}", World::made(&draft));
    let at = Timestamp::now() + jiff::SignedDuration::from_hours(24);
    for (body, remaining) in [
        (json!({"text": "A draft, changed"}), "10"),
        (json!({"scheduled_at": at}), "9"),
        (json!({"text": "Changed again"}), "9"),
        (json!({"scheduled_at": null}), "9"),
        (json!({"scheduled_at": at}), "9"),
    ] {
        let changed = call(&world, "PATCH", &draft, body.clone()).await;
        changed.expect(200);
        assert_eq!(left(&changed), ["10", remaining], "{body}");
    }
    let body = later(&world, "Sent twice");
    for _ in 0..2 {
        let answer = world.post_with_key(&world.owner.caller, "k", &body).await;
        assert_eq!(left(&answer), ["10", "8"], "{:#}", answer.expect(201));
    }
    for number in 0..8 {
        World::made(&call(&world, "POST", "/v1/posts", later(&world, &format!("Post {number}"))).await);
    }
    let before = world.bench.traces().await;
    let refused = call(&world, "POST", "/v1/posts", later(&world, "One more")).await;
    let error = &refused.expect(429)["error"];
    assert_eq!((&error["code"], &error["meta"]["limit"]), (&json!("validation.post_limit_exhausted"), &json!(10)));
    let days = refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() / 86_400;
    assert_eq!((left(&refused), days), (["10", "0"], 29), "today is one of the thirty");
    assert_eq!(world.bench.traces().await.since(&before), [""; 0]);
    let verdict = call(&world, "POST", "/v1/posts/validate", later(&world, "One more")).await.expect(200);
    assert_eq!((&verdict["valid"], &verdict["errors"][0]["code"]), (&json!(false), &error["code"]), "{verdict:#}");
    let draft = with(world.owner.body("Another draft"), &[("/publish_now", json!(false))]);
    let verdict = call(&world, "POST", "/v1/posts/validate", draft).await.expect(200);
    assert_eq!(verdict["valid"], true, "{verdict:#}");
    // The first answer again is no further post, and a draft may be made.
    assert!(world.post_with_key(&world.owner.caller, "k", &body).await.is_replayed());
    let draft = with(world.owner.body("Another draft"), &[("/publish_now", json!(false))]);
    let draft = World::made(&call(&world, "POST", "/v1/posts", draft).await);
    let publish = call(&world, "POST", &format!("/v1/posts/{draft}/publish"), json!({})).await;
    assert_eq!((publish.status.as_u16(), publish.code()), (429, "validation.post_limit_exhausted".to_owned()));
}

#[tokio::test]
async fn where_a_plan_allows_no_posts_waiting_does_not_help() {
    let mut world = Box::pin(hobby()).await;
    world.under(&"hobby,hobby.posts=0".parse().unwrap());
    let refused = call(&world, "POST", "/v1/posts", later(&world, "One")).await;
    let error = &refused.expect(429)["error"];
    assert_eq!(
        (&error["code"], &error["meta"]["retryable"]),
        (&json!("validation.post_limit_exhausted"), &json!(false))
    );
    assert_eq!(refused.headers["retry-after"], "86400");
    assert_eq!(left(&refused), ["0", "0"]);
}

#[tokio::test]
async fn whoever_is_above_a_lowered_limit_waits_until_there_is_room() {
    let mut world = Box::pin(hobby()).await;
    for number in 0..3 {
        World::made(&call(&world, "POST", "/v1/posts", later(&world, &format!("Post {number}"))).await);
    }
    // One was accepted twenty days ago: that it no longer counts is not enough.
    let day = Timestamp::now().as_second().div_euclid(86_400) - 20;
    let item = [
        ("pk", AttributeValue::S(format!("TENANT#{}", world.bench.tenant))),
        ("sk", AttributeValue::S(format!("ACCEPTED#{day:06}#0"))),
        ("count", AttributeValue::N("1".to_owned())),
    ];
    world.bench.put_item("PostsTable", item.map(|(name, value)| (name.to_owned(), value)).into()).await;
    world.under(&"hobby,hobby.posts=2".parse().unwrap());
    let refused = call(&world, "POST", "/v1/posts", later(&world, "One more")).await;
    let error = &refused.expect(429)["error"];
    assert!(error["message"].as_str().unwrap().contains("2 posts in 30 days"), "{error:#}");
    assert_eq!(left(&refused), ["2", "0"]);
    let days = refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() / 86_400;
    assert_eq!(days, 29, "when today's no longer count");
}

#[tokio::test]
async fn of_posts_at_the_same_moment_no_more_are_accepted_than_the_plan_allows() {
    let world = Box::pin(hobby()).await;
    let texts: Vec<_> = (0..14).map(|number| format!("Post {number}")).collect();
    let answers = join_all(texts.iter().map(|text| async {
        loop {
            let answer = call(&world, "POST", "/v1/posts", later(&world, text)).await;
            if answer.status != 409 {
                return answer.status.as_u16();
            }
        }
    }))
    .await;
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((count(201), count(429)), (10, 4), "{answers:?}");
}

#[tokio::test]
async fn where_no_plan_limits_them_posts_are_counted_and_nothing_is_told() {
    let world = World::start().await;
    let now = Timestamp::now();
    for number in 0..12 {
        let made = call(&world, "POST", "/v1/posts", later(&world, &format!("Post {number}"))).await;
        assert!(!made.headers.contains_key("x-posts-limit"), "{:#}", made.expect(201));
    }
    let published = World::made(&call(&world, "POST", "/v1/posts", world.owner.body("At once")).await);
    let kept = world.kept(&world.bench.tenant, &published).await;
    assert!(kept.post.accepted);
    let accepted = world.bench.owner.posts.accepted(&world.bench.tenant, now).await.unwrap();
    assert_eq!(accepted.all, 13);
}

#[tokio::test]
async fn what_is_refused_for_its_key_costs_one_call_whatever_the_plan() {
    let world = Box::pin(hobby()).await;
    let narrow = world.bench.caller_with(&world.bench.tenant, &["media:read"], &[]).await;
    world.bench.deployment.aws().reset_counts();
    let refused = narrow.get(&world.router, "/v1/posts").await;
    refused.expect(403);
    assert_eq!(refused.headers.get("x-posts-limit"), None);
    assert_eq!(world.bench.deployment.aws().request_counts().values().sum::<u64>(), 1);
}
