//! Whoever signs up, where the operator has opened that, has a key at once, and what the free plan allows.

use serde_json::json;

use crate::support::{Setup, World, video_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_up_publishes_at_once_within_the_free_plan() {
    let parameters = [("SignUp", "open"), ("DefaultPlan", "hobby")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let signed_up = world.post("/v1/signup", json!({"email": "you@example.com", "name": "You"})).await.expect(201);
    world.key = signed_up["key"]["raw_key"].as_str().unwrap().to_owned();
    world.account = world.connect().await;
    let media = world.upload(video_of(300_000)).await;
    let mut first = None;
    for number in 1..=10 {
        let body = world.body(&media, &format!("Number {number}"));
        let answer = world.request("POST", "/v1/posts").json(&body).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            (header("x-posts-limit"), header("x-posts-remaining")),
            ("10".to_owned(), (10 - number).to_string())
        );
        assert_eq!(answer.status(), 201);
        let post: serde_json::Value = answer.json().await.unwrap();
        first = first.or_else(|| post["id"].as_str().map(str::to_owned));
    }
    let one_more = world.post("/v1/posts", world.body(&media, "Number 11")).await;
    assert_eq!((one_more.status, one_more.code()), (429, "validation.post_limit_exhausted"));
    world.post("/v1/brands", json!({"name": "A second brand"})).await.expect(201);
    let third = world.post("/v1/brands", json!({"name": "A third one"})).await;
    assert_eq!(third.code(), "billing.brands_limit");
    let usage = world.get("/v1/usage").await.expect(200);
    assert_eq!(
        (&usage["posts_used"], &usage["posts_limit"], &usage["brands_used"]),
        (&json!(10), &json!(10), &json!(2))
    );
    world.until_post(&first.unwrap(), "published").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_decides_what_a_plan_allows() {
    let limits = "hobby.posts=2,hobby.brands=1,hobby.storage_mb=1,hobby.log_days=7";
    let parameters = [("DefaultPlan", "hobby"), ("PlanLimits", limits)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let plans = world.get("/v1/billing/plans").await.expect(200);
    assert_eq!(
        plans["plans"][0]["limits"],
        json!({"brands": 1, "posts": 2, "interactions": -1, "storage_bytes": 1_000_000, "event_log_days": 7})
    );
    assert_eq!(plans["plans"][1]["limits"]["brands"], 10, "the others are as usual");
    let media = world.upload(video_of(300_000)).await;
    let large = json!({"content_type": "video/mp4", "size_bytes": 900_000});
    assert_eq!(world.post("/v1/media/upload-url", large).await.code(), "billing.storage_quota");
    for caption in ["One", "Two"] {
        world.post("/v1/posts", world.body(&media, caption)).await.expect(201);
    }
    let one_more = world.post("/v1/posts", world.body(&media, "Three")).await;
    assert_eq!((one_more.status, one_more.code()), (429, "validation.post_limit_exhausted"));
    assert_eq!(world.post("/v1/brands", json!({"name": "A second brand"})).await.code(), "billing.brands_limit");
    assert_eq!(world.get("/v1/events").await.expect(200)["retention_days"], 7);
    let usage = world.get("/v1/usage").await.expect(200);
    assert_eq!((&usage["posts_limit"], &usage["brands_limit"]), (&json!(2), &json!(1)));
}
