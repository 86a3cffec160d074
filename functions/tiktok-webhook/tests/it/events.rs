//! Events that are TikTok's: what is kept of them, and what is answered.

use std::time::Duration;

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn an_event_is_kept_verbatim_and_answered_at_once() {
    let world = World::start().await;
    let key = world.bench.tiktok.client_key();
    // Odd white space, escapes, a number beyond 2^53 and a field of the future: nothing is rewritten.
    let body = format!(
        "{{ \"client_key\":\"{key}\",\n\t\"event\" : \"post.publish.complete\", \"create_time\":1615338610,\
         \"user_openid\":\"open-1\",\"content\":\"{{\\\"publish_id\\\": \\\"\\u00e9 ü\\\"}}\",\"new\":7678907398077074696 }} "
    );
    let answer = world.signed(&body).await;
    assert_eq!((answer.status, answer.body), (StatusCode::OK, json!({"received": true})));
    let kept = world.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].body, json!({"body": body}));
    assert_eq!((kept[0].group.as_deref(), kept[0].delay), (Some("open-1"), Duration::ZERO));
}

#[tokio::test]
async fn without_the_queues_word_tiktok_is_to_send_the_event_again() {
    let world = World::start().await;
    let body = world.event("open-1").to_string();
    world.bench.deployment.aws().fail_next("SQS.SendMessage", 3, 500);
    assert_eq!(world.signed(&body).await.refusal(), (500, "system.internal"));
    assert!(world.kept().is_empty());
    assert_eq!(world.signed(&body).await.status, StatusCode::OK, "the repeat");
    assert_eq!(world.kept().len(), 1);
}

#[tokio::test]
async fn an_event_that_comes_twice_is_kept_twice() {
    let world = World::start().await;
    let body = world.event("open-1").to_string();
    for _ in 0..2 {
        assert_eq!(world.signed(&body).await.status, StatusCode::OK);
    }
    assert_eq!(world.kept().len(), 2, "who works on it knows what a repeat is");
}

#[tokio::test]
async fn an_honest_repeat_within_three_days_is_taken() {
    let world = World::start().await;
    let body = world.event("open-1").to_string();
    for (number, minutes) in [1, 60, 24 * 60, 72 * 60, 72 * 60 + 30].into_iter().enumerate() {
        let answer = world.signed_ago(SignedDuration::from_mins(minutes), &body).await;
        assert_eq!((answer.status, world.kept().len()), (StatusCode::OK, number + 1), "{minutes} minutes old");
    }
}

#[tokio::test]
async fn a_clock_that_is_a_little_ahead_of_ours_does_no_harm() {
    let world = World::start().await;
    let answer = world.signed_ago(SignedDuration::from_mins(-1), &world.event("open-1").to_string()).await;
    assert_eq!((answer.status, world.kept().len()), (StatusCode::OK, 1));
}

#[tokio::test]
async fn each_creator_is_a_group_of_the_queue_whatever_the_open_id() {
    let world = World::start().await;
    let long = "x".repeat(200);
    for (open_id, group) in [
        ("-000abc_DEF", "-000abc_DEF"),
        ("another", "another"),
        ("with space/and+more=", "withspaceandmore"),
        (long.as_str(), &long[..128]),
        ("öü \u{1f600}", "nobody"),
        ("", "nobody"),
    ] {
        let answer = world.signed(&world.event(open_id).to_string()).await;
        assert_eq!(answer.status, StatusCode::OK, "{open_id:?}: {}", answer.body);
        assert_eq!(world.kept().last().unwrap().group.as_deref(), Some(group), "{open_id:?}");
    }
    let mut about_nobody = world.event("open-1");
    about_nobody.as_object_mut().unwrap().remove("user_openid");
    assert_eq!(world.signed(&about_nobody.to_string()).await.status, StatusCode::OK);
    assert_eq!(world.kept().last().unwrap().group.as_deref(), Some("nobody"));
    assert_eq!(world.kept().len(), 7);
}

#[tokio::test]
async fn an_event_for_another_app_is_answered_and_not_kept() {
    let world = World::start().await;
    let mut event = world.event("open-1");
    event["client_key"] = json!("another-app");
    assert_eq!(world.signed(&event.to_string()).await.status, StatusCode::OK, "a repeat would be no more ours");
    assert!(world.kept().is_empty());
}

#[tokio::test]
async fn a_signed_body_that_can_not_be_read_is_answered_and_not_kept() {
    let world = World::start().await;
    let mut no_event = world.event("open-1");
    no_event.as_object_mut().unwrap().remove("event");
    for body in ["", "no json", "[]", "{}", &no_event.to_string()] {
        assert_eq!(world.signed(body).await.status, StatusCode::OK, "{body}: a repeat would read no better");
    }
    assert!(world.kept().is_empty());
}
