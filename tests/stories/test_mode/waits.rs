//! Outcomes of test mode that take their time.

use serde_json::{Value, json};

use super::{connect_creator, in_test_mode, public};
use crate::support::{Delivered, Nets, Receiver, Setup, World, video_of};

/// Publishes a video with this text; answers the post's id.
async fn publish(world: &World, text: &str, privacy_level: &str) -> String {
    publish_for(world, &world.account, text, privacy_level).await
}

async fn publish_for(world: &World, account: &str, text: &str, privacy_level: &str) -> String {
    let media = world.upload(video_of(300_000)).await;
    let mut body = public(world, account, &media, text);
    body["platform_data"]["tiktok"]["privacy_level"] = json!(privacy_level);
    world.post("/v1/posts", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_public_id_comes_some_minutes_after_the_post_and_is_told() {
    let receiver = Receiver::start().await;
    let parameters = [("WebhookTrustedOrigins".to_owned(), receiver.origin())];
    let world = in_test_mode(Setup { parameters: parameters.into(), ..Setup::default() }).await;
    let events = json!(["post.published", "post.publicly_available"]);
    let endpoint = json!({"url": format!("{}/hook", receiver.origin()), "events": events});
    world.post("/v1/webhooks", endpoint).await.expect(201);
    let post = publish(&world, "[test:late_public_id]", "PUBLIC_TO_EVERYONE").await;

    let published = world.until_post(&post, "published").await;
    let target = &published["targets"][0];
    assert_eq!((&target["platform_post_id"], &target["permalink"]), (&Value::Null, &Value::Null), "{published:#}");
    assert!(!world.told(&post).await.contains(&"publicly_available".to_owned()));
    // The sweep has it asked for.
    let shown = world.in_time(Nets::All, async || {
        let target = world.get(&format!("/v1/posts/{post}")).await.expect(200)["targets"][0].clone();
        target["platform_post_id"].is_string().then_some(target)
    });
    let target = shown.await.unwrap_or_else(|| panic!("it never comes:\n{}", world.story_of(&post)));
    assert!(target["permalink"].as_str().unwrap().starts_with("https://www.tiktok.com/@creator/video/7"), "{target:#}");
    let told = world.in_time(Nets::Redelivery, async || (receiver.came("/hook").len() == 2).then_some(()));
    assert!(told.await.is_some(), "it is never told:\n{}", world.story_of(&post));
    let told: Vec<_> = receiver.came("/hook").iter().map(Delivered::event).collect();
    assert_eq!(told, ["post.published", "post.publicly_available"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_public_id_never_comes_where_nobody_else_may_see_the_post() {
    let world = in_test_mode(Setup::default()).await;
    let post = publish(&world, "[test:late_public_id]", "SELF_ONLY").await;
    world.until_post(&post, "published").await;
    for _ in 0..26 {
        world.let_pass(1).await;
    }
    let post = world.get(&format!("/v1/posts/{post}")).await.expect(200);
    assert_eq!((&post["status"], &post["targets"][0]["platform_post_id"]), (&json!("published"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_stuck_stays_with_tiktok_for_a_day_and_is_then_settled() {
    let world = in_test_mode(Setup::default()).await;
    let id = publish(&world, "[test:stuck]", "PUBLIC_TO_EVERYONE").await;
    world.until_state(&id, "processing").await;
    let (mut hours, mut post) = (0, Value::Null);
    while post["status"] != "failed" {
        // Where a status check is at work at this moment, its hour does not count.
        assert!(hours < 72, "it never ends: {post:#}");
        world.let_pass(1).await;
        hours += 1;
        post = world.get(&format!("/v1/posts/{id}")).await.expect(200);
    }
    assert!(hours >= 24, "it stays for a day, not for {hours} hours");
    assert_eq!(post["targets"][0]["error"]["code"], "publishing.delivery.unconfirmed", "{post:#}");
    assert!(world.told(&id).await.contains(&"failed".to_owned()), "{post:#}");
    let resolve = json!({"outcome": "not_published"});
    world.post(&format!("/v1/posts/{id}/resolve"), resolve).await.expect(200);
    let post = world.get(&format!("/v1/posts/{id}")).await.expect(200);
    assert_eq!(post["targets"][0]["error"]["retryable"], true, "{post:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_finds_no_room_is_tried_for_a_day_and_then_fails() {
    let world = in_test_mode(Setup::default()).await;
    let mut waiting = Vec::new();
    for code in ["spam_risk_too_many_posts", "reached_active_user_cap"] {
        let account = connect_creator(&world, &format!("creator.{}", waiting.len())).await;
        let post = publish_for(&world, &account, &format!("[test:init:{code}]"), "PUBLIC_TO_EVERYONE").await;
        waiting.push((code, post, None));
    }
    let mut hours = 0;
    while waiting.iter().any(|(_, _, ended)| ended.is_none()) {
        assert!(hours < 72, "they never end: {waiting:#?}");
        world.let_pass(1).await;
        hours += 1;
        for (_, post, ended) in waiting.iter_mut().filter(|(_, _, ended)| ended.is_none()) {
            let shown = world.get(&format!("/v1/posts/{post}")).await.expect(200);
            *ended = (shown["status"] == "failed").then_some((hours, shown));
        }
    }
    for (code, post, ended) in waiting {
        let (hours, shown) = ended.expect("it has ended");
        assert!(hours >= 23, "{code}: it waits for a day, not for {hours} hours");
        let error = &shown["targets"][0]["error"];
        assert_eq!(
            (&error["code"], &error["category"], &error["retryable"]),
            (&json!("publishing.delivery.timeout"), &json!("rate_limit"), &json!(true)),
            "{code}: {shown:#}"
        );
        assert!(world.told(&post).await.contains(&"failed".to_owned()), "{shown:#}");
    }
}
