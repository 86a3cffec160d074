//! The same request again: by a client's own retry, by twins, after a lost answer. It is one post.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tiktok_sim::Endpoint;

use crate::support::{Answer, Nets, World, sha256, video_of};

async fn post_with_key(world: &World, key: &str, body: &Value) -> Answer {
    let request = world.request("POST", "/v1/posts").header("Idempotency-Key", key).json(body);
    Answer::read(request.send().await.expect("the API answers")).await
}

#[track_caller]
fn replayed(answer: Answer, first: &Value) {
    assert_eq!(answer.headers.get("idempotency-replayed").map(|value| value.to_str().unwrap()), Some("true"));
    assert_eq!(&answer.expect(201), first, "the first answer, verbatim");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clients_own_retry_gets_the_first_answer_again() {
    let world = World::new().await;
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    // The creator's cap leaves room for this very post: after it, TikTok would refuse any other.
    world.tiktok.configure(|config| config.daily_post_cap = Some(1)).unwrap();
    let body = world.body(&media, "Once");
    let first = world.post("/v1/posts", body.clone()).await;
    assert!(first.headers.get("idempotency-replayed").is_none());
    let first = first.expect(201);
    replayed(world.post("/v1/posts", body.clone()).await, &first);
    world.until_post(first["id"].as_str().unwrap(), "published").await;
    replayed(world.post("/v1/posts", body).await, &first);
    world.published_once(&sha256(&video));
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_stands_for_one_body() {
    let world = World::new().await;
    let media = world.upload(video_of(200_000)).await;
    let mut body = world.body(&media, "Keyed");
    body["publish_now"] = json!(false);
    let first = post_with_key(&world, "order 66", &body).await.expect(201);
    replayed(post_with_key(&world, "order 66", &body).await, &first);
    let mut other = body.clone();
    other["text"] = json!("Another");
    let answer = post_with_key(&world, "order 66", &other).await;
    answer.refused(422, "idempotency.key_reused", "Idempotency-Key");
    let second = post_with_key(&world, "order 67", &other).await.expect(201);
    assert_ne!(second["id"], first["id"]);
    // A key is a tenant's own; and a body that was refused leaves nothing behind.
    let invalid = world.body("med_none", "Keyed");
    post_with_key(&world, "order 68", &invalid).await.refused(404, "media.not_found", "media_ids[0]");
    post_with_key(&world, "order 68", &body).await.expect(201);
    for unfit in [String::new(), "k".repeat(256)] {
        let answer = post_with_key(&world, &unfit, &body).await;
        answer.refused(400, "validation.field_invalid", "Idempotency-Key");
    }
    post_with_key(&world, &"k".repeat(255), &body).await.expect(201);
    // It holds even where looking for duplicates is switched off.
    body["skip_duplicate_check"] = json!(true);
    let first = post_with_key(&world, "order 69", &body).await.expect(201);
    replayed(post_with_key(&world, "order 69", &body).await, &first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_twins_at_once_make_one_post() {
    let world = World::new().await;
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    for key in [None, Some("twins")] {
        let body = world.body(&media, &format!("Twins {key:?}"));
        let twins = (0..20).map(|_| async {
            match key {
                Some(key) => post_with_key(&world, key, &body).await,
                None => world.post("/v1/posts", body.clone()).await,
            }
        });
        let answers = futures_util::future::join_all(twins).await;
        let mut ids = BTreeSet::new();
        let mut firsts = 0;
        for answer in answers {
            if answer.status == 409 {
                assert_eq!(answer.body["error"]["code"], "idempotency.in_progress", "{:#}", answer.body);
                assert!(answer.headers.contains_key("retry-after"));
                continue;
            }
            firsts += usize::from(!answer.headers.contains_key("idempotency-replayed"));
            ids.insert(answer.expect(201)["id"].as_str().unwrap().to_owned());
        }
        assert_eq!((firsts, ids.len()), (1, 1), "one is made, the others are told of it");
        world.until_post(ids.first().unwrap(), "published").await;
    }
    let ledger = world.tiktok.ledger();
    assert_eq!(ledger.published().len(), 2, "one of each twenty");
    assert_eq!(ledger.requests_to(Endpoint::VideoInit).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_video_and_text_for_an_account_is_refused_for_a_day() {
    let world = World::new().await;
    let (media, other_media) = (world.upload(video_of(200_000)).await, world.upload(video_of(201_000)).await);
    let id = world.publish(&media).await;
    let mut again = world.body(&media, "A story");
    again["platform_data"]["tiktok"]["is_aigc"] = json!(true);
    for answer in [world.post("/v1/posts", again.clone()).await, post_with_key(&world, "a new key", &again).await] {
        let conflict = answer.expect(409);
        assert_eq!(conflict["error"]["code"], "resource.conflict");
        assert_eq!(conflict["error"]["meta"]["post_id"], id);
        let message = conflict["error"]["message"].as_str().unwrap();
        assert!(message.contains(&id) && message.contains("skip_duplicate_check"), "{message}");
    }
    // Another text or another video is another post; a draft is none yet.
    let mut draft = again.clone();
    draft["publish_now"] = json!(false);
    world.post("/v1/posts", draft).await.expect(201);
    let other_text = world.post("/v1/posts", world.body(&media, "Another story")).await.expect(201);
    let other_video = world.post("/v1/posts", world.body(&other_media, "A story")).await.expect(201);
    again["skip_duplicate_check"] = json!(true);
    let wanted = world.post("/v1/posts", again.clone()).await.expect(201);
    let wanted_again = world.post("/v1/posts", again).await.expect(201);
    assert_ne!(wanted["id"], wanted_again["id"], "who switches the check off gets what is asked for");
    for post in [&other_text, &other_video, &wanted, &wanted_again] {
        world.until_post(post["id"].as_str().unwrap(), "published").await;
    }
    world.until_post(&id, "published").await;
    assert_eq!(world.tiktok.ledger().published().len(), 5);
}

/// A video whose verdict is written already, so that the post's is the only transaction left.
async fn verified(world: &World, video: Vec<u8>) -> String {
    let media = world.upload(video).await;
    world.post(&format!("/v1/media/{media}/verify"), json!({})).await.expect(200);
    media
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_lost_between_us_and_the_database_makes_no_second_post() {
    let world = World::new().await;
    let video = video_of(200_000);
    for (text, skip) in [("Lost", false), ("Lost, unchecked", true)] {
        let media = verified(&world, video.clone()).await;
        let mut body = world.body(&media, text);
        body["skip_duplicate_check"] = json!(skip);
        world.stack.aws().lose_next_answer("DynamoDB.TransactWriteItems", 1);
        let post = world.post("/v1/posts", body).await;
        assert!(!post.headers.contains_key("idempotency-replayed"), "it is the first one's own answer");
        let post = post.expect(201);
        world.until_post(post["id"].as_str().unwrap(), "published").await;
    }
    assert_eq!(world.tiktok.ledger().published().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_never_answers_is_our_fault_and_a_retry_finds_out() {
    let world = World::new().await;
    let video = video_of(200_000);
    let media = verified(&world, video.clone()).await;
    let body = world.body(&media, "Did it?");
    // Refused three times: nothing was written.
    world.stack.aws().fail_next("DynamoDB.TransactWriteItems", 3, 500);
    let failed = world.post("/v1/posts", body.clone()).await.expect(500);
    assert_eq!(failed["error"]["code"], "system.internal");
    assert_eq!(failed["error"]["meta"]["retryable"], true);
    world.stack.aws().clear_faults();
    // Written, but not one answer arrives: the caller can't know, asks again, and learns of the post that there is.
    world.stack.aws().lose_next_answer("DynamoDB.TransactWriteItems", 3);
    world.post("/v1/posts", body.clone()).await.expect(500);
    world.stack.aws().clear_faults();
    let post = world.post("/v1/posts", body).await;
    assert_eq!(post.headers["idempotency-replayed"], "true");
    let post = post.expect(201);
    world.until_post_by(Nets::Sweep, post["id"].as_str().unwrap(), "published").await;
    world.published_once(&sha256(&video));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_whose_message_was_lost_is_published_all_the_same() {
    let world = World::new().await;
    let video = video_of(200_000);
    let media = world.upload(video.clone()).await;
    world.stack.aws().fail_next("SQS.SendMessage", 3, 500);
    let post = world.post("/v1/posts", world.body(&media, "Unsent")).await.expect(201);
    assert_eq!(post["status"], "publishing", "the caller need not care");
    assert!(world.logs().contains("not handed over"), "the message was lost\n{}", world.story_of(""));
    assert!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).is_empty());
    world.stack.aws().clear_faults();
    world.until_post_by(Nets::Sweep, post["id"].as_str().unwrap(), "published").await;
    world.published_once(&sha256(&video));
    assert_eq!(world.tiktok.ledger().requests_to(Endpoint::VideoInit).len(), 1);
}
