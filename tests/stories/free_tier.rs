//! Whoever signs up, where the operator has opened that, has a key at once, and what the free plan allows.

use jiff::{SignedDuration, Timestamp};
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::support::{Answer, Setup, World, video_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_signs_up_publishes_at_once_within_the_free_plan() {
    let parameters = [("SignUp", "open"), ("DefaultPlan", "hobby")];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let signed_up = world.post("/v1/signup", json!({"email": "you@example.com", "name": "You"})).await.expect(201);
    world.key = signed_up["key"]["raw_key"].as_str().unwrap().to_owned();
    world.account = world.connect().await;
    let video = video_of(300_000);
    let size = video.len().to_string();
    let media = world.upload(video).await;
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
    // Of many posts in a file it is said of each row.
    let at = Timestamp::now() + SignedDuration::from_hours(2);
    let row = format!("Number 12,{},{media},private,{at:.0}", world.account);
    let file = format!("text,account_ids,media_ids,visibility,scheduled_at\n{row}\n");
    let part = Part::bytes(file.into_bytes()).file_name("posts.csv").mime_str("text/csv").unwrap();
    let file = world.request("POST", "/v1/posts/import").multipart(Form::new().part("file", part)).send().await;
    let imported = Answer::read(file.unwrap()).await.expect(200);
    assert_eq!((&imported["created"], &imported["failed"]), (&json!(0), &json!(1)), "{imported:#}");
    assert!(imported.to_string().contains("billing.post_limit"), "{imported:#}");
    world.post("/v1/brands", json!({"name": "A second brand"})).await.expect(201);
    let storage = world.request("GET", "/v1/media/storage").send().await.unwrap();
    let header = |name: &str| storage.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((header("x-storage-used"), header("x-storage-limit")), (size, "100000000".to_owned()));
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
async fn nobody_signs_up_where_the_operator_has_not_opened_that() {
    let world = World::new().await;
    let closed = world.post("/v1/signup", json!({"email": "you@example.com", "name": "You"})).await;
    assert_eq!((closed.status, closed.code()), (404, "http.404"), "{:#}", closed.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_one_address_a_few_sign_up_a_day() {
    let parameters = [("SignUp".to_owned(), "open".to_owned())];
    let world = World::with(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let sign_up = async |number: usize| {
        let body = json!({"email": format!("number-{number}@example.com"), "name": "You"});
        world.post("/v1/signup", body).await
    };
    for number in 1..=5 {
        sign_up(number).await.expect(201);
    }
    let refused = sign_up(6).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.code(), "ratelimit.exceeded", "{:#}", refused.body);
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    world.get("/v1/usage").await.expect(200);
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
