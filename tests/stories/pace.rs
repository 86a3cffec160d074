//! Many posts of one account: TikTok refuses none of them, and all that were accepted are published.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tiktok_sim::{Endpoint, Ledger, Outcome};

use crate::support::{Answer, Nets, Setup, World, video_of};

/// So many calls that begin a post TikTok allows a minute.
const A_MINUTE: usize = 6;

/// None was refused, and no minute saw more than it may.
#[track_caller]
fn kept_to_the_minute(ledger: &Ledger) {
    let inits = ledger.requests_to(Endpoint::VideoInit);
    let refused = |outcome: &Outcome| matches!(outcome, Outcome::Answered { status: 429, .. });
    assert!(!inits.iter().any(|init| refused(&init.outcome)), "{inits:#?}");
    for run in inits.windows(A_MINUTE + 1) {
        let span = run[A_MINUTE].at.since(run[0].at);
        assert!(span >= Duration::from_mins(1), "{} inits in {span:?}", run.len());
    }
}

/// The first target's state, and what it waits for.
fn standing(post: &Value) -> (&str, Option<&str>) {
    let metadata = &post["targets"][0]["metadata"];
    (metadata["state"].as_str().unwrap(), metadata["waiting_for"].as_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_posts_at_once_fifteen_are_published_and_tiktok_refuses_none() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let bodies: Vec<_> = (0..20).map(|number| world.body(&media, &format!("Post {number}"))).collect();
    let answers = join_all(bodies.into_iter().map(|body| world.post("/v1/posts", body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (15, 5));
    for answer in refused {
        let meta = &answer.expect(429)["error"]["meta"];
        assert_eq!((&meta["window"], &meta["limit"]), (&"day".into(), &15.into()), "{meta:#}");
        assert!(meta["retry_after_seconds"].as_u64().is_some_and(|wait| wait > 86_000), "{meta:#}");
    }
    for answer in made {
        world.until_post(answer.body["id"].as_str().unwrap(), "published").await;
    }
    let ledger = world.tiktok.ledger();
    kept_to_the_minute(&ledger);
    assert_eq!((ledger.published().len(), ledger.requests_to(Endpoint::VideoInit).len()), (15, 15));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scheduled_posts_above_the_days_limit_go_out_the_next_day() {
    let parameters = [("PostsPerDay".to_owned(), "3".to_owned())].into();
    let world = World::with(Setup { parameters, ..Setup::default() }).await;
    let media = world.upload(video_of(200_000)).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(world.schedule(&world.account, &media, &format!("Post {number}"), 1).await);
    }
    let paths: Vec<_> = ids.iter().map(|id| format!("/v1/posts/{id}")).collect();
    let held = world.in_time(Nets::All, async || {
        let posts = join_all(paths.iter().map(|path| world.get(path))).await;
        let posts: Vec<_> = posts.into_iter().map(|post| post.expect(200)).collect();
        let held: Vec<_> = posts.iter().filter(|post| standing(post).0 == "deferred").cloned().collect();
        let published = posts.iter().filter(|post| post["status"] == "published").count();
        (held.len() == 2 && published == 3).then_some(held)
    });
    let held = held.await.expect("three are published and two are held");
    for post in &held {
        let waiting_for = standing(post).1.unwrap();
        assert!(waiting_for.contains("limit of posts"), "{waiting_for}");
    }
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 3, "TikTok was not asked for more");
    world.let_pass(25).await;
    for post in &held {
        world.until_post_by(Nets::All, post["id"].as_str().unwrap(), "published").await;
    }
    kept_to_the_minute(&world.tiktok.ledger());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_disconnect_and_connect_again_gives_no_more_posts_an_hour() {
    let parameters = [("PostsPerHour".to_owned(), "3".to_owned())].into();
    let mut world = World::with(Setup { parameters, ..Setup::default() }).await;
    let media = world.upload(video_of(200_000)).await;
    for number in 0..3 {
        let made = world.post("/v1/posts", world.body(&media, &format!("Post {number}"))).await.expect(201);
        world.until_post(made["id"].as_str().unwrap(), "published").await;
    }
    let before = world.account.clone();
    world.disconnect(&before).await.expect(204);
    world.account = world.connect().await;
    assert_ne!(world.account, before, "it is another account");
    let refused = world.post("/v1/posts", world.body(&media, "One more")).await.expect(429);
    let error = &refused["error"];
    assert_eq!(error["code"], "publishing.velocity_limit", "{error:#}");
    let meta = &error["meta"];
    assert_eq!((&meta["window"], &meta["limit"]), (&"hour".into(), &3.into()), "{meta:#}");
    // The hour passes for a disconnected account, too.
    world.disconnect(&world.account).await.expect(204);
    world.let_pass(2).await;
    world.account = world.connect().await;
    let made = world.post("/v1/posts", world.body(&media, "One more")).await.expect(201);
    world.until_post(made["id"].as_str().unwrap(), "published").await;
    assert_eq!(world.tiktok.ledger().published().len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_questions_about_a_creator_at_once_are_one_to_tiktok() {
    let world = World::new().await;
    let asked = |endpoint| world.tiktok.ledger().requests_to(endpoint).len();
    let before = [Endpoint::CreatorInfo, Endpoint::UserInfo, Endpoint::VideoList].map(asked);
    let info = format!("/v1/accounts/{}/creator-info", world.account);
    let sync = format!("/v1/platforms/tiktok/accounts/{}/sync", world.account);
    let infos = join_all((0..50).map(|_| world.get(&info))).await;
    let syncs = join_all((0..50).map(|_| world.post(&sync, json!({})))).await;
    assert!(world.stack.pids("AccountsFunction").unwrap().len() > 1, "they met in different processes");
    for (answers, field) in [(infos, "can_post"), (syncs, "success")] {
        assert!(answers.iter().any(|answer| answer.status == 200 && answer.body[field] == true), "{field}");
        // On a machine that is slow some may wait in vain for the one who asks.
        let held = |answer: &Answer| answer.status == 429 && answer.headers.contains_key("retry-after");
        assert!(answers.iter().all(|answer| answer.status == 200 || held(answer)), "{field}");
    }
    let after = [Endpoint::CreatorInfo, Endpoint::UserInfo, Endpoint::VideoList].map(asked);
    assert_eq!(after, before.map(|before| before + 1));
}
